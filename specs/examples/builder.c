/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes a base for a smaller GPU from one for a large GPU; adapted_base.json is a sweep over it.
 *
 *     cc -std=c17 -o builder builder.c $(pkg-config --cflags --libs sweep)
 *     ./builder v100_base.yaml
 */
#include <stdio.h>
#include <stdlib.h>
#include <sweep/builder.h>

static void show(const struct sweep_findings *findings)
{
    char *text = findings != NULL ? sweep_findings_text(findings, false) : NULL;
    fputs(text != NULL ? text : "", stderr);
    free(text);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "v100_base.yaml";
    const struct sweep_save_options options = {.metadata = true}; /* beside it: how it was made */
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_trainer *trainer = NULL;
    struct sweep_builder *b = NULL;
    struct sweep_error error = {0};

    if (sweep_trainer_new(NULL, &trainer, &error) == SWEEP_OK)
        b = sweep_builder_from_base(trainer, "llama3_1/8B_lora_single_device");
    sweep_with_batch_size(b, 1);
    sweep_with_activation_checkpointing(b, true);
    sweep_with_activation_offloading(b, true);
    json_t *other = json_pack("{s:b}", "save_adapter_weights_only", 1);
    sweep_builder_override(b, other); /* what has no method of its own */
    json_decref(other);

    /* One check for all of that: the first failure stays, and what follows it does nothing. */
    enum sweep_code code = sweep_builder_status(b, &error);
    if (code == SWEEP_OK)
        code = sweep_builder_validate(b, NULL, findings);
    if (code == SWEEP_OK)
        code = sweep_builder_save(b, path, &options, &error);
    show(sweep_builder_findings(b)); /* warnings of the calls */
    show(findings);                  /* errors and warnings about the whole */
    if (code != SWEEP_OK)
        fprintf(stderr, "builder: %s\n",
            code == SWEEP_INVALID && error.message[0] == '\0' ? "the config is not valid"
                                                              : error.message);

    sweep_builder_free(b);
    sweep_trainer_free(trainer);
    sweep_findings_free(findings);
    return code == SWEEP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
