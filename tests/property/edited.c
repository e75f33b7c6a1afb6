/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: edited SEED CASES
 *
 * Random documents after random operations, for other parsers to read: one line of JSON per case,
 * {"seed", "text", "value"}.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/config/document.h"
#include "lib/util/cleanup.h"
#include "tests/property/documents.h"

/* Applies up to five valid operations. False if one of them fails. */
static bool edit(struct random *random, struct yaml_doc **doc)
{
    for (uint64_t n = random_below(random, 5) + 1; n > 0; n--) {
        struct operations operations = {0};
        struct mismatch mismatch;
        struct sweep_error error = {0};
        random_operation(random, (*doc)->tree, &operations);
        enum sweep_code code = SWEEP_OK;
        for (size_t i = 0; code == SWEEP_OK && i < operations.count; i++)
            if (merge_check(&dialect_omegaconf, (*doc)->tree, &operations.items[i], &mismatch) ==
                SWEEP_OK)
                code = document_apply(doc, &operations.items[i], &error);
        operations_deinit(&operations);
        if (code != SWEEP_OK) {
            fprintf(stderr, "%s\n", error.message);
            return false;
        }
    }
    return true;
}

static bool one_case(uint64_t seed)
{
    struct random random = {seed};
    CLEANUP_STRBUF struct strbuf text = {0};
    struct yaml_doc *doc = NULL;
    random_document(&random, &text);
    CLEANUP_JSON json_t *line = NULL;
    if (yaml_parse(text.data, text.length, "random", NULL, &doc) == SWEEP_OK && edit(&random, &doc))
        line = json_pack("{s:I, s:s%, s:O}", "seed", (json_int_t)seed, "text", doc->text,
            doc->length, "value", doc->tree);
    CLEANUP_FREE char *out = json_dumps(line, JSON_COMPACT);
    yaml_doc_free(doc);
    if (out == NULL) {
        fprintf(stderr, "seed %llu failed\n", (unsigned long long)seed);
        return false;
    }
    puts(out);
    return true;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, cases = 1000;
    int status = 0;
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        cases = strtoull(argv[2], NULL, 10);
    for (uint64_t i = 0; i < cases; i++)
        if (!one_case(seed + i))
            status = 1;
    return status;
}
