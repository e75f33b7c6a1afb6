/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/slurm/values.h"

enum { VALUES_MAX_LENGTH = 256 };

#define DIGITS "0123456789"

/* --- words --------------------------------------------------------------------------------- */

/* Only characters that are special neither to sbatch's parser of directives nor to a shell that
 * reads a comment. */
static bool values_is_word(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= VALUES_MAX_LENGTH && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "_.,:;@+=/&|*%?![]()-") == length;
}

/* True if the first `length` characters of `text`, in any case, are one of the words of a list that
 * is separated by spaces. */
static bool values_in_list(const char *list, const char *text, size_t length)
{
    while (list != NULL && *list != '\0') {
        size_t word = strcspn(list, " ");
        if (word == length && strncasecmp(list, text, length) == 0)
            return true;
        list += word + strspn(list + word, " ");
    }
    return false;
}

static bool values_all_in_list(const char *list, const char *text)
{
    for (;;) {
        size_t length = strcspn(text, ",");
        if (!values_in_list(list, text, length))
            return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

static bool values_match(const char *pattern, const char *text, struct slurm_verdict *verdict)
{
    regex_t regex;
    int code = regcomp(&regex, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    if (code == 0) {
        code = regexec(&regex, text, 0, NULL, 0);
        regfree(&regex);
    }
    if (code != 0 && code != REG_NOMATCH)
        verdict->oom = true;
    return code == 0;
}

/* --- times --------------------------------------------------------------------------------- */

/* The numbers of [days-]a[:b[:c]]. */
struct values_time {
    long long days, fields[3];
    size_t n_fields;
    bool has_days;
};

static bool values_split_time(const char *text, struct values_time *time)
{
    *time = (struct values_time){0};
    for (const char *p = text;;) {
        size_t digits = strspn(p, DIGITS);
        if (digits == 0 || digits > 6 || time->n_fields == 3)
            return false;
        long long number = atoll(p);
        p += digits;
        if (*p == '-' && !time->has_days && time->n_fields == 0) {
            time->has_days = true;
            time->days = number;
            p++;
            continue;
        }
        time->fields[time->n_fields++] = number;
        if (*p == '\0')
            return true;
        if (*p++ != ':')
            return false;
    }
}

static long long values_seconds(const struct values_time *time)
{
    const long long *f = time->fields;
    if (time->has_days)
        return 86400 * time->days + 3600 * f[0] + 60 * f[1] + f[2];
    if (time->n_fields == 3)
        return 3600 * f[0] + 60 * f[1] + f[2];
    return 60 * f[0] + f[1];
}

/* True if a field is as large as one of the next higher unit: "1:99:99", "1-30". */
static bool values_carries(const struct values_time *time)
{
    if (time->has_days)
        return time->fields[0] > 23 || time->fields[1] > 59 || time->fields[2] > 59;
    return time->fields[1] > 59 || time->fields[2] > 59;
}

bool slurm_time_parse(const char *text, long long *seconds)
{
    struct values_time time;
    *seconds = -1;
    if (values_in_list("UNLIMITED INFINITE", text, strlen(text)))
        return true;
    if (!values_split_time(text, &time))
        return false;
    *seconds = values_seconds(&time);
    return true;
}

/* As squeue shows a time limit, which Slurm rounds up to minutes. */
static void values_write_time(long long seconds, char *out, size_t size)
{
    long long minutes = (seconds + 59) / 60;
    if (minutes >= 1440)
        snprintf(
            out, size, "%lld-%02lld:%02lld:00", minutes / 1440, minutes / 60 % 24, minutes % 60);
    else
        snprintf(out, size, "%lld:%02lld:00", minutes / 60, minutes % 60);
}

static bool values_judge_time(
    const struct slurm_option *option, const char *text, struct slurm_verdict *verdict)
{
    long long seconds;
    struct values_time time;
    if (!slurm_time_parse(text, &seconds))
        return false;
    if (seconds == -1 || !values_split_time(text, &time))
        return true;
    if (values_carries(&time)) {
        char shown[40];
        values_write_time(seconds, shown, sizeof shown);
        snprintf(verdict->reason, sizeof verdict->reason, "Slurm would take it as %s", shown);
        return false;
    }
    if (option->min == 0)
        return true;
    if (seconds == 0) {
        snprintf(verdict->reason, sizeof verdict->reason,
            "Slurm takes 0 as no limit; write \"UNLIMITED\" for that");
        return false;
    }
    if (!time.has_days && time.n_fields < 3) {
        char rest[40] = "";
        if (time.fields[1] > 0)
            snprintf(rest, sizeof rest, " and %lld seconds", time.fields[1]);
        snprintf(verdict->remark, sizeof verdict->remark, "slurm option %s: %s is %lld minute%s%s",
            option->name, text, time.fields[0], time.fields[0] == 1 ? "" : "s", rest);
    }
    return true;
}

/* --- sizes and nodes ----------------------------------------------------------------------- */

static bool values_is_size(const char *text)
{
    size_t digits = strspn(text, DIGITS);
    const char *unit = text + digits;
    if (digits == 0 || digits >= 12)
        return false;
    if (*unit == '\0')
        return true;
    if (strchr("kmgtKMGT", *unit) == NULL)
        return false;
    return unit[1] == '\0' || strcasecmp(unit + 1, "b") == 0;
}

/* Reads a count with an optional unit; returns what follows, or NULL. */
static const char *values_read_count(const char *text, const char *units, long long *count)
{
    size_t digits = strspn(text, DIGITS);
    if (digits == 0 || digits > 9)
        return NULL;
    *count = atoll(text);
    text += digits;
    const char *unit = *text != '\0' ? strchr(units, tolower((unsigned char)*text)) : NULL;
    if (unit == NULL)
        return text;
    for (const char *u = units; u <= unit; u++)
        *count *= 1024;
    return text + 1;
}

bool slurm_nodes_parse(const char *text, long long *min, long long *max)
{
    const char *end = values_read_count(text, "km", min);
    *max = *min;
    if (end != NULL && *end == '-')
        end = values_read_count(end + 1, "km", max);
    return end != NULL && *end == '\0';
}

/* Sizes such as "1,2,4" or "2-16:2", of which a Slurm since 23.11 takes the largest that fits. */
static bool values_is_sizes(const char *text, struct slurm_verdict *verdict)
{
    const char *step = "[1-9][0-9]*(-[1-9][0-9]*(:[1-9][0-9]*)?)?";
    char pattern[120];
    snprintf(pattern, sizeof pattern, "^%s(,%s)*$", step, step);
    if (!values_match(pattern, text, verdict))
        return false;
    snprintf(verdict->remark, sizeof verdict->remark,
        "slurm option nodes: a list of sizes needs Slurm 23.11 or newer");
    return true;
}

static bool values_judge_nodes(const char *text, struct slurm_verdict *verdict)
{
    long long min, max;
    if (!slurm_nodes_parse(text, &min, &max))
        return values_is_sizes(text, verdict);
    if (min <= max && min > 0)
        return true;
    if (min > max)
        snprintf(verdict->reason, sizeof verdict->reason, "the max is less than the min");
    return false;
}

/* --- GPUs ---------------------------------------------------------------------------------- */

/* Words that no type of GPU is called, but which a count was meant by. */
#define VALUES_NOT_TYPES                                                                           \
    "one two three four five six seven eight nine ten twelve sixteen all any auto none max min "   \
    "many full true false yes no on off null gpu gpus"

/* One item of a list: [name:][type:][count]. */
struct values_item {
    char type[64]; /* "": none */
    long long count;
};

/* Reads [type:]count or a type, up to `end`. */
static bool values_read_item(const char *text, const char *end, struct values_item *item)
{
    *item = (struct values_item){.count = 1};
    const char *after = values_read_count(text, "kmgtp", &item->count);
    if (after == end)
        return true;
    item->count = 1;
    const char *colon = memchr(text, ':', (size_t)(end - text));
    const char *type_end = colon != NULL ? colon : end;
    size_t length = (size_t)(type_end - text);
    /* Signs and fractions are numbers that went wrong, as in "1.5". */
    if (length == 0 || length >= sizeof item->type || strspn(text, DIGITS "+.-") >= length)
        return false;
    for (const char *p = text; p < type_end; p++)
        if (!isalnum((unsigned char)*p) && strchr("_.-", *p) == NULL)
            return false;
    /* Slurm reads "8gpus" as a count, but with a count behind it, "1g.5gb" is a type. */
    if (colon == NULL && isdigit((unsigned char)*text))
        return false;
    memcpy(item->type, text, length);
    return colon == NULL || values_read_count(colon + 1, "kmgtp", &item->count) == end;
}

/* Says what Slurm makes of a type without a count, and refuses those that are none. */
static bool values_judge_type(const struct slurm_option *option, const struct values_item *item,
    bool counted, struct slurm_verdict *verdict)
{
    if (values_in_list(VALUES_NOT_TYPES, item->type, strlen(item->type))) {
        snprintf(verdict->reason, sizeof verdict->reason,
            "Slurm would look for GPUs of the type \"%s\"", item->type);
        return false;
    }
    if (!counted && item->type[strcspn(item->type, DIGITS)] == '\0')
        snprintf(verdict->remark, sizeof verdict->remark,
            "slurm option %s: \"%s\" is one GPU of that type", option->name, item->type);
    return true;
}

/* The part of a gres item after its name, when that is a GPU's; NULL for another resource. */
static const char *values_after_gpu(const char *text)
{
    if (strncmp(text, "gres:", 5) == 0)
        text += 5;
    if (strncmp(text, "gpu", 3) != 0 || (text[3] != ':' && text[3] != ',' && text[3] != '\0'))
        return NULL;
    return text + 3;
}

static bool values_judge_gpus(
    const struct slurm_option *option, const char *text, struct slurm_verdict *verdict)
{
    for (;;) {
        const char *end = text + strcspn(text, ",");
        struct values_item item;
        if (!values_read_item(text, end, &item))
            return false;
        bool counted = memchr(text, ':', (size_t)(end - text)) != NULL;
        if (item.type[0] != '\0' && !values_judge_type(option, &item, counted, verdict))
            return false;
        if (*end == '\0')
            return true;
        text = end + 1;
    }
}

static bool values_judge_gres_item(const struct slurm_option *option, const char *text,
    const char *end, struct slurm_verdict *verdict)
{
    if (strncmp(text, "gres:", 5) == 0)
        text += 5;
    const char *colon = memchr(text, ':', (size_t)(end - text));
    const char *name_end = colon != NULL ? colon : end;
    size_t length = (size_t)(name_end - text);
    if (!isalpha((unsigned char)*text))
        return false;
    for (const char *p = text; p < name_end; p++)
        if (!isalnum((unsigned char)*p) && *p != '_')
            return false;
    bool gpu = length == 3 && memcmp(text, "gpu", 3) == 0;
    if (!gpu && values_in_list("gpu gpus", text, length)) {
        snprintf(verdict->reason, sizeof verdict->reason, "Slurm calls the resource \"gpu\"");
        return false;
    }
    if (!gpu && colon == NULL && values_in_list("help none", text, length)) {
        snprintf(verdict->reason, sizeof verdict->reason, "leave gres out for none");
        return false;
    }
    if (colon == NULL)
        return true;
    struct values_item item;
    if (!values_read_item(colon + 1, end, &item))
        return false;
    bool counted = memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL;
    return !gpu || item.type[0] == '\0' || values_judge_type(option, &item, counted, verdict);
}

static bool values_judge_gres(
    const struct slurm_option *option, const char *text, struct slurm_verdict *verdict)
{
    for (;;) {
        const char *end = text + strcspn(text, ",");
        if (!values_judge_gres_item(option, text, end, verdict))
            return false;
        if (*end == '\0')
            return true;
        text = end + 1;
    }
}

struct slurm_gpus slurm_gpus_parse(const struct slurm_option *option, const char *text)
{
    struct slurm_gpus gpus = {0};
    for (;; text++) {
        const char *end = text + strcspn(text, ",");
        const char *rest = text;
        if (option->form == FORM_GRES)
            rest = values_after_gpu(text);
        if (rest != NULL) {
            if (*rest == ':')
                rest++;
            struct values_item item = {.count = 1};
            if (rest != end)
                values_read_item(rest, end, &item);
            gpus.count += item.count;
            if (item.type[0] != '\0')
                gpus.typed = true;
            else
                gpus.untyped = true;
        }
        text = end;
        if (*text == '\0')
            return gpus;
    }
}

/* --- all forms ----------------------------------------------------------------------------- */

static bool values_judge_int(const struct slurm_option *option, const char *text)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    size_t length = strspn(digits, DIGITS);
    if (length == 0 || length > 12 || digits[length] != '\0')
        return false;
    long long number = atoll(text);
    return number >= option->min && number <= option->max;
}

static bool values_judge_form(
    const struct slurm_option *option, const char *text, struct slurm_verdict *verdict)
{
    if (option->form == FORM_INT)
        return values_judge_int(option, text);
    if (!values_is_word(text))
        return false;
    switch (option->form) {
    case FORM_WORD:
        return true;
    case FORM_TIME:
        return values_judge_time(option, text, verdict);
    case FORM_SIZE:
        return values_is_size(text);
    case FORM_ONE_OF:
        return values_in_list(option->values, text, strlen(text));
    case FORM_SOME_OF:
        return values_all_in_list(option->values, text);
    case FORM_PATTERN:
        return values_match(option->values, text, verdict);
    case FORM_NODES:
        return values_judge_nodes(text, verdict);
    case FORM_GPUS:
        return values_judge_gpus(option, text, verdict);
    case FORM_GRES:
        return values_judge_gres(option, text, verdict);
    default:
        return false;
    }
}

void slurm_value_judge(
    const struct slurm_option *option, const char *text, struct slurm_verdict *verdict)
{
    *verdict = (struct slurm_verdict){0};
    verdict->good = values_judge_form(option, text, verdict);
    if (verdict->good && option->newer != NULL && values_in_list(option->newer, text, strlen(text)))
        snprintf(verdict->remark, sizeof verdict->remark,
            "slurm option %s: %s needs Slurm %s or newer", option->name, text, option->since);
}

/* "one of a, b, c" from "a b c". */
static void values_write_list(const char *before, const char *list, char *out, size_t size)
{
    int length = snprintf(out, size, "%s", before);
    while (*list != '\0' && length >= 0 && (size_t)length < size) {
        size_t word = strcspn(list, " ");
        const char *separator = list[word] != '\0' ? ", " : "";
        length +=
            snprintf(out + length, size - (size_t)length, "%.*s%s", (int)word, list, separator);
        list += word + strspn(list + word, " ");
    }
}

void slurm_value_wanted(const struct slurm_option *option, char *out, size_t size)
{
    static const char *const fixed[] = {
        [FORM_FLAG] = "true or false",
        [FORM_ARRAY] = "an int from 1 to 4000000",
        [FORM_WORD] = "a word without spaces or quotes",
        [FORM_TIME] = "a time such as \"24:00:00\", \"2-12\" or minutes",
        [FORM_SIZE] = "a size such as \"64G\" or megabytes",
        [FORM_NODES] = "a number of nodes, or min and max such as \"2-4\"",
        [FORM_GPUS] = "a number of GPUs, with or without a type such as \"a100:2\"",
        [FORM_GRES] = "name[:type][:count], as in \"gpu:2\" or \"gpu:a100:2\"",
    };
    if (option->wanted != NULL)
        snprintf(out, size, "%s", option->wanted);
    else if (option->form == FORM_ONE_OF)
        values_write_list(option->flag ? "true, false or " : "", option->values, out, size);
    else if (option->form == FORM_SOME_OF)
        values_write_list("a list of ", option->values, out, size);
    else if (option->form == FORM_INT && option->min == 1 && option->max > 100000)
        snprintf(out, size, "an int above 0");
    else if (option->form == FORM_INT)
        snprintf(out, size, "an int from %lld to %lld", option->min, option->max);
    else
        snprintf(out, size, "%s", fixed[option->form]);
}
