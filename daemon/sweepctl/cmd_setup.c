/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/setup.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "sweep/generate.h"

static const char setup_help[] =
    "usage: sweepctl setup [--user] [--remove] [-n]\n"
    "\n"
    "Makes programs that were unpacked anywhere usable by their names: links them and\n"
    "their manual pages, and writes completions for bash, zsh and fish and units that\n"
    "start this sweepd. Says what it wrote, and replaces nothing that it did not\n"
    "write. Run it again after unpacking another version or moving the directory.\n"
    "\n"
    "      --user             for this user, in ~/.local and ~/.config: the default\n"
    "                         unless this is root, who sets up the machine, in\n"
    "                         /usr/local\n"
    "      --remove           remove what was written, except what was changed since\n"
    "  -n, --dry-run          only say what would be written or removed\n"
    "\n"
    "Exit codes: 0 done; 1 failed, or something else is in a place: then nothing was\n"
    "written; 2 usage error.\n";

enum { SETUP_MAX_RECORD = 1 << 20 };

static const char *setup_text(const json_t *item, const char *key)
{
    const char *text = json_string_value(json_object_get(item, key));
    return text != NULL ? text : "";
}

static bool setup_is(const json_t *item, const char *kind)
{
    return strcmp(setup_text(item, "kind"), kind) == 0;
}

/* --- the record ----------------------------------------------------------------------------- */

/* What an earlier call wrote; an empty array if there was none. NULL, with a message, if the record
 * is damaged. */
static json_t *setup_read_record(const struct setup_places *places)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    struct sweep_error error = {0};
    if (access(places->record, F_OK) != 0 && errno == ENOENT)
        return json_array();
    if (file_read(places->record, SETUP_MAX_RECORD, &text, &length, &error) != SWEEP_OK) {
        cli_fail(&error);
        return NULL;
    }
    CLEANUP_JSON json_t *record = json_loadb(text, length, 0, NULL);
    json_t *entries = json_object_get(record, "entries");
    if (!json_is_array(entries)) {
        cli_error(EXIT_FAILED,
            "sweepctl setup: %s is damaged; remove it, and what an earlier setup wrote",
            places->record);
        return NULL;
    }
    return json_incref(entries);
}

static const json_t *setup_find(const json_t *entries, const char *path)
{
    size_t i;
    json_t *entry;
    json_array_foreach (entries, i, entry) {
        if (strcmp(setup_text(entry, "path"), path) == 0)
            return entry;
    }
    return NULL;
}

/* Writes the record: the entries without their texts. Its directory must exist. */
static int setup_write_record(const struct setup_places *places, const json_t *entries)
{
    struct sweep_error error = {0};
    CLEANUP_JSON json_t *copy = json_deep_copy(entries);
    size_t i;
    json_t *entry;
    json_array_foreach (copy, i, entry) {
        json_object_del(entry, "text");
    }
    CLEANUP_JSON json_t *record = json_pack("{s:s, s:s, s:O}", "version", sweep_version(),
        "programs", places->programs, "entries", copy);
    CLEANUP_FREE char *text = NULL;
    if (record != NULL)
        text = json_dumps(record, JSON_INDENT(1));
    if (text == NULL)
        return cli_oom();
    if (file_replace(places->record, text, strlen(text), &error) != SWEEP_OK)
        return cli_fail(&error);
    return EXIT_DONE;
}

/* --- writing -------------------------------------------------------------------------------- */

/* Puts entries for the missing directories above a path before those that need them. */
static void setup_add_directories(json_t *entries, const char *path)
{
    char parent[4096];
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
        if (access(parent, F_OK) != 0 && setup_find(entries, parent) == NULL)
            json_array_append_new(
                entries, json_pack("{s:s, s:s}", "path", parent, "kind", "directory"));
    }
}

/* Reports what is in the way; false if there is anything. */
static bool setup_is_free(const json_t *items, const json_t *recorded)
{
    size_t i;
    json_t *item;
    bool is_free = true;
    json_array_foreach (items, i, item) {
        const char *path = setup_text(item, "path");
        const json_t *ours = setup_find(recorded, path);
        if (setup_look(item) != SETUP_OTHER)
            continue;
        if (ours != NULL && setup_look(ours) == SETUP_AS_WRITTEN)
            continue;
        if (ours != NULL)
            cli_error(EXIT_FAILED,
                "sweepctl setup: %s was changed since setup wrote it; move it away", path);
        else
            cli_error(EXIT_FAILED,
                "sweepctl setup: %s exists and was not written by setup; move it away", path);
        is_free = false;
    }
    if (!is_free)
        fputs("Nothing was written.\n", stderr);
    return is_free;
}

static int setup_fail(const char *path)
{
    return cli_error(EXIT_FAILED, "sweepctl setup: cannot write %s: %s", path, strerror(errno));
}

static int setup_write_one(const json_t *item)
{
    const char *path = setup_text(item, "path");
    struct sweep_error error = {0};
    if (setup_is(item, "directory")) {
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return setup_fail(path);
        return EXIT_DONE;
    }
    if (setup_look(item) == SETUP_AS_WRITTEN)
        return EXIT_DONE;
    if (unlink(path) != 0 && errno != ENOENT)
        return setup_fail(path);
    if (setup_is(item, "link")) {
        if (symlink(setup_text(item, "target"), path) != 0)
            return setup_fail(path);
        return EXIT_DONE;
    }
    const char *text = setup_text(item, "text");
    if (file_replace(path, text, strlen(text), &error) != SWEEP_OK)
        return cli_fail(&error);
    chmod(path, 0644);
    return EXIT_DONE;
}

/* Lists what was or would be written or removed; the manual pages of a section in one line. */
static void setup_print(const json_t *item, char *last_section)
{
    const char *path = setup_text(item, "path"), *man = strstr(path, "/man/man");
    char section[2048];
    if (setup_is(item, "directory"))
        return;
    if (man == NULL) {
        printf("%s", cli_escaped(path));
        if (setup_is(item, "link"))
            printf(" -> %s", cli_escaped(setup_text(item, "target")));
        putchar('\n');
        return;
    }
    snprintf(section, sizeof section, "%.*s", (int)(man - path) + 9, path);
    if (strcmp(section, last_section) != 0)
        printf("%s/\n", cli_escaped(section));
    strcpy(last_section, section);
}

static void setup_print_all(const json_t *entries)
{
    char last_section[2048] = "";
    size_t i;
    json_t *entry;
    json_array_foreach (entries, i, entry) {
        setup_print(entry, last_section);
    }
}

static bool setup_is_in_path(const char *directory)
{
    const char *path = getenv("PATH");
    size_t length = strlen(directory);
    while (path != NULL && *path != '\0') {
        size_t n = strcspn(path, ":");
        if (n == length && memcmp(path, directory, n) == 0)
            return true;
        path += n;
        if (*path == ':')
            path++;
    }
    return false;
}

static void setup_print_next(const struct setup_places *places)
{
    const char *shell = getenv("SHELL");
    if (!setup_is_in_path(places->bin))
        printf("\nNot in PATH yet:  export PATH=\"%s:$PATH\"\n", cli_escaped(places->bin));
    if (shell != NULL && strstr(shell, "zsh") != NULL)
        printf("\nzsh finds the completion by a line before compinit in ~/.zshrc:\n"
               "  fpath=(%s/zsh/site-functions $fpath)\n",
            cli_escaped(places->data));
    else if (access("/usr/share/bash-completion/bash_completion", F_OK) != 0)
        puts("\nWithout the package bash-completion, bash needs a line in ~/.bashrc:\n"
             "  source <(sweepctl completion bash)");
    if (access("/run/systemd/system", F_OK) != 0)
        puts("\nTo run sweepd:\n  sweepd --specs ~/sweeps/specs --queue ~/sweeps/queue");
    else if (places->user)
        puts("\nTo have sweepd run for you:\n"
             "  systemctl --user daemon-reload && systemctl --user enable --now sweepd");
    else
        puts("\nTo have sweepd run for this machine:\n"
             "  systemd-sysusers sweepd.conf && systemd-tmpfiles --create sweepd.conf\n"
             "  systemctl daemon-reload && systemctl enable --now sweepd");
}

/* --- removing ------------------------------------------------------------------------------- */

/* Removes an entry unless it was changed. False if it is still there. */
static bool setup_remove_one(const json_t *entry, bool dry_run)
{
    const char *path = setup_text(entry, "path");
    if (setup_is(entry, "directory")) {
        /* A directory that others use by now stays. */
        if (!dry_run)
            rmdir(path);
        return true;
    }
    switch (setup_look(entry)) {
    case SETUP_ABSENT:
        return true;
    case SETUP_OTHER:
        cli_error(
            EXIT_FAILED, "sweepctl setup: %s was changed since setup wrote it, and stays", path);
        return false;
    default:
        break;
    }
    if (dry_run || unlink(path) == 0)
        return true;
    cli_error(EXIT_FAILED, "sweepctl setup: cannot remove %s: %s", path, strerror(errno));
    return false;
}

static int setup_remove(const struct setup_places *places, const json_t *recorded, bool dry_run)
{
    bool removed = true;
    if (json_array_size(recorded) == 0)
        return cli_error(
            EXIT_FAILED, "sweepctl setup: nothing to remove: there is no %s", places->record);
    setup_print_all(recorded);
    /* The record first among the files, so that its directory is empty then. */
    if (!dry_run && unlink(places->record) != 0)
        return setup_fail(places->record);
    for (size_t i = json_array_size(recorded); i > 0; i--)
        if (!setup_remove_one(json_array_get(recorded, i - 1), dry_run))
            removed = false;
    int code = cli_flush();
    if (!removed)
        return EXIT_FAILED;
    if (!dry_run && access("/run/systemd/system", F_OK) == 0)
        fprintf(stderr, "If it was enabled:  systemctl %sdisable --now sweepd\n",
            places->user ? "--user " : "");
    return code;
}

/* --- the command ---------------------------------------------------------------------------- */

/* Removes what an earlier version wrote and this one does not. */
static void setup_remove_old(const json_t *recorded, const json_t *entries)
{
    size_t i;
    json_t *old;
    json_array_foreach (recorded, i, old) {
        if (!setup_is(old, "directory") && setup_find(entries, setup_text(old, "path")) == NULL)
            setup_remove_one(old, false);
    }
}

static int setup_write(
    const struct setup_places *places, const json_t *recorded, const json_t *items)
{
    CLEANUP_JSON json_t *entries = json_array();
    size_t i;
    json_t *item;
    setup_add_directories(entries, places->record);
    json_array_foreach (recorded, i, item) {
        if (setup_is(item, "directory"))
            json_array_append(entries, item);
    }
    json_array_foreach (items, i, item) {
        setup_add_directories(entries, setup_text(item, "path"));
    }
    json_array_foreach (items, i, item) {
        /* Installed by other means, for example by `meson install`: not ours to remove. */
        if (setup_look(item) != SETUP_AS_WRITTEN ||
            setup_find(recorded, setup_text(item, "path")) != NULL)
            json_array_append(entries, item);
    }
    json_array_foreach (entries, i, item) {
        int code = EXIT_DONE;
        if (setup_is(item, "directory"))
            code = setup_write_one(item);
        if (code != EXIT_DONE)
            return code;
    }
    /* Before the files: after an interruption it lists everything that may exist. */
    int code = setup_write_record(places, entries);
    setup_remove_old(recorded, entries);
    for (i = 0; code == EXIT_DONE && i < json_array_size(entries); i++)
        code = setup_write_one(json_array_get(entries, i));
    return code;
}

static int setup_do(const struct setup_places *places, bool remove, bool dry_run)
{
    CLEANUP_JSON json_t *recorded = setup_read_record(places);
    if (recorded == NULL)
        return EXIT_FAILED;
    if (remove)
        return setup_remove(places, recorded, dry_run);
    CLEANUP_JSON json_t *items = setup_items(places);
    if (items == NULL)
        return cli_oom();
    if (!setup_is_free(items, recorded))
        return EXIT_FAILED;
    if (!dry_run) {
        int code = setup_write(places, recorded, items);
        if (code != EXIT_DONE)
            return code;
    }
    setup_print_all(items);
    if (!dry_run)
        setup_print_next(places);
    return cli_flush();
}

static int setup_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"user", no_argument, NULL, 'u'},
        {"remove", no_argument, NULL, 'r'}, {"dry-run", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'}, {0}};
    struct setup_places places;
    bool user = geteuid() != 0, remove = false, dry_run = false;
    int option;
    while ((option = getopt_long(argc, argv, "hn", long_options, NULL)) != -1) {
        switch (option) {
        case 'u':
            user = true;
            break;
        case 'r':
            remove = true;
            break;
        case 'n':
            dry_run = true;
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    if (optind < argc)
        return cli_usage_error(command, "too many arguments");
    int code = setup_find_places(user, &places);
    if (code != EXIT_DONE)
        return code;
    return setup_do(&places, remove, dry_run);
}

const struct command cmd_setup = {
    "setup", "install completions, manual pages and units", setup_help, setup_run};
