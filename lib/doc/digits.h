/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_DOC_DIGITS_H
#define LIB_DOC_DIGITS_H

/* Writes the fewest digits that read back as a finite number, as [-]d[.ddd]e±xx, with the locale's
 * decimal point. */
void digits_shortest(double number, char text[40]);

#endif
