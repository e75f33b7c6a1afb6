/* SPDX-License-Identifier: Apache-2.0
 *
 * validation_report.txt: what was checked, and every warning.
 */
#ifndef LIB_WRITE_SUMMARY_H
#define LIB_WRITE_SUMMARY_H

#include "lib/write/writer.h"

/* `findings` may be NULL. */
enum sweep_code summary_write(struct writer *w, const struct sweep_findings *findings);

#endif
