/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/doc/tabs.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

struct search {
    const struct yaml_doc *doc;
    size_t at;  /* everything before is looked at */
    size_t tab; /* where the first one is, or the text's length */
};

/* Looks at the text between two scalars. A `#` there begins a comment. */
static void search_gap(struct search *s, size_t end)
{
    const char *text = s->doc->text;
    for (; s->at < end && s->tab == s->doc->length; s->at++) {
        if (text[s->at] == '\t')
            s->tab = s->at;
        if (text[s->at] != '#')
            continue;
        const char *stop = memchr(text + s->at, '\n', end - s->at);
        s->at = stop != NULL ? (size_t)(stop - text) : end - 1;
    }
}

/* Nodes come in the order of the text. */
static void search_node(struct search *s, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR) {
        search_gap(s, node->start);
        s->at = node->end > s->at ? node->end : s->at;
    }
    for (size_t i = 0; i < node->n_children && s->tab == s->doc->length; i++)
        search_node(s, node->children[i]);
}

void tabs_warn(const struct yaml_doc *doc, const char *file, struct sweep_findings *findings)
{
    struct search s = {doc, 0, doc->length};
    if (memchr(doc->text, '\t', doc->length) == NULL)
        return;
    if (doc->root != NULL)
        search_node(&s, doc->root);
    search_gap(&s, doc->length);
    if (s.tab == doc->length)
        return;
    struct sweep_place place = {file, 1, 1, 1};
    size_t line_start = 0;
    for (size_t i = 0; i < s.tab; i++)
        if (doc->text[i] == '\n') {
            place.line++;
            line_start = i + 1;
        }
    place.column = (unsigned)utf8_count(doc->text + line_start, s.tab - line_start) + 1;
    FINDING_WARNING(
        findings, "tab", place, NULL, "use blanks", "OmegaConf 2.3 and older refuse a tab here");
}
