/* SPDX-License-Identifier: Apache-2.0
 *
 * How a spec says what is written in the syntax of another tool: W&B, Hydra, Ray Tune, SEML,
 * Optuna, GitHub Actions. Each returns a hint, or NULL.
 */
#ifndef LIB_SPEC_OTHER_TOOLS_H
#define LIB_SPEC_OTHER_TOOLS_H

/* For a key of a spec that there is not: "method". */
const char *other_tools_spec_key(const char *name);

/* For a key of "grid" or "sweep" that names no parameter or path: "parameters". */
const char *other_tools_axis(const char *name);

/* For a key of an object in the place of an axis's values: "distribution". */
const char *other_tools_axis_key(const char *name);

/* For a string in the place of an axis's values, or of a number: "choice(1, 2)". */
const char *other_tools_text(const char *text);

#endif
