/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/util/cleanup.h"
#include "tests/property/documents.h"

#define PICK(random, array) ((array)[random_below((random), sizeof(array) / sizeof *(array))])

/* splitmix64: works with any seed, also with consecutive ones. */
uint64_t random_below(struct random *random, uint64_t n)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % n;
}

bool random_one_in(struct random *random, uint64_t n)
{
    return random_below(random, n) == 0;
}

/* `rare` with probability 1 / n, otherwise `usual`. */
static const char *rarely(struct random *random, uint64_t n, const char *rare, const char *usual)
{
    if (random_one_in(random, n))
        return rare;
    return usual;
}

/* --- documents ---------------------------------------------------------------------------- */

enum { MAX_KNOWN = 32 };

struct writer {
    struct random *random;
    struct strbuf *out;
    const char *eol;
    unsigned step;   /* spaces of indentation per level */
    unsigned number; /* makes keys unique */
    bool exotic;     /* with anchors, aliases and merge keys */
    unsigned anchors;
    /* Anchors of complete values, since a value cannot contain itself. */
    struct anchor {
        unsigned number;
        bool mapping;
    } known[MAX_KNOWN];
    size_t n_known;
};

static const char *const block_scalars[] = {"1", "-7", "0.5", "3e-4", "1.0e-05", "True", "no",
    "null", "~", "text", "two words", "torch.optim.AdamW", "/tmp/model-0001.bin", "${output_dir}/x",
    "cuda:0", "'single'", "'it''s # no comment'", "\"double\"", "\"a\\tb: \\\"c\\\"\"", "''",
    "\"\"", "08", "12:30:45", "2024-01-01", "a,b]", "x#y", "caf\xc3\xa9", "'\xf0\x9f\x98\x80'",
    "\xe4\xb8\xad \xe6\x96\x87", "1_000", "0x1F", "[]", "{}", "???", "-x", ":x"};
static const char *const flow_scalars[] = {"1", "0.5", "2e-5", "True", "null", "word", "two words",
    "'a, b'", "\"]\"", "''", "/x/y", "caf\xc3\xa9", "[]", "{}", "a:b", "'#'"};

static void new_line(struct writer *w, unsigned indent)
{
    strbuf_puts(w->out, w->eol);
    strbuf_repeat(w->out, ' ', indent);
}

static void write_key(struct writer *w, bool flow)
{
    static const char *const forms[] = {
        "k%u", "key_%u", "'q%u'", "\"d%u\"", "two words%u", "\xc3\xa9%u", "k-%u", "K%u"};
    const char *form = PICK(w->random, forms);
    unsigned number = w->number++;
    const char *mark = strchr(form, '%');
    strbuf_append(w->out, form, (size_t)(mark - form));
    strbuf_printf(w->out, "%u", number);
    strbuf_puts(w->out, mark + 2);
    if (flow)
        strbuf_putc(w->out, ':');
    else
        strbuf_puts(w->out, rarely(w->random, 20, " :", ":"));
}

static void write_comment(struct writer *w)
{
    static const char *const comments[] = {
        "# plain", "# key: value", "# [1, 2", "#", "# 'quote", "# caf\xc3\xa9 \xe2\x82\xac", "# }"};
    if (!random_one_in(w->random, 4))
        return;
    strbuf_puts(w->out, rarely(w->random, 2, "  ", " "));
    strbuf_puts(w->out, PICK(w->random, comments));
}

/* Separates items of a flow collection, on the same line or, with comments, on several lines. */
static void write_gap(struct writer *w, bool lines, unsigned indent)
{
    if (!lines) {
        strbuf_puts(w->out, rarely(w->random, 8, "", " "));
        return;
    }
    write_comment(w);
    new_line(w, indent);
}

static bool write_flow(struct writer *w, unsigned indent, int depth)
{
    bool mapping = w->out->length < 6 /* the document itself */ || random_one_in(w->random, 2);
    bool lines = random_one_in(w->random, 3);
    uint64_t n = random_below(w->random, 4);
    /* The closing bracket can be as far left as its key. */
    unsigned inner = indent + 2, last = inner;
    if (random_one_in(w->random, 2))
        last = indent;
    strbuf_putc(w->out, mapping ? '{' : '[');
    for (uint64_t i = 0; i < n; i++) {
        if (i > 0)
            strbuf_putc(w->out, ',');
        if (i > 0 || lines)
            write_gap(w, lines, inner);
        if (mapping) {
            write_key(w, true);
            strbuf_putc(w->out, ' ');
        }
        if (mapping && random_one_in(w->random, 12))
            continue; /* a missing value */
        if (depth > 0 && random_one_in(w->random, 4))
            write_flow(w, inner, depth - 1);
        else if (w->n_known > 0 && random_one_in(w->random, 5))
            strbuf_printf(w->out, "*a%u", w->known[random_below(w->random, w->n_known)].number);
        else
            strbuf_puts(w->out, PICK(w->random, flow_scalars));
    }
    if (n > 0 && random_one_in(w->random, 5))
        strbuf_putc(w->out, ',');
    if (lines)
        write_gap(w, true, last);
    strbuf_putc(w->out, mapping ? '}' : ']');
    return mapping;
}

/* Writes a literal or folded scalar, or a plain or quoted one of two lines. */
static void write_long_scalar(struct writer *w, unsigned indent)
{
    static const char *const heads[] = {"|", ">", "|-", ">-"};
    switch (random_below(w->random, 4)) {
    case 0:
        strbuf_puts(w->out, "plain text");
        new_line(w, indent);
        strbuf_puts(w->out, "goes on");
        return;
    case 1:
        strbuf_puts(w->out, "\"quoted");
        new_line(w, indent);
        strbuf_puts(w->out, "goes on\"");
        return;
    default:
        strbuf_puts(w->out, PICK(w->random, heads));
        write_comment(w);
        for (uint64_t n = 1 + random_below(w->random, 3); n > 0; n--) {
            new_line(w, indent);
            strbuf_puts(w->out, rarely(w->random, 3, "# no comment", "some: text"));
        }
        if (random_one_in(w->random, 4))
            strbuf_puts(w->out, w->eol);
    }
}

static void write_block_mapping(struct writer *w, unsigned indent, int depth, bool started);

static void write_block_list(struct writer *w, unsigned indent, int depth)
{
    for (uint64_t n = 1 + random_below(w->random, 3); n > 0; n--) {
        new_line(w, indent);
        strbuf_puts(w->out, "- ");
        if (depth > 0 && random_one_in(w->random, 3))
            write_block_mapping(w, indent + 2, depth - 1, true);
        else if (depth > 0 && random_one_in(w->random, 5))
            write_flow(w, indent + 2, depth - 1);
        else {
            strbuf_puts(w->out, PICK(w->random, block_scalars));
            write_comment(w);
        }
    }
}

/* Writes the value of a key, without an anchor; true if it is a mapping. */
static bool write_bare_value(struct writer *w, unsigned indent, int depth)
{
    uint64_t kind = random_below(w->random, depth > 0 ? 14 : 9);
    if (kind >= 12) {
        write_comment(w);
        write_block_mapping(w, indent + w->step, depth - 1, false);
        return true;
    }
    if (kind == 11) {
        write_comment(w);
        if (!random_one_in(w->random, 2))
            indent += w->step;
        write_block_list(w, indent, depth - 1);
        return false;
    }
    if (kind == 8) { /* a missing value */
        write_comment(w);
        return false;
    }
    strbuf_puts(w->out, rarely(w->random, 10, "   ", " "));
    if (kind >= 9) {
        bool mapping = write_flow(w, indent, depth - 1);
        write_comment(w);
        return mapping;
    }
    if (kind == 7)
        write_long_scalar(w, indent + w->step);
    else {
        strbuf_puts(w->out, PICK(w->random, block_scalars));
        write_comment(w);
    }
    return false;
}

static void write_value(struct writer *w, unsigned indent, int depth)
{
    unsigned anchor = 0;
    if (w->exotic && w->n_known > 0 && random_one_in(w->random, 4)) {
        strbuf_printf(w->out, " *a%u", w->known[random_below(w->random, w->n_known)].number);
        write_comment(w);
        return;
    }
    if (w->exotic && random_one_in(w->random, 3)) {
        anchor = ++w->anchors;
        strbuf_printf(w->out, " &a%u", anchor);
    }
    bool mapping = write_bare_value(w, indent, depth);
    if (anchor != 0 && w->n_known < MAX_KNOWN)
        w->known[w->n_known++] = (struct anchor){anchor, mapping};
}

/* Sometimes writes a merge key, if there is a mapping to merge. */
static void write_merge(struct writer *w, unsigned indent)
{
    if (w->n_known == 0)
        return;
    size_t which = random_below(w->random, w->n_known);
    if (!w->known[which].mapping || !random_one_in(w->random, 2))
        return;
    new_line(w, indent);
    strbuf_printf(w->out, "<<: *a%u", w->known[which].number);
}

/* `started`: the first key is written at the end of the current line. */
static void write_block_mapping(struct writer *w, unsigned indent, int depth, bool started)
{
    for (uint64_t n = 1 + random_below(w->random, 4); n > 0; n--) {
        if (!started && random_one_in(w->random, 8))
            strbuf_puts(w->out, w->eol);
        if (!started && random_one_in(w->random, 6)) {
            if (random_one_in(w->random, 3))
                new_line(w, 0);
            else
                new_line(w, indent);
            strbuf_puts(w->out, "# a line of its own");
        }
        if (!started)
            new_line(w, indent);
        started = false;
        write_key(w, false);
        write_value(w, indent, depth);
    }
    if (w->exotic)
        write_merge(w, indent);
}

void random_document(struct random *random, struct strbuf *out)
{
    struct writer w = {.random = random, .out = out};
    w.eol = rarely(random, 8, "\r\n", "\n");
    w.step = 2 + (unsigned)random_below(random, 3);
    w.exotic = random_one_in(random, 4);
    if (random_one_in(random, 30)) { /* almost empty */
        static const char *const texts[] = {"", "# comment", "# comment\n", "---\n", "\n", "{}\n"};
        strbuf_append(out, "", 0);
        strbuf_puts(out, PICK(random, texts));
        return;
    }
    if (random_one_in(random, 10)) {
        strbuf_puts(out, "---");
        strbuf_puts(out, w.eol);
    }
    if (random_one_in(random, 15))
        write_flow(&w, 0, 2);
    else {
        strbuf_puts(out, "# head");
        write_block_mapping(&w, 0, 3, false);
    }
    if (!random_one_in(random, 8))
        strbuf_puts(out, w.eol);
    if (random_one_in(random, 10)) {
        strbuf_puts(out, w.eol);
        strbuf_puts(out, "# tail");
        strbuf_puts(out, w.eol);
    }
}

/* --- operations --------------------------------------------------------------------------- */

static json_t *random_string(struct random *random)
{
    static const char *const pieces[] = {"a", "Z", "0", "7", "-", ":", ": ", " ", "#", " #", ",",
        "[", "]", "{", "}", "'", "\"", "\\", "\n", "\t", "\r", "&x", "*x", "!", "|", ">", "%", "@",
        "`", "?", "~", "=", "<<", ".", "/", "_", "e5", "true", "null", "yes", "${x}", "$",
        "\xc3\xa9", "\xf0\x9f\x98\x80", "\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf", "\x01", "--- "};
    static const char *const words[] = {"word", "/data/set", "two words", "yes", "null", "1e5",
        "08", "", " ", "- x", "a: b", "a #b", "cuda:0", "${output_dir}/logs", "it's",
        "line\nline\n"};
    CLEANUP_STRBUF struct strbuf text = {0};
    if (random_one_in(random, 2))
        return json_string(PICK(random, words));
    strbuf_append(&text, "", 0);
    for (uint64_t n = random_below(random, 6); n > 0; n--)
        strbuf_puts(&text, PICK(random, pieces));
    return json_string(text.data);
}

static json_t *random_number(struct random *random)
{
    static const json_int_t integers[] = {0, 1, -1, 8, 16, 1000000, INT64_MAX, INT64_MIN};
    static const double reals[] = {
        0.0, -0.0, 0.5, 1e-5, 3e-4, 0.1, 1e16, 1.5e300, 5e-324, -2.0, 123456.789, 0x1p-44};
    if (random_one_in(random, 2))
        return json_integer(PICK(random, integers));
    return json_real(PICK(random, reals));
}

static json_t *random_collection(struct random *random, int depth)
{
    static const char *const keys[] = {
        "a", "b", "c", "yes", "1", "two words", "x:y", "\xc3\xa9", "it's", "n", "#"};
    bool object = random_one_in(random, 2);
    json_t *collection = object ? json_object() : json_array();
    for (uint64_t n = random_below(random, 4); n > 0; n--) {
        json_t *item = random_value(random, depth - 1);
        if (object)
            json_object_set_new(collection, PICK(random, keys), item);
        else
            json_array_append_new(collection, item);
    }
    return collection;
}

json_t *random_value(struct random *random, int depth)
{
    switch (random_below(random, depth > 0 ? 8 : 6)) {
    case 0:
        return json_null();
    case 1:
        return json_boolean(random_one_in(random, 2));
    case 2:
    case 3:
        return random_number(random);
    case 4:
    case 5:
        return random_string(random);
    default:
        return random_collection(random, depth);
    }
}

void random_path(struct random *random, const json_t *tree, struct strbuf *out)
{
    static const char *const fresh[] = {"new", "other", "yes", "two words", "\xc3\xa9", "x:y", "7"};
    const json_t *at = tree;
    strbuf_append(out, "", 0);
    while (json_object_size(at) + json_array_size(at) > 0 &&
           (out->length == 0 || !random_one_in(random, 3))) {
        if (json_is_array(at)) { /* sometimes the item after the last one */
            uint64_t index = random_below(random, json_array_size(at) + random_one_in(random, 8));
            strbuf_printf(out, ".%llu", (unsigned long long)index);
            at = json_array_get(at, index);
            continue;
        }
        void *entry = json_object_iter((json_t *)at);
        for (uint64_t skip = random_below(random, json_object_size(at)); skip > 0; skip--)
            entry = json_object_iter_next((json_t *)at, entry);
        if (strchr(json_object_iter_key(entry), '.') != NULL)
            break;
        if (out->length > 0)
            strbuf_putc(out, '.');
        strbuf_puts(out, json_object_iter_key(entry));
        at = json_object_iter_value(entry);
    }
    uint64_t n = 0; /* new parts */
    if (random_one_in(random, 4))
        n = 1 + random_below(random, 2);
    else if (out->length == 0)
        n = 1;
    for (; n > 0; n--) {
        if (out->length > 0)
            strbuf_putc(out, '.');
        strbuf_puts(out, PICK(random, fresh));
    }
    if (random_one_in(random, 200))
        strbuf_puts(out, ".");
}

/* A value of the same type, so that most operations are allowed. */
static json_t *fitting_value(struct random *random, const json_t *old)
{
    if (old == NULL || json_is_null(old) || random_one_in(random, 8))
        return random_value(random, 2);
    if (json_is_boolean(old))
        return json_boolean(random_one_in(random, 2));
    if (json_is_number(old))
        return random_number(random);
    if (json_is_string(old))
        return random_string(random);
    json_t *value = random_collection(random, 2);
    while (json_typeof(value) != json_typeof(old)) {
        json_decref(value);
        value = random_collection(random, 2);
    }
    return value;
}

void random_operation(struct random *random, const json_t *tree, struct operations *out)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    random_path(random, tree, &path);
    CLEANUP_JSON json_t *value = NULL; /* delete */
    if (!random_one_in(random, 5))
        value = fitting_value(random, path_get(tree, path.data));
    operations_add(out, path.data, value);
}
