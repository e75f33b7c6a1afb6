/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/plan/template.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

static enum sweep_code add_part(struct template *template, const struct part *part,
    const struct sweep_place *place, struct sweep_findings *findings)
{
    if (part->kind == PART_LITERAL && part->length == 0)
        return SWEEP_OK;
    /* Two places are kept for template_separate(). */
    if (template->n_parts + 2 >= TEMPLATE_MAX_PARTS)
        return FINDING_ERROR(findings, "bad-template", *place, "output_dir", NULL,
            "output_dir has too many placeholders");
    template->parts[template->n_parts++] = *part;
    return SWEEP_OK;
}

/* The axis of this key, by any of its parameter's names; SIZE_MAX when there is none. */
static size_t find_axis(const struct spec *spec, const char *key)
{
    const struct parameter *parameter = profile_parameter(spec->profile, key);
    for (size_t i = 0; i < spec->axes.count; i++) {
        const struct assignment *axis = &spec->axes.items[i];
        if (strcmp(axis->key, key) == 0 || (parameter != NULL && axis->parameter == parameter))
            return i;
    }
    return SIZE_MAX;
}

static enum sweep_code unknown_placeholder(const char *key, const struct spec *spec,
    const struct sweep_place *place, struct sweep_findings *findings)
{
    struct suggestion suggestion = {.word = key};
    static const char *const known[] = {"name", "run", "index"};
    for (size_t i = 0; i < 3; i++)
        suggestion_offer(&suggestion, known[i]);
    for (size_t i = 0; i < spec->axes.count; i++)
        suggestion_offer(&suggestion, spec->axes.items[i].key);
    char hint[200] = "{name}, {run}, {index} and the keys of the grid are known";
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"{%s}\"?", suggestion.best);
    return FINDING_ERROR(findings, "bad-template", *place, "output_dir", hint,
        "output_dir has no placeholder \"{%s}\"", key);
}

enum sweep_code template_parse(const char *text, const struct spec *spec,
    const struct sweep_place *place, struct sweep_findings *findings, struct template *out)
{
    *out = (struct template){0};
    enum sweep_code code = SWEEP_OK;
    const char *literal = text, *p = text;
    while (*p != '\0') {
        const char *close = *p == '{' || strncmp(p, "${", 2) == 0 ? strchr(p, '}') : NULL;
        if (close == NULL || *p == '$') { /* an interpolation is passed over whole */
            p = close == NULL ? p + 1 : close + 1;
            continue;
        }
        char key[PATH_MAX_BYTES];
        snprintf(key, sizeof key, "%.*s", (int)(close - p - 1), p + 1);
        struct part before = {PART_LITERAL, literal, (size_t)(p - literal), 0};
        struct part part = {.kind = PART_LITERAL};
        if (strcmp(key, "name") == 0) {
            part.text = spec->name != NULL ? spec->name : "";
            part.length = strlen(part.text);
        } else if (strcmp(key, "run") == 0)
            part.kind = PART_RUN;
        else if (strcmp(key, "index") == 0)
            part.kind = PART_INDEX;
        else {
            part.kind = PART_AXIS;
            part.axis = find_axis(spec, key);
        }
        enum sweep_code one = part.kind == PART_AXIS && part.axis == SIZE_MAX
                                  ? unknown_placeholder(key, spec, place, findings)
                                  : add_part(out, &before, place, findings);
        if (one == SWEEP_OK)
            one = add_part(out, &part, place, findings);
        code = code == SWEEP_OK ? one : code;
        literal = p = close + 1;
    }
    struct part rest = {PART_LITERAL, literal, (size_t)(p - literal), 0};
    enum sweep_code one = add_part(out, &rest, place, findings);
    return code == SWEEP_OK ? one : code;
}

static bool has_part(const struct template *template, enum part_kind kind, size_t axis)
{
    for (size_t i = 0; i < template->n_parts; i++)
        if (template->parts[i].kind == kind &&
            (kind != PART_AXIS || template->parts[i].axis == axis))
            return true;
    return false;
}

void template_separate(struct template *template, const struct spec *spec, size_t own_axis)
{
    bool separate = has_part(template, PART_RUN, 0) || has_part(template, PART_INDEX, 0);
    bool all = true;
    for (size_t i = 0; i < spec->axes.count; i++)
        all &=
            i == own_axis || spec->axes.items[i].n_choices < 2 || has_part(template, PART_AXIS, i);
    if (separate || all)
        return;
    struct part *last = template->n_parts > 0 ? &template->parts[template->n_parts - 1] : NULL;
    while (last != NULL && last->kind == PART_LITERAL && last->length > 1 &&
           last->text[last->length - 1] == '/')
        last->length--;
    template->parts[template->n_parts++] = (struct part){PART_LITERAL, "/", 1, 0};
    template->parts[template->n_parts++] = (struct part){.kind = PART_RUN};
}

bool template_is_unique(const struct template *template)
{
    return has_part(template, PART_RUN, 0);
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
        case PART_AXIS: {
            const char *label =
                spec->axes.items[part->axis].choices[run->choices[part->axis]].label;
            for (const char *p = label; *p != '\0'; p++) {
                bool fine = isalnum((unsigned char)*p) || strchr("._+-", *p) != NULL;
                strbuf_putc(out, fine && !(p == label && *p == '.') ? *p : '-');
            }
            break;
        }
        }
    }
}
