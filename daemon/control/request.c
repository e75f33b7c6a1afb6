/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "daemon/control/request.h"

static const char *const control_verbs[] = {
    [CONTROL_PING] = "ping",
    [CONTROL_STATUS] = "status",
    [CONTROL_RELOAD] = "reload",
    [CONTROL_RESCAN] = "rescan",
    [CONTROL_DRAIN] = "drain",
};

enum { N_CONTROL_VERBS = sizeof control_verbs / sizeof *control_verbs };

static bool request_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* NULL with `error` set if it is not JSON. */
static json_t *request_parse(const char *line, size_t length, char *error, size_t error_size)
{
    json_error_t problem;
    while (length > 0 && request_is_space(line[0])) {
        line++;
        length--;
    }
    while (length > 0 && request_is_space(line[length - 1]))
        length--;
    /* No request is longer, and parsing CONTROL_REQUEST_MAX bytes would block the event loop for
     * several milliseconds. */
    if (length > CONTROL_JSON_MAX) {
        snprintf(error, error_size, "the request is too long (max %d bytes)", CONTROL_JSON_MAX);
        return NULL;
    }
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &problem);
    if (object == NULL)
        snprintf(error, error_size, "the request is not valid JSON: %s", problem.text);
    return object;
}

/* N_CONTROL_VERBS if there is no such verb. */
static int request_find_verb(const char *name)
{
    int verb = 0;
    while (verb < N_CONTROL_VERBS && strcmp(name, control_verbs[verb]) != 0)
        verb++;
    return verb;
}

static bool request_check(
    const json_t *object, struct control_request *request, char *error, size_t error_size)
{
    const char *name = json_string_value(json_object_get(object, "do"));
    const json_t *watch = json_object_get(object, "watch");
    size_t known_members = watch != NULL ? 2 : 1;
    if (name == NULL) {
        snprintf(error, error_size, "expected an object like {\"do\":\"status\"}");
        return false;
    }
    int verb = request_find_verb(name);
    if (verb == N_CONTROL_VERBS) {
        snprintf(error, error_size,
            "unknown command \"%.100s\"; expected ping, status, reload, rescan or drain", name);
        return false;
    }
    if (watch != NULL && (verb != CONTROL_STATUS || !json_is_boolean(watch))) {
        snprintf(error, error_size, "\"watch\" must be true or false, and is for status only");
        return false;
    }
    if (json_object_size(object) > known_members) {
        snprintf(error, error_size, "unknown member; expected only \"do\" and \"watch\"");
        return false;
    }
    request->verb = (enum control_verb)verb;
    request->watch = json_is_true(watch);
    return true;
}

bool control_request_read(const char *line, size_t length, struct control_request *request,
    char *error, size_t error_size)
{
    json_t *object = request_parse(line, length, error, error_size);
    if (object == NULL)
        return false;
    bool good = request_check(object, request, error, error_size);
    json_decref(object);
    return good;
}
