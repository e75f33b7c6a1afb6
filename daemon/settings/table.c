/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "daemon/common/quantity.h"
#include "daemon/settings/table.h"

#define SECOND UINT64_C(1000)
#define HOUR (3600 * SECOND)
#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define TIB (UINT64_C(1) << 40)
#define IN(field) offsetof(struct settings, field)

/* In the order of --help. The library's limits follow. */
static const struct setting table[] = {
    {"specs", SETTING_PATH, "", "", 0, 0, IN(specs), true,
        "directory to watch for specs; created if missing"},
    {"queue", SETTING_PATH, "", "", 0, 0, IN(queue), true,
        "directory for the generated sweep directories; created if missing"},
    {"torchtune", SETTING_PATH, "auto", "auto", 0, 0, IN(torchtune), false,
        "torchtune to generate for: its virtual environment or site-packages; auto: sweepctl "
        "searches for it"},
    {"profile", SETTING_PATH, "no", "no", 0, 0, IN(profile), false,
        "profile of the trainer, or of your own components; no: the built-in one"},
    {"bases", SETTING_PATHS, "no", "no", 0, 0, IN(bases), false,
        "directories that base files may be read from, in addition to the one with the specs; a "
        "list, or separated by colons"},
    {"defaults", SETTING_PATH, "no", "no", 0, 0, IN(defaults), false,
        "a spec that every spec extends, for example with setup and slurm; no: none"},
    {"prologs", SETTING_PATHS, "no", "no", 0, 0, IN(prologs), false,
        "files that \"prolog\" of a spec may name, by path or by the name of the file; a list, or "
        "separated by colons"},
    {"sweepctl", SETTING_PROGRAM, "auto", "auto", 0, 0, IN(sweepctl), false,
        "the generator; auto: the one next to sweepd, else the one in PATH"},
    {"rescan", SETTING_TIME, "auto", "auto", 10, 24 * HOUR, IN(rescan_ms), false,
        "interval between scans of the whole directory; auto: 30 seconds, or 5 on a network file "
        "system"},
    {"settle", SETTING_TIME, "auto", "auto", 0, HOUR, IN(settle_ms), false,
        "without a file event, a file is complete once it has not changed for this long; auto: 2 "
        "seconds, or 5 on a network file system"},
    {"patience", SETTING_TIME, "60", "", 0, 24 * HOUR, IN(patience_ms), false,
        "how long a file that is not complete JSON counts as still being written"},
    {"deadline", SETTING_TIME, "600", "", 10, 24 * HOUR, IN(deadline_ms), false,
        "time limit for one spec"},
    {"inotify", SETTING_YES_NO, "yes", "", 0, 0, IN(inotify), true,
        "use file events; no: only scan the directory"},
    {"jobs", SETTING_COUNT, "auto", "auto", 1, 64, IN(jobs), false,
        "max number of specs processed at the same time; auto: two per CPU"},
    {"attempts", SETTING_COUNT, "3", "", 1, 100, IN(attempts), false,
        "max number of attempts for a spec that makes the generator crash or time out"},
    {"backoff", SETTING_TIME, "5", "", 0, HOUR, IN(backoff_ms), false,
        "delay before such a spec is retried; doubles each time"},
    {"allow_root", SETTING_YES_NO, "no", "", 0, 0, IN(allow_root), true,
        "allow running as root, where every spec is processed with all privileges"},
    {"group", SETTING_YES_NO, "no", "", 0, 0, IN(group), true,
        "share with the group of the directories: new directories have mode 2770 and files 0640, "
        "instead of 0700 and 0600"},
    {"owner", SETTING_CHOICE, "self", "self|any", 0, 0, IN(owner), false,
        "whose specs are processed; self: those of the account that runs sweepd; any: those of "
        "every user who can write to the directory"},
    {"check_paths", SETTING_YES_NO, "no", "", 0, 0, IN(check_paths), false,
        "check that files that runs name by absolute paths exist, and that those in and below the "
        "specs directory and the directories of bases fit the config"},
    {"submit", SETTING_YES_NO, "no", "", 0, 0, IN(submit), true,
        "submit each sweep to Slurm as soon as it is in the queue, with sweepctl submit; its jobs "
        "run as the account of sweepd, so not with owner: any"},
    {"confine", SETTING_CHOICE, "try", "no|try|yes", 0, 0, IN(confine), false,
        "sandbox the generator (Landlock, seccomp); try: as far as the kernel supports it; yes: "
        "process no spec without it"},
    {"control", SETTING_PATH, "auto", "auto|no", 0, 0, IN(control), true,
        "socket for sweepctl status and similar commands; auto: control in $RUNTIME_DIRECTORY, or "
        "sweepd/control in $XDG_RUNTIME_DIR, or /tmp/sweepd-UID/control; no: none"},
    {"metrics", SETTING_PATH, "no", "no", 0, 0, IN(metrics), false,
        "file that Prometheus metrics are written to; no: none"},
    {"log_level", SETTING_CHOICE, "info", "error|warning|notice|info", 0, 0, IN(log_level), false,
        "lowest severity that is logged"},
    {"child.memory", SETTING_SIZE, "2 GiB", "", 64 * MIB, TIB, IN(child_memory), false,
        "max address space of a generator"},
    {"child.cpu", SETTING_TIME, "auto", "auto", SECOND, 24 * HOUR, IN(child_cpu_ms), false,
        "max CPU time of a generator; auto: the deadline"},
    {"child.file_size", SETTING_SIZE, "1 GiB", "", MIB, TIB, IN(child_file_size), false,
        "max size of a file that a generator writes"},
    {"child.files", SETTING_COUNT, "256", "", 32, 65536, IN(child_files), false,
        "max number of files that a generator has open"},
    {"child.output", SETTING_SIZE, "256 KiB", "", KIB, 64 * MIB, IN(child_output), false,
        "how much of a generator's output is kept"},
    {"limits.queue_free", SETTING_SIZE, "100 MiB", "", 0, TIB, IN(queue_free), false,
        "free space to leave in the file system of the queue"},
    {"limits.waiting", SETTING_COUNT, "10000", "", 1, 10000000, IN(waiting), false,
        "waiting specs tracked per user; more are picked up as these finish"},
    {"limits.rate", SETTING_COUNT, "no", "no", 1, 100000, IN(rate), false,
        "max specs per user and hour; the others wait; no: no limit"},
};

static const char *const table_groups[] = {"child", "limits"};

enum { N_TABLE = sizeof table / sizeof *table, N_GROUPS = 2 };

/* One of the library's limits as a setting. */
static bool table_limit(size_t index, struct setting *out)
{
    struct sweep_limits limits = {0};
    struct sweep_limit_info info;
    if (!sweep_limit(index, &info))
        return false;
    size_t offset = (size_t)((char *)sweep_limit_in(&limits, index) - (char *)&limits);
    *out = (struct setting){.type = SETTING_COUNT,
        .words = "",
        .min = info.min,
        .max = info.max,
        .offset = IN(limits) + offset,
        .help = info.text};
    snprintf(out->name, sizeof out->name, "limits.%.24s", info.name);
    if (info.is_size) {
        out->type = SETTING_SIZE;
        quantity_write_size(info.default_value, out->default_text);
    } else {
        snprintf(out->default_text, sizeof out->default_text, "%llu",
            (unsigned long long)info.default_value);
    }
    return true;
}

bool setting_at(size_t index, struct setting *out)
{
    if (index >= SETTINGS_MAX)
        return false;
    if (index >= N_TABLE)
        return table_limit(index - N_TABLE, out);
    *out = table[index];
    return true;
}

size_t setting_find(const char *name)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++)
        if (strcmp(setting.name, name) == 0)
            return i;
    return SIZE_MAX;
}

bool setting_is_group(const char *name)
{
    for (size_t i = 0; i < N_GROUPS; i++)
        if (strcmp(name, table_groups[i]) == 0)
            return true;
    return false;
}

void setting_nearest(const char *name, char out[32])
{
    struct setting settings[SETTINGS_MAX];
    const char *names[SETTINGS_MAX + N_GROUPS + 1];
    size_t n = 0;
    for (; setting_at(n, &settings[n]); n++)
        names[n] = settings[n].name;
    for (size_t i = 0; i < N_GROUPS; i++)
        names[n++] = table_groups[i];
    names[n] = NULL;
    const char *nearest = sweep_nearest(name, names);
    /* "memory" for "child.memory" is too far by edit distance. */
    for (size_t i = 0; nearest == NULL && i < n; i++) {
        const char *dot = strchr(names[i], '.');
        if (dot != NULL && strcmp(dot + 1, name) == 0)
            nearest = names[i];
    }
    snprintf(out, 32, "%s", nearest != NULL ? nearest : "");
}

void setting_flag(const struct setting *setting, char out[40])
{
    snprintf(out, 40, "%s", setting->name);
    for (char *p = out; *p != '\0'; p++)
        if (*p == '.' || *p == '_')
            *p = '-';
}

void setting_variable(const struct setting *setting, char out[40])
{
    snprintf(out, 40, "SWEEPD_%s", setting->name);
    for (char *p = out; *p != '\0'; p++) {
        if (*p == '.')
            *p = '_';
        *p = (char)toupper((unsigned char)*p);
    }
}

const char *setting_placeholder(const struct setting *setting)
{
    static const char *const names[] = {
        "PATH", "PROGRAM", "DIRS", "NUMBER", "SIZE", "TIME", "YES-NO"};
    if (setting->type == SETTING_CHOICE)
        return setting->words;
    return names[setting->type];
}

int setting_word(const char *words, const char *text)
{
    size_t length = strlen(text);
    int index = 0;
    for (const char *p = words; *p != '\0'; index++) {
        size_t n = strcspn(p, "|");
        if (n == length && memcmp(p, text, n) == 0)
            return index;
        p += n;
        if (*p == '|')
            p++;
    }
    return -1;
}

/* "a", "a or b", "a, b or c" */
static void table_list_words(const char *words, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (const char *p = words; *p != '\0' && used < size;) {
        size_t n = strcspn(p, "|");
        const char *separator = "";
        if (p[n] == '|' && strchr(p + n + 1, '|') != NULL)
            separator = ", ";
        else if (p[n] == '|')
            separator = " or ";
        used += (size_t)snprintf(out + used, size - used, "%.*s%s", (int)n, p, separator);
        p += n;
        if (*p == '|')
            p++;
    }
}

/* " from 1 to 64", or "" if the type has no range. */
static void table_describe_range(const struct setting *setting, char *out, size_t size)
{
    char min[32], max[32];
    *out = '\0';
    switch (setting->type) {
    case SETTING_COUNT:
        snprintf(min, sizeof min, "%llu", (unsigned long long)setting->min);
        snprintf(max, sizeof max, "%llu", (unsigned long long)setting->max);
        break;
    case SETTING_SIZE:
        quantity_write_size(setting->min, min);
        quantity_write_size(setting->max, max);
        break;
    case SETTING_TIME:
        quantity_write_time((int64_t)setting->min, min);
        quantity_write_time((int64_t)setting->max, max);
        break;
    default:
        return;
    }
    snprintf(out, size, " from %s to %s", min, max);
}

void setting_describe(const struct setting *setting, char *out, size_t size)
{
    static const char *const kinds[] = {"a path", "a program", "a list of directories", "a number",
        "a size", "a time", "yes or no", ""};
    char range[80], words[80];
    table_list_words(setting->words, words, sizeof words);
    table_describe_range(setting, range, sizeof range);
    if (setting->type == SETTING_CHOICE)
        snprintf(out, size, "%s", words);
    else if (*words != '\0')
        snprintf(out, size, "%s%s, or %s", kinds[setting->type], range, words);
    else
        snprintf(out, size, "%s%s", kinds[setting->type], range);
}
