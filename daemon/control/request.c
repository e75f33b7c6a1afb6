/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "daemon/control/request.h"

/* Nothing that is longer can be a request, and parsing all that fits a line would take the loop
 * several milliseconds. */
#define MAX_MEANT 1024

static const char *const verbs[] = {
    [CONTROL_PING] = "ping",
    [CONTROL_STATUS] = "status",
    [CONTROL_RELOAD] = "reload",
    [CONTROL_RESCAN] = "rescan",
    [CONTROL_DRAIN] = "drain",
};

enum { N_VERBS = sizeof verbs / sizeof *verbs };

/* NULL with `error` set when it is no JSON. */
static json_t *parse(const char *text, size_t length, char *error, size_t size)
{
    static const char blanks[] = " \t\r";
    json_error_t problem;
    while (length > 0 && memchr(blanks, *text, sizeof blanks - 1) != NULL) {
        text++;
        length--;
    }
    while (length > 0 && memchr(blanks, text[length - 1], sizeof blanks - 1) != NULL)
        length--;
    if (length > MAX_MEANT) {
        snprintf(error, size, "this is too long to be a request");
        return NULL;
    }
    json_t *request = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    if (request == NULL)
        snprintf(error, size, "this is not JSON: %s", problem.text);
    return request;
}

static bool understand(
    json_t *request, enum control_verb *verb, bool *watch, char *error, size_t size)
{
    const char *name = json_string_value(json_object_get(request, "do"));
    const json_t *watching = json_object_get(request, "watch");
    int found = 0;
    while (name != NULL && found < N_VERBS && strcmp(name, verbs[found]) != 0)
        found++;
    if (name == NULL)
        snprintf(error, size, "a request is an object like {\"do\":\"status\"}");
    else if (found == N_VERBS)
        snprintf(error, size,
            "nothing is called \"%.100s\"; there are ping, status, reload, rescan and drain", name);
    else if (watching != NULL && (found != CONTROL_STATUS || !json_is_boolean(watching)))
        snprintf(error, size, "\"watch\" is true or false, and for status only");
    else if (json_object_size(request) > (watching != NULL ? 2 : 1))
        snprintf(error, size, "a request has \"do\" and, for status, \"watch\", and nothing else");
    else {
        *verb = (enum control_verb)found;
        *watch = json_is_true(watching);
        return true;
    }
    return false;
}

bool control_request_read(const char *line, size_t length, enum control_verb *verb, bool *watch,
    char *error, size_t error_size)
{
    json_t *request = parse(line, length, error, error_size);
    bool good = request != NULL && understand(request, verb, watch, error, error_size);
    json_decref(request);
    return good;
}
