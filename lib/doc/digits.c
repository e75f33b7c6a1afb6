/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/digits.h"

/* Increments or decrements the last digit of `d.ddde±xx`; false if that would carry. */
static bool digits_nudge(char *text, int by)
{
    char *last = strchr(text, 'e') - 1;
    if (!isdigit((unsigned char)*last) || *last + by < '0' || *last + by > '9')
        return false;
    *last = (char)(*last + by);
    return true;
}

/* Writes a number that up to DBL_DIG digits read back as: only those that it rounds to can. False
 * for any other number, and for those with less precision. */
static bool digits_few(double number, char text[40])
{
    if (fabs(number) < DBL_MIN)
        return false;
    snprintf(text, 40, "%.*e", DBL_DIG - 1, number);
    if (strtod(text, NULL) != number)
        return false;
    char *exponent = strchr(text, 'e'), *end = exponent;
    while (end > text + 1 && end[-1] == '0')
        end--;
    memmove(end, exponent, strlen(exponent) + 1);
    return true;
}

/* Next to a power of two, the closest text of a length may not read back as the number, while its
 * neighbour does. */
void digits_shortest(double number, char text[40])
{
    static const int nudges[] = {0, 1, -1};
    int precision = 0;
    if (digits_few(number, text))
        return;
    if (fabs(number) >= DBL_MIN)
        precision = DBL_DIG;
    for (; precision < 17; precision++)
        for (size_t i = 0; i < sizeof nudges / sizeof *nudges; i++) {
            snprintf(text, 40, "%.*e", precision, number);
            if ((nudges[i] == 0 || digits_nudge(text, nudges[i])) && strtod(text, NULL) == number)
                return;
        }
    snprintf(text, 40, "%.16e", number);
}
