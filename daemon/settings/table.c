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

/* In the order that people read them in. The limits of the library follow. */
static const struct setting table[] = {
    {"specs", SETTING_PATH, "", "", 0, 0, IN(specs), true,
        "where specs are dropped; made when it is missing"},
    {"queue", SETTING_PATH, "", "", 0, 0, IN(queue), true,
        "where sweep directories appear; made when it is missing"},
    {"torchtune", SETTING_PATH, "auto", "auto", 0, 0, IN(torchtune), false,
        "the torchtune to generate for: its virtual environment or site-packages; auto: "
        "what sweepctl finds"},
    {"profile", SETTING_PATH, "no", "no", 0, 0, IN(profile), false,
        "what is known of the trainer, or of your own components; no: what is built in"},
    {"bases", SETTING_PATHS, "no", "no", 0, 0, IN(bases), false,
        "directories that base files may be read from, beside that of the specs; a list, or "
        "separated by colons"},
    {"sweepctl", SETTING_PROGRAM, "auto", "auto", 0, 0, IN(sweepctl), false,
        "the generator; auto: the one beside sweepd, else the one in PATH"},
    {"rescan", SETTING_TIME, "auto", "auto", 10, 24 * HOUR, IN(rescan_ms), false,
        "look at the whole directory this often; auto: 30 seconds, or 5 on a network file system"},
    {"settle", SETTING_TIME, "auto", "auto", 0, HOUR, IN(settle_ms), false,
        "a file that nobody announced is complete when it has not changed for this long; auto: 2 "
        "seconds, or 5 on a network file system"},
    {"patience", SETTING_TIME, "60", "", 0, 24 * HOUR, IN(patience_ms), false,
        "how long a file that is not complete JSON counts as one that is still being written"},
    {"deadline", SETTING_TIME, "600", "", 10, 24 * HOUR, IN(deadline_ms), false,
        "the time that one spec may take"},
    {"inotify", SETTING_YES_NO, "yes", "", 0, 0, IN(inotify), true,
        "use file events; no: only look at the directory"},
    {"jobs", SETTING_COUNT, "auto", "auto", 1, 64, IN(jobs), false,
        "specs that are worked on at the same time; auto: twice as many as there are processors"},
    {"attempts", SETTING_COUNT, "3", "", 1, 100, IN(attempts), false,
        "how often a spec is tried that makes the generator crash or run out of time"},
    {"backoff", SETTING_TIME, "5", "", 0, HOUR, IN(backoff_ms), false,
        "the time before such a spec is tried again; it doubles each time"},
    {"allow_root", SETTING_YES_NO, "no", "", 0, 0, IN(allow_root), true,
        "run also as root, where every spec is worked on with all rights"},
    {"group", SETTING_YES_NO, "no", "", 0, 0, IN(group), true,
        "share with the group of the directories: new directories have mode 2770 and files 0640, "
        "instead of 0700 and 0600"},
    {"owner", SETTING_CHOICE, "self", "self|any", 0, 0, IN(owner), false,
        "whose specs are taken: self, those of the daemon's own account; any, those of everybody "
        "who may put files there"},
    {"confine", SETTING_CHOICE, "try", "no|try|yes", 0, 0, IN(confine), false,
        "let the generator lock itself in (Landlock, seccomp); try: as far as the kernel can; yes: "
        "do no work where it cannot"},
    {"control", SETTING_PATH, "auto", "auto|no", 0, 0, IN(control), true,
        "the socket that sweepctl status and others talk to; auto: control in $RUNTIME_DIRECTORY, "
        "or sweepd/control in $XDG_RUNTIME_DIR; no: none"},
    {"metrics", SETTING_PATH, "no", "no", 0, 0, IN(metrics), false,
        "the file that metrics for Prometheus are written to; no: none"},
    {"log_level", SETTING_CHOICE, "info", "error|warning|notice|info", 0, 0, IN(log_level), false,
        "the least important lines that are logged"},
    {"child.memory", SETTING_SIZE, "2 GiB", "", 64 * MIB, TIB, IN(child_memory), false,
        "the address space of one generator"},
    {"child.cpu", SETTING_TIME, "auto", "auto", SECOND, 24 * HOUR, IN(child_cpu_ms), false,
        "the processor time of one generator; auto: the deadline"},
    {"child.file_size", SETTING_SIZE, "1 GiB", "", MIB, TIB, IN(child_file_size), false,
        "the largest file that a generator may write"},
    {"child.files", SETTING_COUNT, "256", "", 32, 65536, IN(child_files), false,
        "files that a generator may have open"},
    {"child.output", SETTING_SIZE, "256 KiB", "", KIB, 64 * MIB, IN(child_output), false,
        "what is kept of all that a generator prints"},
    {"limits.queue_free", SETTING_SIZE, "100 MiB", "", 0, TIB, IN(queue_free), false,
        "free space to leave in the file system of the queue"},
    {"limits.waiting", SETTING_COUNT, "10000", "", 1, 10000000, IN(waiting), false,
        "specs of one user that are kept in mind; what is beyond is found when these are done"},
    {"limits.rate", SETTING_COUNT, "no", "no", 1, 100000, IN(rate), false,
        "specs of one user that are taken in an hour; the others wait; no: as many as come"},
};

enum { N_TABLE = sizeof table / sizeof *table };

bool setting_at(size_t index, struct setting *out)
{
    struct sweep_limits none = {0};
    struct sweep_limit_info limit;
    if (index < N_TABLE) {
        *out = table[index];
        return true;
    }
    if (index >= SETTINGS_MAX || !sweep_limit(index - N_TABLE, &limit))
        return false;
    size_t offset = (size_t)((char *)sweep_limit_in(&none, index - N_TABLE) - (char *)&none);
    *out = (struct setting){.type = limit.is_size ? SETTING_SIZE : SETTING_COUNT,
        .words = "",
        .least = limit.min,
        .most = limit.max,
        .offset = IN(limits) + offset,
        .help = limit.text};
    snprintf(out->name, sizeof out->name, "limits.%.24s", limit.name);
    if (limit.is_size)
        quantity_write_size(limit.default_value, out->standard);
    else
        snprintf(
            out->standard, sizeof out->standard, "%llu", (unsigned long long)limit.default_value);
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
    return strcmp(name, "child") == 0 || strcmp(name, "limits") == 0;
}

void setting_nearest(const char *name, char out[32])
{
    struct setting settings[SETTINGS_MAX];
    const char *names[SETTINGS_MAX + 3];
    size_t n = 0;
    for (; setting_at(n, &settings[n]); n++)
        names[n] = settings[n].name;
    names[n++] = "child";
    names[n++] = "limits";
    names[n] = NULL;
    const char *nearest = sweep_nearest(name, names);
    /* Who does not know of the groups writes the last part only. */
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
    for (char *p = out; *p != '\0'; p++)
        *p = *p == '.' ? '_' : (char)toupper((unsigned char)*p);
}

const char *setting_placeholder(const struct setting *setting)
{
    static const char *const names[] = {
        "PATH", "PROGRAM", "DIRS", "NUMBER", "SIZE", "TIME", "YES-NO"};
    return setting->type == SETTING_CHOICE ? setting->words : names[setting->type];
}

int setting_word(const char *words, const char *text)
{
    size_t length = strlen(text);
    int number = 0;
    for (const char *p = words; *p != '\0'; number++) {
        size_t n = strcspn(p, "|");
        if (n == length && memcmp(p, text, n) == 0)
            return number;
        p += n + (p[n] == '|');
    }
    return -1;
}

/* "a", "a or b", "a, b or c" */
static void list_words(const char *words, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (const char *p = words; *p != '\0' && used < size;) {
        size_t n = strcspn(p, "|");
        bool more = p[n] == '|', last = more && strchr(p + n + 1, '|') == NULL;
        used += (size_t)snprintf(out + used, size - used, "%.*s%s", (int)n, p,
            last   ? " or "
            : more ? ", "
                   : "");
        p += n + more;
    }
}

void setting_describe(const struct setting *setting, char *out, size_t size)
{
    static const char *const kinds[] = {"a path", "a program", "a list of directories", "a number",
        "a size", "a time", "yes or no", ""};
    char least[32], most[32], words[80];
    list_words(setting->words, words, sizeof words);
    snprintf(least, sizeof least, "%llu", (unsigned long long)setting->least);
    snprintf(most, sizeof most, "%llu", (unsigned long long)setting->most);
    if (setting->type == SETTING_SIZE) {
        quantity_write_size(setting->least, least);
        quantity_write_size(setting->most, most);
    } else if (setting->type == SETTING_TIME) {
        quantity_write_time((int64_t)setting->least, least);
        quantity_write_time((int64_t)setting->most, most);
    }
    int used = snprintf(out, size, "%s", kinds[setting->type]);
    if (setting->most > 0)
        used += snprintf(out + used, size - (size_t)used, " from %s to %s", least, most);
    if (setting->type == SETTING_CHOICE)
        snprintf(out, size, "%s", words);
    else if (*words != '\0')
        snprintf(out + used, size - (size_t)used, ", or %s", words);
}
