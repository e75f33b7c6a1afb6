/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/embedded.h"
#include "daemon/sweepctl/setup.h"
#include "lib/util/cleanup.h"
#include "lib/util/digest.h"
#include "lib/util/file.h"

/* --- places --------------------------------------------------------------------------------- */

/* The directory of this program. A root without /proc has only the name it was started by. */
static bool setup_find_programs(char *out, size_t size)
{
    char *path = realpath("/proc/self/exe", NULL);
    if (path == NULL)
        path = realpath((const char *)getauxval(AT_EXECFN), NULL);
    if (path == NULL)
        return false;
    char *slash = strrchr(path, '/');
    bool fits = slash != NULL && slash != path && (size_t)(slash - path) < size;
    if (fits)
        snprintf(out, size, "%.*s", (int)(slash - path), path);
    free(path);
    return fits;
}

/* A directory from the environment, or one below the home. */
static void setup_find_home_place(
    const char *variable, const char *home, const char *otherwise, char *out, size_t size)
{
    const char *value = getenv(variable);
    if (value != NULL && *value == '/')
        snprintf(out, size, "%s", value);
    else
        snprintf(out, size, "%s/%s", home, otherwise);
}

static int setup_find_user_places(struct setup_places *out)
{
    char config[900], data[900];
    const char *home = getenv("HOME");
    if (home == NULL || *home != '/' || strlen(home) > 800)
        return cli_error(
            EXIT_FAILED, "sweepctl setup: $HOME is not an absolute path; set it to your home");
    setup_find_home_place("XDG_CONFIG_HOME", home, ".config", config, sizeof config);
    setup_find_home_place("XDG_DATA_HOME", home, ".local/share", data, sizeof data);
    snprintf(out->bin, sizeof out->bin, "%s/.local/bin", home);
    snprintf(out->data, sizeof out->data, "%s", data);
    snprintf(out->fish, sizeof out->fish, "%s/fish/completions", config);
    /* systemd looks for units of programs in a home here, and for those that users wrote themselves
     * in .config. */
    snprintf(out->units, sizeof out->units, "%s/systemd", data);
    return EXIT_DONE;
}

int setup_find_places(bool user, struct setup_places *out)
{
    int code = EXIT_DONE;
    *out = (struct setup_places){.user = user};
    if (!setup_find_programs(out->programs, sizeof out->programs))
        return cli_error(
            EXIT_FAILED, "sweepctl setup: cannot find out where this program is; mount /proc");
    if (strcmp(out->programs, "/usr/bin") == 0)
        return cli_error(EXIT_FAILED, "sweepctl setup: this sweepctl belongs to a package, which "
                                      "installed completions, manual pages "
                                      "and units already");
    if (user) {
        code = setup_find_user_places(out);
    } else {
        strcpy(out->bin, "/usr/local/bin");
        strcpy(out->data, "/usr/local/share");
        strcpy(out->fish, "/usr/local/share/fish/vendor_completions.d");
        strcpy(out->units, "/usr/local/lib/systemd");
    }
    snprintf(out->record, sizeof out->record, "%.900s/sweepd/setup.json", out->data);
    return code;
}

/* --- items ---------------------------------------------------------------------------------- */

enum setup_state setup_look(const json_t *item)
{
    const char *path = json_string_value(json_object_get(item, "path"));
    const char *target = json_string_value(json_object_get(item, "target"));
    const char *digest = json_string_value(json_object_get(item, "sha256"));
    struct stat status;
    if (lstat(path, &status) != 0)
        return SETUP_ABSENT;
    if (target != NULL && S_ISLNK(status.st_mode)) {
        char found[4096];
        ssize_t length = readlink(path, found, sizeof found);
        if (length == (ssize_t)strlen(target) && memcmp(found, target, (size_t)length) == 0)
            return SETUP_AS_WRITTEN;
    }
    if (digest != NULL && S_ISREG(status.st_mode)) {
        char found[DIGEST_HEX];
        uint64_t size;
        struct sweep_error error = {0};
        if (file_digest(path, &size, found, &error) == SWEEP_OK && strcmp(found, digest) == 0)
            return SETUP_AS_WRITTEN;
    }
    return SETUP_OTHER;
}

/* True if the two paths lead to the same file. */
static bool setup_is_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static void setup_add_link(json_t *items, const char *path, const char *target)
{
    struct stat status;
    /* Installed there, not linked. */
    if (*target == '/' && lstat(path, &status) == 0 && !S_ISLNK(status.st_mode) &&
        setup_is_same(path, target))
        return;
    json_array_append_new(
        items, json_pack("{s:s, s:s, s:s}", "path", path, "kind", "link", "target", target));
}

static void setup_add_file(json_t *items, const char *path, const char *text)
{
    char digest[DIGEST_HEX];
    digest_of(text, strlen(text), digest);
    json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s}", "path", path, "kind", "file",
                                     "text", text, "sha256", digest));
}

/* The path of a program in a unit: systemd expands "%", and splits at spaces. */
static void setup_put_unit_path(struct strbuf *out, const char *path)
{
    for (; *path != '\0'; path++) {
        if (*path == '%')
            strbuf_puts(out, "%%");
        else if (*path == ' ' || *path == '\\' || *path == '"' || *path == '\'' || *path == '$')
            strbuf_printf(out, "\\x%02x", (unsigned char)*path);
        else
            strbuf_putc(out, *path);
    }
}

static void setup_add_unit(
    json_t *items, const struct setup_places *places, const char *kind, const char *name)
{
    static const char placeholder[] = "@bindir@";
    CLEANUP_STRBUF struct strbuf text = {0};
    char path[2048], embedded[128];
    snprintf(embedded, sizeof embedded, "%s-%s", kind, name);
    const char *rest = embedded_text(embedded), *found;
    while ((found = strstr(rest, placeholder)) != NULL) {
        strbuf_append(&text, rest, (size_t)(found - rest));
        setup_put_unit_path(&text, places->programs);
        rest = found + strlen(placeholder);
    }
    strbuf_puts(&text, rest);
    snprintf(path, sizeof path, "%s/%s/%s", places->units, kind, name);
    setup_add_file(items, path, strbuf_string(&text));
}

static void setup_add_units(json_t *items, const struct setup_places *places)
{
    static const char *const names[] = {
        "sweepd.service", "sweepd-once.service", "sweepd-once.path", "sweepd-once.timer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        setup_add_unit(items, places, "user", names[i]);
    if (places->user)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        setup_add_unit(items, places, "system", names[i]);
    setup_add_unit(items, places, "system", "sweepd@.service");
    setup_add_file(items, "/usr/local/lib/sysusers.d/sweepd.conf", embedded_text("sysusers.conf"));
    setup_add_file(items, "/usr/local/lib/tmpfiles.d/sweepd.conf", embedded_text("tmpfiles.conf"));
}

static void setup_add_completions(json_t *items, const struct setup_places *places)
{
    char path[2048];
    snprintf(path, sizeof path, "%s/bash-completion/completions/sweepctl", places->data);
    setup_add_file(items, path, embedded_text("sweepctl.bash"));
    snprintf(path, sizeof path, "%s/bash-completion/completions/sweepd", places->data);
    setup_add_link(items, path, "sweepctl");
    snprintf(path, sizeof path, "%s/zsh/site-functions/_sweepctl", places->data);
    setup_add_file(items, path, embedded_text("sweepctl.zsh"));
    snprintf(path, sizeof path, "%s/sweepctl.fish", places->fish);
    setup_add_file(items, path, embedded_text("sweepctl.fish"));
    snprintf(path, sizeof path, "%s/sweepd.fish", places->fish);
    setup_add_link(items, path, "sweepctl.fish");
}

/* Links the pages of one section, if there is the directory. */
static void setup_add_section(json_t *items, const struct setup_places *places, int section)
{
    char directory[2048], path[4096], target[4096];
    const struct dirent *entry;
    snprintf(directory, sizeof directory, "%.*s/share/man/man%d",
        (int)(strrchr(places->programs, '/') - places->programs), places->programs, section);
    DIR *pages = opendir(directory);
    while (pages != NULL && (entry = readdir(pages)) != NULL) {
        if (strncmp(entry->d_name, "sweep", 5) != 0 && strncmp(entry->d_name, "libsweep", 8) != 0)
            continue;
        snprintf(path, sizeof path, "%s/man/man%d/%s", places->data, section, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", directory, entry->d_name);
        setup_add_link(items, path, target);
    }
    if (pages != NULL)
        closedir(pages);
}

json_t *setup_items(const struct setup_places *places)
{
    static const char *const programs[] = {"sweepctl", "sweepd"};
    json_t *items = json_array();
    char path[2048], target[2048];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", places->bin, programs[i]);
        snprintf(target, sizeof target, "%s/%s", places->programs, programs[i]);
        if (access(target, X_OK) == 0)
            setup_add_link(items, path, target);
    }
    setup_add_completions(items, places);
    for (int section = 1; section <= 8; section++)
        setup_add_section(items, places, section);
    setup_add_units(items, places);
    return items;
}
