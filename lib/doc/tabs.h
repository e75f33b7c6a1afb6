/* SPDX-License-Identifier: Apache-2.0
 *
 * Tabs in YAML. libyaml, and with it OmegaConf since 2.4, accepts them between tokens; the parser
 * of OmegaConf 2.3 and older rejects the file. A config with a tab may work here and fail on a
 * cluster.
 */
#ifndef LIB_DOC_TABS_H
#define LIB_DOC_TABS_H

#include "lib/doc/yaml.h"

/* Warns once, at the first tab outside quotes, block scalars and comments. */
void tabs_warn(const struct yaml_doc *doc, const char *file, struct sweep_findings *findings);

#endif
