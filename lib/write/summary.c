/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/util/cleanup.h"
#include "lib/write/summary.h"

static const char summary_checks[] =
    "checked  the spec: keys, types, ranges, names, duplicates\n"
    "         every config path: it exists in the base, or its component or recipe takes it\n"
    "         every value: it may take the place of the base's\n"
    "         every run: components, arguments, types, keys, and the recipe's rules\n"
    "         every output directory: no two runs share one\n"
    "         the edited configs: read back and compared with the intended values\n";

static const char *summary_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

enum sweep_code summary_write(struct writer *w, const struct sweep_findings *findings)
{
    const struct sweep_plan *plan = w->plan;
    const struct spec *spec = &plan->spec;
    const char *base = plan_base(plan);
    char base_shown[512], recipe_shown[512];
    sweep_escape(base_shown, sizeof base_shown, base, strlen(base));
    sweep_escape(recipe_shown, sizeof recipe_shown, plan->recipe, strlen(plan->recipe));
    size_t warnings = sweep_findings_count(findings, SWEEP_WARNING);
    strbuf_printf(&w->text,
        "%s: %llu run%s valid, %zu warning%s\n"
        "\n"
        "base     %s\n"
        "recipe   %s\n"
        "trainer  %s %s\n"
        "\n"
        "%s",
        spec->name, (unsigned long long)spec->runs, summary_plural(spec->runs), warnings,
        summary_plural(warnings), base_shown, recipe_shown, sweep_trainer_name(plan->trainer),
        sweep_trainer_version(plan->trainer), summary_checks);
    if (findings != NULL) {
        CLEANUP_FREE char *text = sweep_findings_text(findings, false);
        if (text == NULL)
            return writer_no_memory(w);
        if (*text != '\0')
            strbuf_printf(&w->text, "\n%s", text);
    }
    return writer_flush(w, "validation_report.txt");
}
