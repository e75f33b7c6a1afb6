/* SPDX-License-Identifier: Apache-2.0
 *
 * From a key and a JSON value to a setting: which parameter or path it is, what each value does.
 */
#ifndef LIB_SPEC_SETTING_H
#define LIB_SPEC_SETTING_H

#include "lib/spec/spec.h"

/* What every reader of settings needs. */
struct reader {
    const char *directory; /* for relative dataset paths */
    const struct sweep_limits *limits;
    struct sweep_findings *findings;
};

/* How to write LoRA's parameters, shown wherever one of them comes alone. */
extern const char lora_hint[];

/* Reads one key of "fixed". On SWEEP_INVALID the setting holds what could be understood. */
enum sweep_code setting_read_fixed(const struct reader *reader, const json_t *value,
    const struct json_place *place, struct setting *out);

/* Reads one axis of "grid". */
enum sweep_code setting_read_axis(const struct reader *reader, const json_t *value,
    const struct json_place *place, struct setting *out);

/* Appends a setting and takes it over (also on failure). */
enum sweep_code settings_append(struct settings *settings, struct setting *setting);

/* Lets the setting set `to` where it set the path `from`. */
enum sweep_code setting_move(struct setting *setting, const char *from, const char *to);

void setting_deinit(struct setting *setting);
void settings_deinit(struct settings *settings);

#endif
