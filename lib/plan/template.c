/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/findings/findings.h"
#include "lib/plan/template.h"
#include "lib/util/text.h"

/* --- parsing ------------------------------------------------------------------------------ */

struct template_parser {
    const struct spec *spec;
    const struct sweep_place *place;
    struct sweep_findings *findings;
    struct template *out;
};

static enum sweep_code template_add_part(struct template_parser *parser, const struct part *part)
{
    struct template *template = parser->out;
    const char *output = profile_output(parser->spec->profile);
    /* template_separate() may add two more. */
    if (template->n_parts + 2 >= TEMPLATE_MAX_PARTS)
        return FINDING_ERROR(parser->findings, "bad-template", *parser->place, output, NULL,
            "%s has too many placeholders", output);
    template->parts[template->n_parts++] = *part;
    return SWEEP_OK;
}

static enum sweep_code template_add_literal(
    struct template_parser *parser, const char *text, size_t length)
{
    struct part part = {.kind = PART_LITERAL, .text = text, .length = length};
    if (length == 0)
        return SWEEP_OK;
    return template_add_part(parser, &part);
}

/* The axis of this key, by any of its parameter's names; SIZE_MAX if there is none. */
static size_t template_find_axis(const struct spec *spec, const char *key)
{
    const struct parameter *parameter = profile_parameter(spec->profile, key);
    for (size_t i = 0; i < spec->axes.count; i++) {
        const struct assignment *axis = &spec->axes.items[i];
        if (strcmp(axis->key, key) == 0 || (parameter != NULL && axis->parameter == parameter))
            return i;
    }
    return SIZE_MAX;
}

static enum sweep_code template_report_unknown(
    const struct template_parser *parser, const char *key)
{
    static const char *const known[] = {"name", "run", "index"};
    const struct spec *spec = parser->spec;
    const char *output = profile_output(spec->profile);
    struct suggestion suggestion = {.word = key};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        suggestion_offer(&suggestion, known[i]);
    for (size_t i = 0; i < spec->axes.count; i++)
        suggestion_offer(&suggestion, spec->axes.items[i].key);
    char hint[200] = "{name}, {run}, {index} and the keys of the grid are known";
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"{%s}\"?", suggestion.best);
    return FINDING_ERROR(parser->findings, "bad-template", *parser->place, output, hint,
        "%s has no placeholder \"{%s}\"", output, key);
}

static enum sweep_code template_add_placeholder(struct template_parser *parser, const char *key)
{
    struct part part = {.kind = PART_AXIS};
    if (strcmp(key, "name") == 0) {
        const char *name = parser->spec->name;
        if (name == NULL)
            return SWEEP_OK;
        return template_add_literal(parser, name, strlen(name));
    }
    if (strcmp(key, "run") == 0) {
        part.kind = PART_RUN;
    } else if (strcmp(key, "index") == 0) {
        part.kind = PART_INDEX;
    } else {
        part.axis = template_find_axis(parser->spec, key);
        if (part.axis == SIZE_MAX)
            return template_report_unknown(parser, key);
    }
    return template_add_part(parser, &part);
}

enum sweep_code template_parse(const char *text, const struct spec *spec,
    const struct sweep_place *place, struct sweep_findings *findings, struct template *out)
{
    struct template_parser parser = {spec, place, findings, out};
    bool resolves = spec->profile->dialect.interpolation == INTERPOLATION_OMEGACONF;
    enum sweep_code code, result = SWEEP_OK;
    const char *literal = text, *p = text;
    *out = (struct template){.n_parts = 0};
    while (*p != '\0') {
        bool interpolation = resolves && strncmp(p, "${", 2) == 0;
        const char *close = NULL;
        if (interpolation || *p == '{')
            close = strchr(p, '}');
        if (close == NULL) {
            p++;
            continue;
        }
        if (interpolation) {
            p = close + 1;
            continue;
        }
        char key[PATH_MAX_BYTES];
        snprintf(key, sizeof key, "%.*s", (int)(close - p - 1), p + 1);
        code = template_add_literal(&parser, literal, (size_t)(p - literal));
        if (code == SWEEP_OK)
            code = template_add_placeholder(&parser, key);
        if (code != SWEEP_OK)
            result = code;
        p = close + 1;
        literal = p;
    }
    code = template_add_literal(&parser, literal, (size_t)(p - literal));
    if (code != SWEEP_OK)
        return code;
    return result;
}

/* --- using -------------------------------------------------------------------------------- */

static bool template_has(const struct template *template, enum part_kind kind)
{
    for (size_t i = 0; i < template->n_parts; i++)
        if (template->parts[i].kind == kind)
            return true;
    return false;
}

static bool template_has_axis(const struct template *template, size_t axis)
{
    for (size_t i = 0; i < template->n_parts; i++)
        if (template->parts[i].kind == PART_AXIS && template->parts[i].axis == axis)
            return true;
    return false;
}

static bool template_has_all_axes(
    const struct template *template, const struct spec *spec, size_t own_axis)
{
    for (size_t i = 0; i < spec->axes.count; i++)
        if (i != own_axis && spec->axes.items[i].n_choices > 1 && !template_has_axis(template, i))
            return false;
    return true;
}

void template_separate(struct template *template, const struct spec *spec, size_t own_axis)
{
    if (template_has(template, PART_RUN) || template_has(template, PART_INDEX) ||
        template_has_all_axes(template, spec, own_axis))
        return;
    if (template->n_parts > 0) {
        struct part *last = &template->parts[template->n_parts - 1];
        while (
            last->kind == PART_LITERAL && last->length > 1 && last->text[last->length - 1] == '/')
            last->length--;
    }
    template->parts[template->n_parts++] = (struct part){PART_LITERAL, "/", 1, 0};
    template->parts[template->n_parts++] = (struct part){.kind = PART_RUN};
}

bool template_is_unique(const struct template *template)
{
    return template_has(template, PART_RUN);
}

/* A leading dot would make a hidden directory, or "..". */
static void template_put_label(struct strbuf *out, const char *label)
{
    for (const char *p = label; *p != '\0'; p++) {
        bool is_kept =
            isalnum((unsigned char)*p) || strchr("_+-", *p) != NULL || (*p == '.' && p != label);
        strbuf_putc(out, is_kept ? *p : '-');
    }
}

void template_fill(const struct template *template, const struct spec *spec, const struct run *run,
    struct strbuf *out)
{
    for (size_t i = 0; i < template->n_parts; i++) {
        const struct part *part = &template->parts[i];
        switch (part->kind) {
        case PART_LITERAL:
            strbuf_append(out, part->text, part->length);
            break;
        case PART_RUN:
            strbuf_puts(out, run->name);
            break;
        case PART_INDEX:
            strbuf_printf(out, "%llu", (unsigned long long)run->index);
            break;
        case PART_AXIS:
            template_put_label(
                out, spec->axes.items[part->axis].choices[run->choices[part->axis]].label);
            break;
        }
    }
}
