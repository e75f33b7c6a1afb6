/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "daemon/common/log.h"
#include "daemon/common/output.h"
#include "daemon/sweepctl/doctor/doctor.h"
#include "daemon/sweepctl/text.h"
#include "lib/util/text.h"

static const char *const findings_levels[] = {"ok", "warn", "FAIL"};

enum { FINDINGS_LEVEL_WIDTH = 6, FINDINGS_CHECK_WIDTH = 15, FINDINGS_INDENT = 21 };

void doctor_say(struct doctor *doctor, enum doctor_level level, const char *check, const char *todo,
    const char *format, ...)
{
    char text[LOG_TEXT_MAX], safe[LOG_TEXT_MAX], safe_todo[LOG_TEXT_MAX] = "";
    va_list arguments;
    va_start(arguments, format);
    text_vformat(text, sizeof text, format, arguments);
    va_end(arguments);
    log_escape(safe, sizeof safe, text);
    if (todo != NULL)
        log_escape(safe_todo, sizeof safe_todo, todo);
    doctor->counts[level]++;
    if (doctor->checks != NULL) {
        json_array_append_new(doctor->checks,
            json_pack("{s:s, s:s, s:s, s:s?}", "check", check, "level", findings_levels[level],
                "text", safe, "todo", todo != NULL ? safe_todo : NULL));
        return;
    }
    printf("%-*s%-*s", FINDINGS_LEVEL_WIDTH, findings_levels[level], FINDINGS_CHECK_WIDTH, check);
    text_put_words(FINDINGS_INDENT, safe);
    /* Not wrapped, so that it can be copied. */
    if (todo != NULL)
        printf("%*s%s %s\n", FINDINGS_INDENT, "", doctor->utf8 ? "→" : "->", safe_todo);
    (void)output_flush();
}
