/* SPDX-License-Identifier: Apache-2.0
 *
 * Tabs in YAML: libyaml, and with it OmegaConf from 2.4 on, takes them between tokens; the parser
 * of OmegaConf 2.3 and older refuses the file. A config with one may work here and fail on a
 * cluster.
 */
#ifndef LIB_DOC_TABS_H
#define LIB_DOC_TABS_H

#include "lib/doc/yaml.h"

/* Warns once, at the first tab that stands outside of quotes, block scalars and comments. */
void tabs_warn(const struct yaml_doc *doc, const char *file, struct sweep_findings *findings);

#endif
