/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/view.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum {
    MOST_NESTING = 128,    /* interpolations that lead to others; a step counts twice */
    MOST_TEXT = 64 * 1024, /* bytes of one resolved string */
    MOST_TEXTS = 4 << 20,  /* bytes of all of them */
    MOST_STRINGS = 4096,   /* with interpolations */
};

/* One call of view_resolve(). */
struct resolver {
    struct view *view;
    const struct sink *sink;
    size_t written;        /* bytes of resolved strings */
    int moved;             /* how many interpolated mappings the current path leads through */
    const char *complaint; /* the code of the first thing wrong with the string, or NULL */
    char message[256], hint[128];
};

/* The string being read: `at` moves on, `parent` is the mapping that relative paths start from. */
struct cursor {
    struct resolver *r;
    const char *at;
    const char *path; /* dotted path of the string */
    int depth;
};

/* Instead of a code: what this string refers to was complained of already. */
static const char reported[] = "";

/* Notes what is wrong with the string; the first thing counts. */
static SWEEP_PRINTF(3, 4) void fail(struct resolver *r, const char *code, const char *format, ...)
{
    if (r->complaint != NULL)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(r->message, sizeof r->message, format, args);
    va_end(args);
    r->complaint = code;
}

static struct resolution *find(const struct view *view, const json_t *source)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i].source == source)
            return &view->items[i];
    return NULL;
}

static struct resolution *append(struct view *view, const json_t *source)
{
    if (view->count == view->capacity) {
        size_t capacity = view->capacity == 0 ? 8 : 2 * view->capacity;
        struct resolution *items = realloc(view->items, capacity * sizeof *items);
        view->no_memory |= items == NULL;
        if (items == NULL)
            return NULL;
        view->items = items;
        view->capacity = capacity;
    }
    view->items[view->count] = (struct resolution){.source = source};
    return &view->items[view->count++];
}

/* OmegaConf's mark for a value that is still to be given. */
static bool is_missing(const json_t *value)
{
    return json_is_string(value) && strcmp(json_string_value(value), "???") == 0;
}

static bool has_interpolation(const json_t *value)
{
    return json_is_string(value) && strstr(json_string_value(value), "${") != NULL;
}

static json_t *resolve_string(
    struct resolver *r, const json_t *source, const char *path, int depth);

/* --- ${path} ------------------------------------------------------------------------------ */

static json_t *interpolation(struct cursor *c);

/* Reads one part of a path into `part`; a part may hold an interpolation itself. */
static bool read_part(struct cursor *c, struct strbuf *part)
{
    part->length = 0;
    while (*c->at != '\0' && strchr(".[]}:, \t", *c->at) == NULL) {
        if (c->at[0] == '$' && c->at[1] == '{') {
            CLEANUP_JSON json_t *value = interpolation(c);
            if (value == NULL)
                return false;
            if (json_is_string(value))
                strbuf_puts(part, json_string_value(value));
            else
                value_write(part, value, SCALAR_IN_BLOCK);
        } else if (strchr("{\"'", *c->at) != NULL)
            return false;
        else
            strbuf_putc(part, *c->at++);
    }
    strbuf_append(part, "", 0);
    c->r->view->no_memory |= part->failed;
    return !part->failed && part->length > 0;
}

static void note_use(struct view *view, const json_t *tree, const char *key)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)tree, name, value)
        if (strcmp(name, key) == 0 && !view_uses(view, key) &&
            view->n_used < sizeof view->used / sizeof *view->used)
            view->used[view->n_used++] = name;
}

/* Whether `path` is what the string at `inner` stands in. */
static bool is_ancestor(const char *path, const char *inner)
{
    size_t length = strlen(path);
    return strncmp(path, inner, length) == 0 && inner[length] == '.';
}

/* One step down from `node`, whose path is in `at`; resolves what it finds. New reference. */
static json_t *step(struct cursor *c, const json_t *node, const char *part, struct strbuf *at)
{
    const json_t *next = NULL;
    if (json_is_object(node))
        next = json_object_get(node, part);
    else if (json_is_array(node) && *part != '\0' && part[strspn(part, "0123456789")] == '\0')
        next = json_array_get(node, strtoul(part, NULL, 10));
    if (next == NULL) {
        struct suggestion suggestion = {.word = part};
        const char *key;
        json_t *value;
        json_object_foreach ((json_t *)node, key, value)
            suggestion_offer(&suggestion, key);
        if (c->r->complaint == NULL && suggestion.best != NULL)
            snprintf(c->r->hint, sizeof c->r->hint, "did you mean \"%.90s\"?", suggestion.best);
        fail(c->r, "unresolved-interpolation", "there is no \"%.150s\" to take the value from",
            part);
        return NULL;
    }
    if (at->length > 0)
        strbuf_putc(at, '.');
    strbuf_puts(at, part);
    if (at->failed || is_missing(next)) {
        c->r->view->no_memory |= at->failed;
        fail(c->r, reported, "%s", part);
        return NULL;
    }
    if (has_interpolation(next))
        return resolve_string(c->r, next, at->data, c->depth + 1);
    return json_incref((json_t *)next);
}

/* The start of a relative path: `dots` levels above the string itself; its path goes to `at`. */
static const json_t *climb(struct cursor *c, size_t dots, struct strbuf *at)
{
    const json_t *node = c->r->view->tree;
    char path[PATH_MOST_BYTES];
    snprintf(path, sizeof path, "%s", c->path);
    for (size_t i = 0; i < dots; i++) {
        char *dot = strrchr(path, '.');
        if (dot == NULL && i + 1 < dots) {
            fail(c->r, "unresolved-interpolation", "there is nothing above \"%.150s\"", c->path);
            return NULL;
        }
        *(dot != NULL ? dot : path) = '\0';
    }
    strbuf_puts(at, path);
    for (char *save = NULL, *part = strtok_r(path, ".", &save); part != NULL;
         part = strtok_r(NULL, ".", &save))
        node = json_is_array(node) ? json_array_get(node, strtoul(part, NULL, 10))
                                   : json_object_get(node, part);
    return node;
}

/* Whether the part of a mapping or list is a string with an interpolation. */
static bool is_elsewhere(const json_t *node, const char *part)
{
    const json_t *value = json_is_array(node) ? json_array_get(node, strtoul(part, NULL, 10))
                                              : json_object_get(node, part);
    return has_interpolation(value);
}

/* At the end of a path: notes what it led to. Takes the reference to the value over. */
static json_t *arrive(struct cursor *c, json_t *node, const char *path)
{
    char key[PATH_MOST_BYTES];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(path, "."), path);
    note_use(c->r->view, c->r->view->tree, key);
    if (!is_ancestor(path, c->path))
        return node;
    fail(c->r, "cyclic-interpolation", "\"%.150s\" refers to what it stands in", c->path);
    json_decref(node);
    return NULL;
}

/* Behind `${`, at a path: its value, a new reference. */
static json_t *config_path(struct cursor *c)
{
    CLEANUP_STRBUF struct strbuf part = {0}, at = {0};
    size_t dots = strspn(c->at, ".");
    c->at += dots;
    const json_t *from = dots > 0 ? climb(c, dots, &at) : c->r->view->tree;
    json_t *node = json_incref((json_t *)from);
    bool first = true, moved = false;
    while (node != NULL) {
        bool bracket = *c->at == '[';
        if (bracket)
            c->at++;
        else if (!first && *c->at == '.')
            c->at++;
        else if (!first) {
            node = arrive(c, node, at.data);
            break;
        }
        bool good = read_part(c, &part) && (!bracket || *c->at++ == ']');
        if (!good)
            fail(c->r, "bad-interpolation", "\"%.180s\" is no interpolation", c->path);
        json_t *next = good ? step(c, node, part.data, &at) : NULL;
        /* Behind a mapping that was interpolated, strings stand elsewhere than the path says. */
        if (next != NULL && !moved && is_elsewhere(node, part.data)) {
            moved = true;
            c->r->moved++;
        }
        json_decref(node);
        node = next;
        first = false;
    }
    c->r->moved -= moved;
    return node;
}

/* --- ${resolver:…} ------------------------------------------------------------------------ */

/* Skips to the brace that closes the resolver's arguments. */
static bool skip_arguments(struct cursor *c)
{
    int open = 1;
    char quote = '\0';
    for (; *c->at != '\0'; c->at++) {
        if (quote != '\0')
            quote = *c->at == quote ? '\0' : quote;
        else if (*c->at == '"' || *c->at == '\'')
            quote = *c->at;
        else if (*c->at == '{')
            open++;
        else if (*c->at == '}' && --open == 0)
            return true;
    }
    return false;
}

/* The value of oc.decode for the plainest of its literals, such as '3' or 'true', which it reads by
 * rules of its own; NULL for all else. */
static json_t *decode(const char *text, size_t length)
{
    char word[24];
    if (length < 3 || length - 2 >= sizeof word || (*text != '\'' && *text != '"') ||
        text[length - 1] != *text)
        return NULL;
    snprintf(word, sizeof word, "%.*s", (int)(length - 2), text + 1);
    if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
        return json_boolean(word[0] == 't');
    bool decimal = word[strspn(word, "0123456789")] == '\0' && (word[0] != '0' || word[1] == '\0');
    return decimal && strlen(word) < 18 ? json_integer(strtoll(word, NULL, 10)) : NULL;
}

/* Whether the arguments are NAME or NAME,DEFAULT in plain words. */
static bool is_plain_variable(const char *text, size_t length)
{
    while (length > 0 && *text == ' ') {
        text++;
        length--;
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    size_t name = 0;
    while (name < length && (isalnum((unsigned char)text[name]) || text[name] == '_'))
        name++;
    bool good =
        name > 0 && !isdigit((unsigned char)text[0]) && (name == length || text[name] == ',');
    for (size_t i = name + 1; good && i < length; i++)
        good = isalnum((unsigned char)text[i]) || strchr("_./- ", text[i]) != NULL;
    return good && (name == length || name + 1 < length);
}

/* Whether the arguments are NAME,${path}: the path is looked up, and complained of if it fails. */
static bool default_reference(struct cursor *c, const char *text, size_t length)
{
    const char *comma = memchr(text, ',', length);
    size_t rest = comma != NULL ? length - (size_t)(comma + 1 - text) : 0;
    if (rest < 4 || strncmp(comma + 1, "${", 2) != 0 || comma[rest] != '}' ||
        !is_plain_variable(text, (size_t)(comma - text)))
        return false;
    for (size_t i = 3; i < rest; i++)
        if (!isalnum((unsigned char)comma[i]) && strchr("_.", comma[i]) == NULL)
            return false;
    struct cursor inner = {c->r, comma + 1, c->path, c->depth};
    json_decref(interpolation(&inner));
    return true;
}

/* ${oc.select:path} is what ${path} is, or null where there is none; NULL for other arguments. */
static json_t *selection(struct cursor *c, const char *text, size_t length)
{
    char path[PATH_MOST_BYTES];
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && strchr("_.", text[i]) == NULL)
            return NULL;
    if (length == 0 || length + 4 > sizeof path || c->r->complaint != NULL)
        return NULL;
    snprintf(path, sizeof path, "${%.*s}", (int)length, text);
    struct cursor inner = {c->r, path, c->path, c->depth};
    json_t *value = interpolation(&inner);
    bool absent = value == NULL && c->r->complaint != NULL &&
                  strcmp(c->r->complaint, "unresolved-interpolation") == 0;
    if (!absent)
        return value;
    c->r->complaint = NULL;
    return json_null();
}

/* ${oc.env:NAME} is known only where the run starts. Of OmegaConf's other resolvers the plainest
 * forms of oc.decode and oc.select are read; the rest could fail in ways not looked for. */
static json_t *resolver(struct cursor *c, const char *name, size_t length)
{
    static const char *const known[] = {"oc.env", "oc.decode", "oc.select", "oc.create",
        "oc.deprecated", "oc.dict.keys", "oc.dict.values", NULL};
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), name);
    const char *argument = name + length + 1;
    c->at = argument;
    if (!skip_arguments(c)) {
        fail(c->r, "bad-interpolation", "the interpolation ${%.100s:… is not closed", word);
        return NULL;
    }
    size_t given = (size_t)(c->at - argument);
    json_t *decoded = strcmp(word, "oc.decode") == 0 ? decode(argument, given) : NULL;
    if (decoded == NULL && strcmp(word, "oc.select") == 0)
        decoded = selection(c, argument, given);
    if (decoded != NULL)
        return decoded;
    if (strcmp(word, "oc.env") == 0 && default_reference(c, argument, given))
        fail(c->r, "environment", "the value of ${oc.env:…} is known only when the run starts");
    else if (strcmp(word, "oc.env") == 0 && is_plain_variable(argument, given))
        fail(c->r, "environment", "the value of ${oc.env:…} is known only when the run starts");
    else if (list_holds(known, word))
        fail(c->r, "unchecked-resolver", "${%.100s:…} is not evaluated here: write what it gives",
            word);
    else
        fail(c->r, "unknown-resolver", "OmegaConf has no resolver \"%.100s\"", word);
    return NULL;
}

/* At `${`: moves behind the closing brace. New reference, or NULL when it cannot be resolved. */
static json_t *interpolation(struct cursor *c)
{
    c->at += 2;
    c->at += strspn(c->at, " \t");
    size_t word = strcspn(c->at, ":{}[]$ \t,\"'");
    json_t *value;
    if (c->depth > MOST_NESTING) {
        fail(c->r, "cyclic-interpolation", "\"%.150s\" leads through too many others", c->path);
        return NULL;
    }
    c->depth++;
    value = c->at[word] == ':' && word > 0 ? resolver(c, c->at, word) : config_path(c);
    c->depth--;
    if (value == NULL)
        return NULL;
    c->at += strspn(c->at, " \t");
    if (*c->at++ == '}')
        return value;
    json_decref(value);
    fail(c->r, "bad-interpolation", "the interpolation in \"%.150s\" is not closed", c->path);
    return NULL;
}

/* --- strings ------------------------------------------------------------------------------ */

/* Python's str() of a value; a collection inside a text is a mistake that is only hinted at. */
static void put_python(struct strbuf *out, const json_t *value)
{
    if (json_is_string(value))
        strbuf_puts(out, json_string_value(value));
    else if (json_is_object(value) || json_is_array(value))
        strbuf_printf(out, "<%s>", value_type_name(value));
    else if (json_is_boolean(value))
        strbuf_puts(out, json_is_true(value) ? "True" : "False");
    else if (json_is_null(value))
        strbuf_puts(out, "None");
    else {
        size_t start = out->length;
        value_write(out, value, SCALAR_IN_BLOCK);
        /* Python writes 1e-08 where YAML needs 1.0e-08. */
        char *dot = out->failed || !json_is_real(value) ? NULL : strstr(out->data + start, ".0e");
        if (dot != NULL) {
            memmove(dot, dot + 2, strlen(dot + 2) + 1);
            out->length -= 2;
        }
    }
}

/* The value of a text with interpolations: of one alone its own, otherwise a string. */
static json_t *resolve_text(struct cursor *c, const char *text)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    c->at = text;
    while (*c->at != '\0') {
        size_t slashes = strspn(c->at, "\\");
        if (slashes > 0 && c->at[slashes] == '$' && c->at[slashes + 1] == '{') {
            /* Each pair is one; an odd one more takes the meaning of what follows. */
            strbuf_repeat(&out, '\\', slashes / 2);
            c->at += slashes;
            if (slashes % 2 == 1) {
                strbuf_puts(&out, "${");
                c->at += 2;
            }
            continue;
        }
        if (c->at[0] != '$' || c->at[1] != '{') {
            strbuf_putc(&out, *c->at++);
            continue;
        }
        bool first = c->at == text;
        CLEANUP_JSON json_t *value = interpolation(c);
        if (value == NULL)
            return NULL;
        if (first && *c->at == '\0')
            return json_incref(value);
        put_python(&out, value);
        if (out.length > MOST_TEXT || c->r->written + out.length > MOST_TEXTS) {
            fail(c->r, "cyclic-interpolation", "\"%.150s\" grows without end", c->path);
            return NULL;
        }
    }
    c->r->view->no_memory |= out.failed;
    c->r->written += out.length;
    return out.failed ? NULL : json_stringn(out.data != NULL ? out.data : "", out.length);
}

/* Says what is wrong with the string at `path`, unless it is wrong only because of another. */
static void report(struct resolver *r, const char *path)
{
    if (r->complaint == NULL || r->complaint == reported)
        return;
    bool unknown = strcmp(r->complaint, "environment") == 0;
    complain(r->sink, unknown ? SWEEP_NOTE : SWEEP_ERROR, r->complaint, path,
        r->hint[0] != '\0' ? r->hint : NULL, "%s", r->message);
}

static json_t *resolve_string(struct resolver *r, const json_t *source, const char *path, int depth)
{
    struct resolution *known = find(r->view, source);
    if (known != NULL && known->busy) {
        fail(r, "cyclic-interpolation", "\"%.150s\" refers to itself", path);
        return NULL;
    }
    if (known == NULL && r->view->count >= MOST_STRINGS) {
        fail(r, "bad-interpolation", "\"%.150s\" is one interpolation too many", path);
        return NULL;
    }
    if (known == NULL) {
        known = append(r->view, source);
        if (known == NULL)
            return NULL;
        size_t index = (size_t)(known - r->view->items);
        known->busy = true;
        /* What is wrong with this string is no news about the one that led here. */
        const char *outer = r->complaint;
        r->complaint = NULL;
        r->hint[0] = '\0';
        struct cursor c = {r, NULL, path, depth};
        json_t *value = resolve_text(&c, json_string_value(source));
        bool doubtful = value == NULL && r->moved > 0 && strstr(json_string_value(source), "${.");
        if (!doubtful)
            report(r, path);
        r->complaint = outer;
        known = &r->view->items[index];
        known->busy = false;
        known->value = value;
        if (doubtful) /* to be looked at again where it stands */
            known->source = NULL;
    }
    if (known->value == NULL)
        fail(r, reported, "%s", path);
    return json_incref(known->value);
}

/* --- the tree ----------------------------------------------------------------------------- */

static void visit_string(struct resolver *r, const json_t *value, const char *path)
{
    if (is_missing(value)) {
        complain(r->sink, SWEEP_ERROR, "missing-value", path, NULL,
            "%s is ???, which OmegaConf reads as a value still to be given", path);
        return;
    }
    if (!has_interpolation(value))
        return;
    r->complaint = NULL;
    json_decref(resolve_string(r, value, path, 0));
    if (find(r->view, value) == NULL) /* one too many */
        report(r, path);
}

static void visit(struct resolver *r, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_string(node))
        visit_string(r, node, path);
    else if (json_is_object(node))
        json_object_foreach ((json_t *)node, key, value) {
            size_t longer = path_append(path, length, key);
            if (longer > 0)
                visit(r, value, path, longer);
        }
    else if (json_is_array(node))
        json_array_foreach (node, index, value) {
            size_t longer = path_append_index(path, length, index);
            if (longer > 0)
                visit(r, value, path, longer);
        }
    path[length] = '\0';
}

static void forget(struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        json_decref(view->items[i].value);
    view->count = 0;
    view->n_used = 0;
}

void view_resolve(struct view *view, const json_t *tree, const struct sink *sink)
{
    struct resolver r = {.view = view, .sink = sink};
    char path[PATH_MOST_BYTES] = "";
    forget(view);
    view->tree = tree;
    visit(&r, tree, path, 0);
}

void view_deinit(struct view *view)
{
    forget(view);
    free(view->items);
    *view = (struct view){0};
}

const json_t *view_value(const struct view *view, const json_t *value)
{
    if (is_missing(value))
        return NULL;
    if (!has_interpolation(value))
        return value;
    const struct resolution *known = find(view, value);
    return known != NULL ? known->value : NULL;
}

const json_t *view_walk(
    const struct view *view, const json_t *from, const char *parts, size_t n_parts)
{
    const json_t *node = from;
    for (size_t i = 0; i < n_parts && node != NULL; i++, parts += strlen(parts) + 1) {
        if (json_is_array(node))
            node = parts[strspn(parts, "0123456789")] == '\0'
                       ? json_array_get(node, strtoul(parts, NULL, 10))
                       : NULL;
        else
            node = json_object_get(node, parts);
        node = view_value(view, node);
    }
    return node;
}

bool view_uses(const struct view *view, const char *key)
{
    for (size_t i = 0; i < view->n_used; i++)
        if (strcmp(view->used[i], key) == 0)
            return true;
    return false;
}
