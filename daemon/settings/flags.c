/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings from a command line.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "daemon/settings/table.h"

/* What getopt_long() returns for --SETTING and for --no-SETTING, plus the setting's index. */
enum { FLAGS_VALUE = 1000, FLAGS_NO = 2000 };

struct flags_options {
    struct option options[3 * SETTINGS_MAX];
    char names[SETTINGS_MAX][40], negated[SETTINGS_MAX][48];
    size_t count;
};

static void flags_add_option(struct flags_options *o, const char *name, int argument, int value)
{
    o->options[o->count++] = (struct option){name, argument, NULL, value};
    o->options[o->count] = (struct option){0};
}

static void flags_make_options(struct flags_options *o, bool in_sweepctl)
{
    struct setting setting;
    o->count = 0;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        int value = FLAGS_VALUE + (int)i, negation = FLAGS_NO + (int)i;
        setting_flag(&setting, o->names[i]);
        if (setting.type == SETTING_YES_NO) {
            snprintf(o->negated[i], sizeof o->negated[i], "no-%s", o->names[i]);
            flags_add_option(o, o->names[i], optional_argument, value);
            flags_add_option(o, o->negated[i], no_argument, negation);
        } else {
            flags_add_option(o, o->names[i], required_argument, value);
        }
    }
    flags_add_option(o, "config", required_argument, 'c');
    flags_add_option(o, "help", no_argument, 'h');
    if (in_sweepctl) {
        flags_add_option(o, "json", no_argument, 'j');
    } else {
        flags_add_option(o, "check", no_argument, 'k');
        flags_add_option(o, "once", no_argument, 'o');
        flags_add_option(o, "version", no_argument, 'v');
    }
}

/* `given` is the argument that getopt_long() rejected. */
static void flags_add_finding(const struct flags_options *o, const char *given, bool lacks_value,
    struct sweep_findings *findings)
{
    const char *names[3 * SETTINGS_MAX] = {NULL};
    char word[80], message[160], hint[120];
    struct sweep_finding finding = {.code = "unknown-option", .message = message};
    size_t hyphens = strspn(given, "-");
    snprintf(word, sizeof word, "%.*s", (int)strcspn(given + hyphens, "="), given + hyphens);
    for (size_t i = 0; i < o->count; i++)
        names[i] = o->options[i].name;
    const char *nearest = sweep_nearest(word, names);
    if (lacks_value) {
        snprintf(message, sizeof message, "--%s needs a value", word);
    } else {
        snprintf(message, sizeof message, "unknown option %.*s%s", (int)hyphens, given, word);
        if (nearest != NULL) {
            snprintf(hint, sizeof hint, "did you mean --%s?", nearest);
            finding.hint = hint;
        }
    }
    sweep_findings_add(findings, &finding);
}

static void flags_store(struct settings_flags *flags, int option)
{
    if (option >= FLAGS_NO) {
        flags->values[option - FLAGS_NO] = "no";
        return;
    }
    if (option >= FLAGS_VALUE) {
        flags->values[option - FLAGS_VALUE] = optarg != NULL ? optarg : "yes";
        return;
    }
    switch (option) {
    case 'c':
        flags->config = optarg;
        break;
    case 'h':
        flags->help = true;
        break;
    case 'j':
        flags->json = true;
        break;
    case 'k':
        flags->check = true;
        break;
    case 'o':
        flags->once = true;
        break;
    case 'v':
    case 'V':
        flags->version = true;
        break;
    }
}

bool settings_flags_read(int argc, char **argv, bool in_sweepctl, struct settings_flags *out,
    struct sweep_findings *findings)
{
    struct flags_options o;
    const char *letters = in_sweepctl ? ":h" : ":hV";
    bool good = true;
    flags_make_options(&o, in_sweepctl);
    *out = (struct settings_flags){0};
    opterr = 0;
    optind = 0; /* 0 resets getopt_long(): this may not be the first call */
    for (int option; (option = getopt_long(argc, argv, letters, o.options, NULL)) != -1;) {
        if (option == '?' || option == ':') {
            flags_add_finding(&o, argv[optind - 1], option == ':', findings);
            good = false;
        } else {
            flags_store(out, option);
        }
    }
    out->operands = optind;
    return good;
}
