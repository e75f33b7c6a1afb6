/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/json_token.h"
#include "lib/doc/yaml_mistake.h"
#include "lib/util/text.h"
#include "sweep/error.h"

enum { MAX_QUOTED_LINES = 8 }; /* an open quote is looked for in */

struct yaml_line {
    const char *start, *end; /* without the newline */
    const char *word;        /* the first character that is not a space or tab, or `end` */
};

struct yaml_search {
    const char *text, *end;
    const struct yaml_problem *problem;
    struct yaml_mistake *out;
};

static bool yaml_mistake_set(const struct yaml_search *s, const char *start, const char *end,
    const char *hint, const char *format, ...) SWEEP_PRINTF(5, 6);

static bool yaml_mistake_set(const struct yaml_search *s, const char *start, const char *end,
    const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vformat(s->out->message, sizeof s->out->message, format, args);
    va_end(args);
    snprintf(s->out->hint, sizeof s->out->hint, "%s", hint);
    s->out->offset = (size_t)(start - s->text);
    s->out->length = end > start ? (size_t)(end - start) : 1;
    return true;
}

static bool yaml_mistake_says(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* --- lines -------------------------------------------------------------------------------- */

static struct yaml_line yaml_mistake_line(const struct yaml_search *s, const char *at)
{
    struct yaml_line line = {at, at, at};
    while (line.start > s->text && line.start[-1] != '\n')
        line.start--;
    while (line.end < s->end && *line.end != '\n')
        line.end++;
    line.word = line.start;
    while (line.word < line.end && (*line.word == ' ' || *line.word == '\t'))
        line.word++;
    return line;
}

/* The previous line with something other than white space and comments; false if there is none. */
static bool yaml_mistake_previous(const struct yaml_search *s, struct yaml_line *line)
{
    while (line->start > s->text) {
        *line = yaml_mistake_line(s, line->start - 1);
        if (line->word < line->end && *line->word != '#')
            return true;
    }
    return false;
}

/* The colon that ends the key at the start of a line; NULL if there is none. */
static const char *yaml_mistake_colon(const struct yaml_line *line)
{
    const char *p = line->word;
    if (line->end - p > 2 && p[0] == '-' && p[1] == ' ')
        p += 2;
    const char *key = p;
    while (p < line->end && (isalnum((unsigned char)*p) || *p == '_' || *p == '.'))
        p++;
    return p > key && p < line->end && *p == ':' ? p : NULL;
}

/* --- causes ------------------------------------------------------------------------------- */

static bool yaml_mistake_control(const struct yaml_search *s)
{
    for (const char *p = s->text; p < s->end;) {
        uint32_t c = 0;
        struct json_advice advice;
        size_t n = utf8_decode(p, (size_t)(s->end - p), &c);
        bool control = (c < 0x20 && c != '\n' && c != '\r' && c != '\t') ||
                       (c >= 0x7f && c < 0xa0 && c != 0x85) || (c == 0xfeff && p > s->text);
        if (control && json_token_is_foreign(c, &advice))
            return yaml_mistake_set(s, p, p + n, advice.hint, "%s", advice.message);
        p += n > 0 ? n : 1;
    }
    return false;
}

static bool yaml_mistake_tab(const struct yaml_search *s, const struct yaml_line *line)
{
    const char *tab = memchr(line->start, '\t', (size_t)(line->word - line->start));
    if (tab == NULL && s->text[s->problem->problem_at] == '\t')
        tab = s->text + s->problem->problem_at;
    if (tab == NULL)
        return false;
    return yaml_mistake_set(s, tab, tab + 1, "use spaces", "YAML cannot be indented with a tab");
}

static bool yaml_mistake_no_space(const struct yaml_search *s, const struct yaml_line *line)
{
    const char *colon = yaml_mistake_colon(line);
    if (colon == NULL || colon + 1 == line->end || isspace((unsigned char)colon[1]) ||
        colon[1] == ':' || strncmp(colon + 1, "//", 2) == 0)
        return false;
    char hint[120];
    int shown = line->end - colon > 40 ? 40 : (int)(line->end - colon - 1);
    snprintf(hint, sizeof hint, "write %.*s: %.*s",
        (int)(colon - line->word > 60 ? 60 : colon - line->word), line->word, shown, colon + 1);
    return yaml_mistake_set(s, colon, colon + 1, hint, "a space is missing after the colon");
}

/* A string without quotes cannot begin with some characters. */
static bool yaml_mistake_first_character(const struct yaml_search *s)
{
    const char *p = s->text + s->problem->problem_at;
    if (!yaml_mistake_says(s->problem->problem, "cannot start any token") || p >= s->end)
        return false;
    if (*p == '%' && p > s->text && p[-1] == '{')
        return yaml_mistake_set(
            s, p - 1, p + 1, "render the template first", "this is a template, not YAML");
    return yaml_mistake_set(s, p, p + 1, "put the value in quotes",
        "a string without quotes cannot begin with \"%c\"", *p);
}

static bool yaml_mistake_braces(const struct yaml_search *s, const struct yaml_line *line)
{
    const char *braces = memmem(line->start, (size_t)(line->end - line->start), "{{", 2);
    if (braces == NULL)
        return false;
    return yaml_mistake_set(s, braces, braces + 2,
        "OmegaConf's interpolation is ${key}; a string with {{ }} needs quotes",
        "{{ }} is not replaced in YAML");
}

/* A bracket or quote that is open. */
static bool yaml_mistake_open(const struct yaml_search *s)
{
    const char *p = s->text + s->problem->context_at;
    char hint[60];
    bool flow = yaml_mistake_says(s->problem->context, "flow");
    if (yaml_mistake_says(s->problem->problem, "end of stream") &&
        yaml_mistake_says(s->problem->context, "quoted scalar"))
        return yaml_mistake_set(s, p, p + 1, "add the closing quote", "this quote is not closed");
    if (!flow || (*p != '[' && *p != '{'))
        return false;
    snprintf(hint, sizeof hint, "add \"%c\", or a comma between the items", *p == '[' ? ']' : '}');
    return yaml_mistake_set(
        s, p, p + 1, hint, "this \"%c\" is not closed, or an item in it is wrong", *p);
}

/* A quote that begins a value and does not end in its line. */
static bool yaml_mistake_open_quote(const struct yaml_search *s, const struct yaml_line *line)
{
    const char *colon = yaml_mistake_colon(line);
    const char *p = colon != NULL ? colon + 1 : line->word;
    while (p < line->end && *p == ' ')
        p++;
    if (p == line->end || (*p != '"' && *p != '\''))
        return false;
    const char *close = memchr(p + 1, *p, (size_t)(line->end - p - 1));
    if (close == NULL)
        return yaml_mistake_set(s, p, p + 1, "add the closing quote", "this quote is not closed");
    while (++close < line->end && *close == ' ')
        ;
    if (close == line->end || *close == '#' || *close == ',')
        return false;
    return yaml_mistake_set(
        s, p, line->end, "put the whole value in quotes", "text follows the closing quote");
}

/* A value that contains a colon and a space. */
static bool yaml_mistake_second_colon(const struct yaml_search *s, const struct yaml_line *line)
{
    const char *colon = yaml_mistake_colon(line), *at = s->text + s->problem->problem_at;
    if (colon == NULL || at <= colon || at >= line->end || *at != ':')
        return false;
    return yaml_mistake_set(
        s, at, at + 1, "put the value in quotes", "a string without quotes cannot contain \": \"");
}

static bool yaml_mistake_indentation(const struct yaml_search *s, const struct yaml_line *line)
{
    struct yaml_line above = *line;
    if (yaml_mistake_colon(line) == NULL || !yaml_mistake_previous(s, &above))
        return false;
    size_t width = (size_t)(line->word - line->start), before = (size_t)(above.word - above.start);
    char hint[80];
    if (yaml_mistake_colon(&above) == NULL && before == width)
        return yaml_mistake_set(
            s, above.word, above.end, "write \"key: value\"", "this line has no key");
    if (width == before)
        return false;
    snprintf(hint, sizeof hint, "lines of one mapping have the same indentation");
    return yaml_mistake_set(s, line->word, line->word + 1, hint,
        "indented by %zu space%s, but the line above by %zu", width, width == 1 ? "" : "s", before);
}

bool yaml_mistake_find(
    const char *text, size_t length, const struct yaml_problem *problem, struct yaml_mistake *out)
{
    struct yaml_search s = {text, text + length, problem, out};
    struct yaml_line line = yaml_mistake_line(&s, text + problem->problem_at), above = line;
    struct yaml_line context = yaml_mistake_line(&s, text + problem->context_at);
    bool has_above = yaml_mistake_previous(&s, &above);
    if (yaml_mistake_says(problem->problem, "control characters") && yaml_mistake_control(&s))
        return true;
    if (yaml_mistake_tab(&s, &line) || yaml_mistake_first_character(&s) ||
        yaml_mistake_braces(&s, &line))
        return true;
    if (yaml_mistake_says(problem->problem, "escape"))
        return yaml_mistake_set(&s, text + problem->problem_at, text + problem->problem_at + 2,
            "write \\\\ for a backslash, or use single quotes", "unknown escape in double quotes");
    if (yaml_mistake_open(&s))
        return true;
    if (problem->context[0] != '\0' && yaml_mistake_says(problem->problem, "expected ':'") &&
        yaml_mistake_no_space(&s, &context))
        return true;
    if (yaml_mistake_second_colon(&s, &line))
        return true;
    if (has_above && yaml_mistake_no_space(&s, &above))
        return true;
    /* A string may go on for some lines, up to the next quote. */
    for (unsigned i = 0; has_above && i < MAX_QUOTED_LINES; i++) {
        if (yaml_mistake_open_quote(&s, &above))
            return true;
        has_above = yaml_mistake_previous(&s, &above);
    }
    if (yaml_mistake_open_quote(&s, &line))
        return true;
    return yaml_mistake_indentation(&s, &line);
}
