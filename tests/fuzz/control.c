/* SPDX-License-Identifier: Apache-2.0
 *
 * Properties of every line that a client of the control socket may send:
 *
 *   - parsing it again gives the same result, also with white space around it;
 *   - it is a request of control/protocol.h, or there is an error message;
 *   - the message, including the bytes of the line that it quotes, can be escaped to one line of a
 *     terminal.
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

static void check_request(const char *line, size_t size, const struct control_request *request)
{
    static const char *const names[] = {"ping", "status", "reload", "rescan", "drain"};
    json_t *object = json_loadb(line, size, 0, NULL);
    REQUIRE(object != NULL);
    REQUIRE(strcmp(json_string_value(json_object_get(object, "do")), names[request->verb]) == 0);
    REQUIRE(json_is_true(json_object_get(object, "watch")) == request->watch);
    REQUIRE(!request->watch || request->verb == CONTROL_STATUS);
    json_decref(object);
}

static void check_message(const char *error)
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
    char error[300] = "", padded_error[300] = "", padded[4096 + 4];
    struct control_request request = {.verb = CONTROL_PING}, same = {.verb = CONTROL_DRAIN};
    const char *line = (const char *)data;
    bool good = control_request_read(line, size, &request, error, sizeof error);
    if (size > sizeof padded - 4)
        return 0;
    memcpy(padded, " \t", 2);
    memcpy(padded + 2, line, size);
    memcpy(padded + 2 + size, "\r ", 2);
    REQUIRE(
        control_request_read(padded, size + 4, &same, padded_error, sizeof padded_error) == good);
    if (!good) {
        check_message(error);
        return 0;
    }
    REQUIRE(request.verb == same.verb && request.watch == same.watch);
    check_request(line, size, &request);
    fuzz_good++;
    return 0;
}
