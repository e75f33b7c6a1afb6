/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold of every line that a client of the control socket sends:
 *
 *   - it is understood the same twice, and blanks around it change nothing;
 *   - either it is one of the requests of control/server.h, written in some way, or there is a
 *     sentence that says why not;
 *   - that sentence, with whatever it quotes, can be put on one line of a terminal.
 */
#include <jansson.h>
#include <string.h>

#include "daemon/control/request.h"
#include "daemon/common/log.h"
#include "tests/fuzz/bytes.h"

const uint64_t fuzz_cases = 20000;
uint64_t fuzz_good;

const char *const fuzz_texts[] = {
    "{\"do\":\"ping\"}",
    "{\"do\":\"status\"}",
    "{ \"do\" : \"status\", \"watch\" : true }",
    "{\"watch\":false,\"do\":\"status\"}\r",
    "  {\"do\":\"reload\"}",
    "{\"do\":\"rescan\"}\t",
    "{\"do\":\"dr\\u0061in\"}",
    "{\"do\":\"drain\",\"watch\":true}",
    "{\"do\":\"\\u001b[2J\\ud83d\\udca3\"}",
    NULL,
};

static void check_good(const char *line, size_t size, enum control_verb verb, bool watch)
{
    static const char *const names[] = {"ping", "status", "reload", "rescan", "drain"};
    json_t *request = json_loadb(line, size, 0, NULL);
    REQUIRE(request != NULL);
    REQUIRE(strcmp(json_string_value(json_object_get(request, "do")), names[verb]) == 0);
    REQUIRE(json_is_true(json_object_get(request, "watch")) == watch);
    REQUIRE(!watch || verb == CONTROL_STATUS);
    json_decref(request);
}

static void check_sentence(const char *error)
{
    char safe[4 * 300 + 1];
    REQUIRE(*error != '\0');
    log_escape(safe, sizeof safe, error);
    for (const char *p = safe; *p != '\0'; p++)
        REQUIRE((unsigned char)*p >= ' ' && *p != 127);
    json_t *text = json_string(safe);
    REQUIRE(text != NULL);
    json_decref(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[300] = "", again_error[300] = "", padded[4096 + 4];
    enum control_verb verb = CONTROL_PING, again = CONTROL_DRAIN;
    bool watch = false, again_watch = false;
    const char *line = (const char *)data;
    bool good = control_request_read(line, size, &verb, &watch, error, sizeof error);
    if (size > sizeof padded - 4)
        return 0;
    memcpy(padded, " \t", 2);
    memcpy(padded + 2, line, size);
    memcpy(padded + 2 + size, "\r ", 2);
    REQUIRE(control_request_read(
                padded, size + 4, &again, &again_watch, again_error, sizeof again_error) == good);
    REQUIRE(watch == again_watch && (!good || verb == again));
    if (good)
        check_good(line, size, verb, watch);
    else
        check_sentence(error);
    fuzz_good += good;
    return 0;
}
