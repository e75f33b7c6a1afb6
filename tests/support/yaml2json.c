/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: yaml2json FILE…
 *
 * Prints each config as one line of JSON, as the library reads it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/doc/yaml.h"
#include "lib/util/file.h"

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        struct sweep_error error = {0};
        struct sweep_findings *findings = sweep_findings_new();
        struct yaml_doc *doc = NULL;
        char *text = NULL, *json = NULL;
        size_t length;
        if (file_read(argv[i], YAML_MAX_BYTES, &text, &length, &error) != SWEEP_OK)
            fprintf(stderr, "%s\n", error.message);
        else if (yaml_parse(text, length, argv[i], findings, &doc) != SWEEP_OK) {
            char *why = sweep_findings_text(findings, false);
            fputs(why, stderr);
            free(why);
        } else
            json = json_dumps(doc->tree, JSON_COMPACT);
        if (json != NULL) {
            puts(json);
        } else {
            puts("null");
            failed = 1;
        }
        free(json);
        free(text);
        yaml_doc_free(doc);
        sweep_findings_free(findings);
    }
    return failed;
}
