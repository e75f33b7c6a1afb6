/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/results/step_log.h"

/* A key of the format, with its length. */
struct step_key {
    const char *text;
    size_t length;
};

struct step_reader {
    struct step_key step, loss, speed, memory;
    struct step_log *log;
    uint64_t current; /* the step of this line */
};

static struct step_key step_log_key(const char *text)
{
    struct step_key key = {text, 0};
    if (text != NULL)
        key.length = strlen(text);
    return key;
}

/* True if a key and a colon begin at `word`, of which `length` bytes are left. */
static bool step_log_is(const char *word, size_t length, struct step_key key)
{
    return key.text != NULL && length > key.length && word[key.length] == ':' &&
           memcmp(word, key.text, key.length) == 0;
}

/* Digits and a fraction, without an exponent: the form of nearly all numbers. It is at most a few
 * units in the last place off. False for other forms. */
static bool step_log_fast(const char *text, const char *end, double *out)
{
    static const double powers[] = {1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10,
        1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18};
    uint64_t digits = 0;
    int n = 0, fraction = -1;
    for (; text < end; text++) {
        if (*text == '.' && fraction < 0) {
            fraction = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || n == 18)
            return false;
        digits = 10 * digits + (uint64_t)(*text - '0');
        n++;
        if (fraction >= 0)
            fraction++;
    }
    if (n == 0)
        return false;
    *out = (double)digits * powers[fraction > 0 ? fraction : 0];
    return true;
}

/* The number between two places. False if there is something else. */
static bool step_log_number(const char *text, const char *end, double *out)
{
    if (step_log_fast(text, end, out))
        return true;
    char copy[64], *stop;
    size_t length = (size_t)(end - text);
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    *out = strtod(copy, &stop);
    return *stop == '\0';
}

static void step_log_keep(struct step_number *out, const char *text, const char *end, double value)
{
    size_t length = (size_t)(end - text);
    if (length >= sizeof out->text)
        length = sizeof out->text - 1;
    memcpy(out->text, text, length);
    out->text[length] = '\0';
    out->value = value;
}

static void step_log_loss(struct step_reader *reader, const char *text, const char *end)
{
    struct step_log *log = reader->log;
    double value;
    if (!step_log_number(text, end, &value))
        return;
    if (log->first.text[0] == '\0')
        step_log_keep(&log->first, text, end, value);
    step_log_keep(&log->last, text, end, value);
    if (!isfinite(value)) {
        if (log->not_finite == 0)
            log->not_finite = reader->current;
    } else if (log->least.text[0] == '\0' || value < log->least.value) {
        step_log_keep(&log->least, text, end, value);
        log->least_step = reader->current;
    }
}

/* "loss:4.01" */
static void step_log_word(struct step_reader *reader, const char *word, const char *end)
{
    struct step_log *log = reader->log;
    size_t length = (size_t)(end - word);
    double value;
    if (step_log_is(word, length, reader->loss)) {
        step_log_loss(reader, word + reader->loss.length + 1, end);
    } else if (step_log_is(word, length, reader->speed)) {
        if (step_log_number(word + reader->speed.length + 1, end, &value) && isfinite(value)) {
            log->speed_sum += value;
            log->n_speeds++;
        }
    } else if (step_log_is(word, length, reader->memory)) {
        if (step_log_number(word + reader->memory.length + 1, end, &value) && isfinite(value)) {
            if (log->n_memories == 0 || value > log->memory)
                log->memory = value;
            log->n_memories++;
        }
    }
}

/* A line up to its newline. */
static void step_log_line(struct step_reader *reader, const char *line, const char *end)
{
    struct step_log *log = reader->log;
    size_t length = (size_t)(end - line), prefix = reader->step.length;
    if (length < prefix + 2 || memcmp(line, reader->step.text, prefix) != 0 || line[prefix] != ' ')
        return;
    const char *at = line + prefix + 1;
    uint64_t step = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        step = 10 * step + (uint64_t)(*at - '0');
    if (at + 3 > end || memcmp(at, " | ", 3) != 0)
        return;
    reader->current = step;
    if (log->lines > 0 && step <= log->last_step) {
        if (log->repeated == 0)
            log->repeated = step;
    } else {
        log->last_step = step;
    }
    log->lines++;
    for (at += 3; at < end;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        if (space == NULL)
            space = end;
        step_log_word(reader, at, space);
        at = space + 1;
    }
}

void step_log_read(
    const char *text, size_t length, const struct run_log *format, struct step_log *log)
{
    struct step_reader reader = {.step = step_log_key(format->step),
        .loss = step_log_key(format->loss),
        .speed = step_log_key(format->speed),
        .memory = step_log_key(format->memory),
        .log = log};
    const char *at = text, *end = text + length;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL) {
            log->torn = true;
            break;
        }
        step_log_line(&reader, at, stop);
        at = stop + 1;
    }
}
