/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/help_text.h"

/* Options are indented by up to this many columns; their descriptions by more. */
enum { HELP_TEXT_INDENT = 6 };

static size_t help_text_name_length(const char *text)
{
    size_t length = 2;
    while (isalnum((unsigned char)text[length]) || text[length] == '-')
        length++;
    return length;
}

const struct help_option *help_text_option(const struct help_text *help, const char *name)
{
    for (size_t i = 0; i < help->n_options && name[0] == '-'; i++)
        if (strcmp(help->options[i].name, name) == 0 || strcmp(help->options[i].letter, name) == 0)
            return &help->options[i];
    return NULL;
}

/* The option with this name, added if there is none; NULL if there is no room. */
static struct help_option *help_text_add(struct help_text *out, const char *name, size_t length)
{
    char text[sizeof out->options[0].name];
    if (length >= sizeof text)
        return NULL;
    snprintf(text, sizeof text, "%.*s", (int)length, name);
    for (size_t i = 0; i < out->n_options; i++)
        if (strcmp(out->options[i].name, text) == 0)
            return &out->options[i];
    if (out->n_options == HELP_MAX_OPTIONS)
        return NULL;
    struct help_option *option = &out->options[out->n_options++];
    *option = (struct help_option){0};
    snprintf(option->name, sizeof option->name, "%s", text);
    return option;
}

/* Reads " QUEUE" or "[=absolute]" after the name of an option. Returns the end of it. */
static const char *help_text_argument(const char *text, struct help_option *option)
{
    size_t skip = 1, length;
    if (text[0] == '[' && text[1] == '=') {
        skip = 2;
        length = strcspn(text + skip, "]\n");
        option->optional = true;
    } else if ((text[0] == ' ' || text[0] == '=') && isgraph((unsigned char)text[1]) &&
               text[1] != '[' && text[1] != '-') {
        length = strcspn(text + skip, " ]\n");
    } else {
        return text;
    }
    if (length > 1 && text[skip + length - 1] == ',')
        length--; /* another option follows */
    snprintf(option->argument, sizeof option->argument, "%.*s", (int)length, text + skip);
    char *more = strstr(option->argument, ",…");
    if (more != NULL) {
        *more = '\0';
        option->is_list = true;
    }
    text += skip + length;
    if (*text == ']')
        text++;
    return text;
}

static void help_text_describe(struct help_option *option, const char *text, size_t length)
{
    size_t used = strlen(option->text);
    const char *separator = "";
    if (length == 0)
        return;
    if (used > 0)
        separator = " ";
    snprintf(
        option->text + used, sizeof option->text - used, "%s%.*s", separator, (int)length, text);
}

/* "--[no-]group" is two options. */
static const char *help_text_negatable(
    struct help_text *out, const char *text, struct help_option **option)
{
    char name[40];
    size_t length = help_text_name_length(text + 5); /* after "--[no" */
    snprintf(name, sizeof name, "--no-%.*s", (int)(length - 2), text + 7);
    help_text_add(out, name, strlen(name));
    snprintf(name, sizeof name, "--%.*s", (int)(length - 2), text + 7);
    *option = help_text_add(out, name, strlen(name));
    return text + 5 + length;
}

/* Reads the line of an option, without its indentation: "-o, --output QUEUE   create …". */
static struct help_option *help_text_read_option(
    struct help_text *out, const char *line, const char *end)
{
    char letter[4] = "";
    struct help_option *option;
    if (line[1] != '-') {
        snprintf(letter, sizeof letter, "%.2s", line);
        line += strcspn(line, ", \n");
        line += strspn(line, ", ");
    }
    if (line[0] != '-' || line[1] != '-')
        return NULL;
    if (strncmp(line, "--[no-]", 7) == 0) {
        line = help_text_negatable(out, line, &option);
    } else {
        size_t length = help_text_name_length(line);
        option = help_text_add(out, line, length);
        line += length;
    }
    if (option == NULL)
        return NULL;
    snprintf(option->letter, sizeof option->letter, "%s", letter);
    /* Two spaces end the argument. */
    if (line[0] != ' ' || line[1] != ' ')
        line = help_text_argument(line, option);
    /* "--set PATH=VALUE, --profile FILE": described together. */
    while (strncmp(line, ", --", 4) == 0) {
        size_t length = help_text_name_length(line + 2);
        struct help_option *next = help_text_add(out, line + 2, length);
        line += 2 + length;
        if (next != NULL)
            line = help_text_argument(line, next);
    }
    line += strspn(line, ", ");
    if (line < end)
        help_text_describe(option, line, (size_t)(end - line));
    return option;
}

/* --- usage lines ---------------------------------------------------------------------------- */

/* "SPEC…" and "[DIR]" without what surrounds them. */
static void help_text_operand(struct help_text *out, const char *word, size_t length)
{
    char text[64];
    const char *more;
    while (length > 0 && *word == '[') {
        word++;
        length--;
    }
    if (length == 0 || length >= sizeof text || out->n_operands == HELP_MAX_OPERANDS)
        return;
    snprintf(text, sizeof text, "%.*s", (int)length, word);
    text[strcspn(text, "]}.")] = '\0';
    more = strstr(text, "…");
    if (more != NULL)
        text[more - text] = '\0';
    if (!isupper((unsigned char)text[0]) && strchr(text, '|') == NULL)
        return;
    for (size_t i = 0; i < out->n_operands; i++)
        if (strcmp(out->operands[i], text) == 0)
            return;
    snprintf(out->operands[out->n_operands++], sizeof out->operands[0], "%s", text);
}

/* "{--failed|--lost|RUN…}": each part is an option or an operand. */
static void help_text_read_choice(struct help_text *out, const char *choice, size_t length)
{
    const char *end = choice + length;
    while (choice < end) {
        size_t part = strcspn(choice, "|");
        if (part > (size_t)(end - choice))
            part = (size_t)(end - choice);
        size_t open = strspn(choice, "[{");
        if (strncmp(choice + open, "--", 2) == 0)
            help_text_add(out, choice + open, help_text_name_length(choice + open));
        else
            help_text_operand(out, choice + open, part - open);
        choice += part + 1;
    }
}

/* Options in usage lines are known by then, or are only there. */
static void help_text_read_usage(struct help_text *out, const char *usage, const char *end)
{
    while (usage < end) {
        size_t length = strcspn(usage, " \n");
        const char *word = usage;
        while (*word == '[')
            word++;
        const char *bar = memchr(usage, '|', length);
        if (bar != NULL && memmem(usage, length, "--", 2) != NULL) {
            help_text_read_choice(out, usage, length);
        } else if (strncmp(word, "--", 2) == 0 && isalpha((unsigned char)word[2])) {
            size_t name = help_text_name_length(word);
            bool is_new = out->n_options < HELP_MAX_OPTIONS;
            size_t before = out->n_options;
            struct help_option *option = help_text_add(out, word, name);
            is_new = is_new && out->n_options > before;
            const char *after = word + name;
            if (is_new && option != NULL)
                help_text_argument(after, option);
            length = (size_t)(after - usage);
            /* The argument belongs to the option. */
            if (option != NULL && option->argument[0] != '\0' && *after == ' ')
                length += 1 + strcspn(after + 1, " \n");
        } else if (word[0] == '-' && isalpha((unsigned char)word[1]) && word[2] == ' ') {
            length += 1 + strcspn(usage + length + 1, " \n");
        } else {
            help_text_operand(out, usage, length);
        }
        usage += length;
        usage += strspn(usage, " \n");
    }
}

void help_text_read(const char *help, struct help_text *out)
{
    struct help_option *option = NULL;
    for (const char *line = help; *line != '\0';) {
        const char *end = line + strcspn(line, "\n");
        size_t indent = strspn(line, " ");
        if (indent > 0 && indent <= HELP_TEXT_INDENT && line[indent] == '-')
            option = help_text_read_option(out, line + indent, end);
        else if (option != NULL && indent > HELP_TEXT_INDENT)
            help_text_describe(option, line + indent, (size_t)(end - line) - indent);
        else
            option = NULL;
        line = end;
        if (*line == '\n')
            line++;
    }
    if (strncmp(help, "usage: ", 7) == 0) {
        const char *end = strstr(help, "\n\n");
        if (end != NULL)
            help_text_read_usage(out, help + 7, end);
    }
}
