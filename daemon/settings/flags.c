/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings from a command line.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "daemon/settings/table.h"

/* What getopt_long() returns for a setting, and for --no-SETTING. */
enum { VALUE_OF = 1000, NO = 2000 };

struct options {
    struct option options[3 * SETTINGS_MAX];
    char names[SETTINGS_MAX][40], negated[SETTINGS_MAX][48];
    size_t count;
};

static void add(struct options *o, const char *name, int argument, int value)
{
    o->options[o->count++] = (struct option){name, argument, NULL, value};
    o->options[o->count] = (struct option){0};
}

static void make(struct options *o, bool in_sweepctl)
{
    struct setting setting;
    o->count = 0;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        bool truth = setting.type == SETTING_YES_NO;
        setting_flag(&setting, o->names[i]);
        add(o, o->names[i], truth ? optional_argument : required_argument, VALUE_OF + (int)i);
        if (!truth)
            continue;
        snprintf(o->negated[i], sizeof o->negated[i], "no-%s", o->names[i]);
        add(o, o->negated[i], no_argument, NO + (int)i);
    }
    add(o, "config", required_argument, 'c');
    add(o, "help", no_argument, 'h');
    if (in_sweepctl) {
        add(o, "json", no_argument, 'j');
    } else {
        add(o, "check", no_argument, 'k');
        add(o, "once", no_argument, 'o');
        add(o, "version", no_argument, 'v');
    }
}

/* `given` is the word that getopt_long() did not like. */
static void complain(
    const struct options *o, const char *given, bool lacks_value, struct sweep_findings *findings)
{
    const char *names[3 * SETTINGS_MAX] = {NULL};
    char word[80], message[160], hint[120];
    size_t hyphens = strspn(given, "-");
    snprintf(word, sizeof word, "%.*s", (int)strcspn(given + hyphens, "="), given + hyphens);
    for (size_t i = 0; i < o->count; i++)
        names[i] = o->options[i].name;
    const char *nearest = sweep_nearest(word, names);
    if (lacks_value)
        snprintf(message, sizeof message, "--%s needs a value", word);
    else
        snprintf(message, sizeof message, "there is no option %.*s%s", (int)hyphens, given, word);
    snprintf(hint, sizeof hint, "did you mean --%s?", nearest != NULL ? nearest : "");
    sweep_findings_add(findings, &(struct sweep_finding){.code = "unknown-option",
                                     .message = message,
                                     .hint = nearest != NULL && !lacks_value ? hint : NULL});
}

bool settings_flags_read(int argc, char **argv, bool in_sweepctl, struct settings_flags *out,
    struct sweep_findings *findings)
{
    struct options o;
    bool good = true;
    make(&o, in_sweepctl);
    *out = (struct settings_flags){0};
    opterr = 0;
    optind = 0; /* from the start, also a second time */
    for (int option; (option = getopt_long(argc, argv, ":", o.options, NULL)) != -1;) {
        if (option >= NO)
            out->values[option - NO] = "no";
        else if (option >= VALUE_OF)
            out->values[option - VALUE_OF] = optarg != NULL ? optarg : "yes";
        else if (option == 'c')
            out->config = optarg;
        else if (option == '?' || option == ':') {
            complain(&o, argv[optind - 1], option == ':', findings);
            good = false;
        }
        out->help |= option == 'h';
        out->version |= option == 'v';
        out->check |= option == 'k';
        out->once |= option == 'o';
        out->json |= option == 'j';
    }
    out->operands = optind;
    return good;
}
