/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/doc/tabs.h"
#include "lib/findings/findings.h"

struct tabs_search {
    const struct yaml_doc *doc;
    size_t at;  /* everything before has been searched */
    size_t tab; /* offset of the first tab; the length of the text if none was found */
};

/* Searches the text between two scalars. A `#` there starts a comment. */
static void tabs_search_gap(struct tabs_search *s, size_t end)
{
    const char *text = s->doc->text;
    for (; s->at < end && s->tab == s->doc->length; s->at++) {
        if (text[s->at] == '\t')
            s->tab = s->at;
        if (text[s->at] != '#')
            continue;
        const char *newline = memchr(text + s->at, '\n', end - s->at);
        if (newline == NULL)
            s->at = end - 1;
        else
            s->at = (size_t)(newline - text);
    }
}

/* Relies on nodes being in the order of the text. */
static void tabs_search_node(struct tabs_search *s, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR) {
        tabs_search_gap(s, node->start);
        if (node->end > s->at)
            s->at = node->end;
    }
    for (size_t i = 0; i < node->n_children && s->tab == s->doc->length; i++)
        tabs_search_node(s, node->children[i]);
}

void tabs_warn(const struct yaml_doc *doc, const char *file, struct sweep_findings *findings)
{
    struct tabs_search s = {doc, 0, doc->length};
    if (memchr(doc->text, '\t', doc->length) == NULL)
        return;
    if (doc->root != NULL)
        tabs_search_node(&s, doc->root);
    tabs_search_gap(&s, doc->length);
    if (s.tab < doc->length)
        FINDING_WARNING(findings, "tab", finding_place(file, doc->text, s.tab), NULL, "use spaces",
            "OmegaConf 2.3 and older reject a tab here");
}
