/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold for the content of every dropped file, and for its name:
 *
 *   - classifying it twice gives the same result;
 *   - no prefix of a complete document counts as complete or broken: it may still be being written;
 *   - neither does a prefix followed by zeros, as in a file that was allocated in its full size;
 *   - what jansson accepts is complete;
 *   - a claimed spec keeps its name, and every name that is made fits into a directory.
 */
#include <jansson.h>
#include <string.h>

#include "daemon/spool/names.h"
#include "daemon/spool/settle.h"
#include "tests/fuzz/bytes.h"

const uint64_t fuzz_cases = 10000;
uint64_t fuzz_good;

const char *const fuzz_texts[] = {
    "{\"name\": \"a\", \"base\": {\"file\": \"b.yaml\"}, \"grid\": {\"seed\": [1, 20, -3]}}\n",
    "{\"grid\":{\"lr\":[1e-4,3.25E+2,0.5,-0],\"x\":[true,false,null,\"\\u00e4\\n\\\"\"]}}",
    "{\"\\ud83d\\udca3\": \"\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa3\", \"b\": [[], {}, [{}]]}  \n\t",
    "  [1, [2, [3, {\"a\": \"}]\"}]]]",
    "{}",
    "\xef\xbb\xbf{\"a\": [1, 2,], // ]\n \"b\": /* } */ {\"//\": 1e5,},}",
    "{\"name\": \"1700000000000-77-0-x.json\", \"n\": 12345678901234567890}",
    "x.json",
    "1700000000000-77-1-x.json",
    "1795655788331-2180889-12-\xc3\xa4\xc3\xa4.json",
    NULL,
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool jansson_accepts(const char *bytes, size_t size)
{
    json_t *root = json_loadb(bytes, size, 0, NULL);
    json_decref(root);
    return root != NULL;
}

static void check_beginnings(const char *bytes, size_t size)
{
    static char zeroed[512];
    if (size > sizeof zeroed)
        return;
    while (size > 0 && is_space((uint8_t)bytes[size - 1]))
        size--;
    if (size == 0 || (bytes[size - 1] != '}' && bytes[size - 1] != ']'))
        return; /* half a character after a whole document: broken, as the generator will say */
    if (memchr(bytes, '/', size) != NULL)
        return; /* perhaps a comment after the document, which is whole without it */
    for (size_t length = 0; length < size; length++) {
        REQUIRE(settle_classify(bytes, length) == SETTLE_CUT_SHORT);
        memcpy(zeroed, bytes, length);
        memset(zeroed + length, 0, size - length);
        REQUIRE(settle_classify(zeroed, size) == SETTLE_CUT_SHORT);
    }
}

static void check_name(const char *name)
{
    struct names_claim claim = {.unix_ms = 1795655788331, .inode = UINT64_MAX, .attempt = 3}, read;
    char id[NAMES_SIZE], other[NAMES_SIZE];
    snprintf(claim.name, sizeof claim.name, "%s", name);
    names_id(id, &claim);
    REQUIRE(strchr(id, '/') == NULL && strlen(id) < NAMES_SIZE);
    REQUIRE(names_read_id(id, &read));
    REQUIRE(read.unix_ms == claim.unix_ms && read.inode == claim.inode);
    REQUIRE(read.attempt == claim.attempt && names_may_be_spec(read.name));
    REQUIRE(strlen(name) > NAMES_MAX || strcmp(read.name, name) == 0);
    names_numbered(other, name, 4294967295u);
    REQUIRE(names_may_be_spec(other));
    REQUIRE(strlen(other) + strlen(NAMES_REPORT) < NAMES_SIZE);
    names_stage(other, &claim);
    REQUIRE(!names_may_be_spec(other));
}

static void check_names(const char *bytes, size_t size)
{
    struct names_claim claim, reread;
    char name[NAMES_SIZE] = "", id[NAMES_SIZE];
    size = strnlen(bytes, size < sizeof name ? size : sizeof name - 1);
    memcpy(name, bytes, size);
    if (size == 0 || strchr(name, '/') != NULL)
        return;
    if (names_may_be_spec(name)) {
        fuzz_good++;
        check_name(name);
    }
    if (names_read_id(name, &claim)) {
        names_id(id, &claim);
        REQUIRE(names_read_id(id, &reread));
        REQUIRE(reread.unix_ms == claim.unix_ms && reread.inode == claim.inode);
        REQUIRE(reread.attempt == claim.attempt && names_may_be_spec(reread.name));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    enum settle_text text = settle_classify(bytes, size);
    REQUIRE(text != SETTLE_UNREAD && text == settle_classify(bytes, size));
    REQUIRE(text == SETTLE_COMPLETE || !jansson_accepts(bytes, size));
    if (text == SETTLE_COMPLETE) {
        fuzz_good++;
        check_beginnings(bytes, size);
    }
    check_names(bytes, size);
    return 0;
}
