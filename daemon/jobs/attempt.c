/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "daemon/jobs/attempt.h"

/* A piece of the text. */
struct attempt_word {
    const char *text;
    size_t length;
};

static bool attempt_is(struct attempt_word word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.text, text, word.length) == 0;
}

/* Takes the next word of a line. An empty one at its end. */
static struct attempt_word attempt_next(struct attempt_word *line)
{
    while (line->length > 0 && *line->text == ' ') {
        line->text++;
        line->length--;
    }
    struct attempt_word word = {line->text, 0};
    while (word.length < line->length && word.text[word.length] != ' ')
        word.length++;
    line->text += word.length;
    line->length -= word.length;
    return word;
}

/* Digits only, up to 18 of them. */
static bool attempt_number(struct attempt_word word, int64_t *out)
{
    int64_t value = 0;
    if (word.length == 0 || word.length > 18)
        return false;
    for (size_t i = 0; i < word.length; i++) {
        if (word.text[i] < '0' || word.text[i] > '9')
            return false;
        value = 10 * value + (word.text[i] - '0');
    }
    *out = value;
    return true;
}

/* The value of a word KEY=VALUE. */
static bool attempt_value(struct attempt_word word, const char *key, struct attempt_word *value)
{
    size_t length = strlen(key);
    if (word.length <= length || memcmp(word.text, key, length) != 0 || word.text[length] != '=')
        return false;
    *value = (struct attempt_word){word.text + length + 1, word.length - length - 1};
    return true;
}

static void attempt_copy(char *out, size_t size, struct attempt_word word)
{
    size_t length = word.length < size - 1 ? word.length : size - 1;
    memcpy(out, word.text, length);
    out[length] = '\0';
}

/* "77.12", or "77" without an array. */
static bool attempt_task(struct attempt_word word, struct jobs_task *task)
{
    const char *dot = memchr(word.text, '.', word.length);
    int64_t job, index = -1;
    struct attempt_word left = word;
    if (dot != NULL) {
        left.length = (size_t)(dot - word.text);
        struct attempt_word right = {dot + 1, word.length - left.length - 1};
        if (!attempt_number(right, &index))
            return false;
    }
    if (!attempt_number(left, &job))
        return false;
    *task = (struct jobs_task){(uint64_t)job, index};
    return true;
}

/* The rest of a start line, after its first word. */
static bool attempt_start(struct attempt_word line, int64_t when, struct attempt *out)
{
    struct attempt_word word, value;
    if (out->state != ATTEMPT_DAMAGED || !attempt_task(attempt_next(&line), &out->task))
        return false;
    out->state = ATTEMPT_STARTED;
    out->started = when;
    while ((word = attempt_next(&line)).length > 0) {
        int64_t number;
        if (attempt_value(word, "restart", &value) && attempt_number(value, &number))
            out->restarts = (unsigned)number;
        else if (attempt_value(word, "job", &value) && attempt_number(value, &number))
            out->job = (uint64_t)number;
        else if (attempt_value(word, "host", &value))
            attempt_copy(out->host, sizeof out->host, value);
        else if (attempt_value(word, "output", &value)) {
            /* It is the last one, because a path may have spaces. */
            out->output = value.text;
            out->output_length = value.length + line.length;
            break;
        }
    }
    return true;
}

static bool attempt_class(struct attempt_word word, enum attempt_state *state)
{
    static const struct {
        const char *word;
        enum attempt_state state;
    } classes[] = {{"done", ATTEMPT_DONE}, {"failed", ATTEMPT_FAILED}, {"stopped", ATTEMPT_STOPPED},
        {"setup", ATTEMPT_SETUP}};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (attempt_is(word, classes[i].word)) {
            *state = classes[i].state;
            return true;
        }
    return false;
}

static bool attempt_end(struct attempt_word line, int64_t when, struct attempt *out)
{
    struct attempt_word word, value;
    enum attempt_state state = ATTEMPT_STARTED;
    int64_t code = -1;
    while ((word = attempt_next(&line)).length > 0) {
        if (attempt_value(word, "class", &value) && !attempt_class(value, &state))
            return false;
        if (attempt_value(word, "rc", &value) && !attempt_number(value, &code))
            return false;
        if (attempt_value(word, "signal", &value) && value.length > 0)
            attempt_copy(out->signal, sizeof out->signal, value);
        if (attempt_value(word, "reason", &value))
            attempt_copy(out->reason, sizeof out->reason, value);
    }
    if (state == ATTEMPT_STARTED || out->state == ATTEMPT_DAMAGED)
        return false;
    out->state = state;
    out->ended = when;
    out->exit_code = (int)code;
    return true;
}

/* False if the line cannot be read. Lines with other verbs are fine: a newer script writes them. */
static bool attempt_line(struct attempt_word line, struct attempt *out)
{
    int64_t when;
    if (!attempt_number(attempt_next(&line), &when))
        return false;
    struct attempt_word verb = attempt_next(&line);
    if (attempt_is(verb, "start"))
        return attempt_start(line, when, out);
    if (attempt_is(verb, "end"))
        return attempt_end(line, when, out);
    if (attempt_is(verb, "signal"))
        attempt_copy(out->signal, sizeof out->signal, attempt_next(&line));
    return verb.length > 0;
}

void attempt_parse(const char *text, size_t length, struct attempt *out)
{
    *out = (struct attempt){.state = ATTEMPT_DAMAGED, .task.index = -1, .exit_code = -1};
    const char *at = text, *end = text + length;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            break;
        if (!attempt_line((struct attempt_word){at, (size_t)(stop - at)}, out))
            out->damaged = true;
        at = stop + 1;
    }
    if (at < end || out->state == ATTEMPT_DAMAGED)
        out->damaged = true;
}

bool attempt_name(const char *name, size_t *length, unsigned *number)
{
    const char *dot = strrchr(name, '.');
    int64_t value;
    if (dot == NULL || dot == name || dot[1] == '0')
        return false;
    if (!attempt_number((struct attempt_word){dot + 1, strlen(dot + 1)}, &value) || value > 1000000)
        return false;
    *length = (size_t)(dot - name);
    *number = (unsigned)value;
    return true;
}
