/* SPDX-License-Identifier: Apache-2.0
 *
 * For any bytes in a settings file:
 *
 *   - it is valid, or there is an error with a position inside the file;
 *   - every value of a valid file is within its limits and can be printed;
 *   - the findings are safe to print on a terminal.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/settings/value.h"
#include "tests/fuzz/bytes.h"

const uint64_t fuzz_cases = 10000;
uint64_t fuzz_good;

const char *const fuzz_texts[] = {
    "specs: /srv/specs\nqueue: /srv/queue\njobs: 4\nrescan: 5m\nsettle: auto\n",
    "child:\n  memory: 2 GiB\n  cpu: auto\n  files: 64\nlimits: {runs: 500, string: 4 KiB}\n",
    "bases: [/a, /b]\nowner: any\nconfine: yes\nlog-level: warning\ngroup: true\n",
    "# nothing\n---\npatience: 1.5\ncontrol: no\nmetrics: '/a b'\n",
    "inotify: no\ndeadline: 2h\nbackoff: 500ms\nattempts: 3\nallow-root: false\n",
    NULL,
};

static bool is_text(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < 0x20 && *text != '\n') || *text == 0x7f)
            return false;
    return true;
}

static void check_values(const struct settings *settings)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char *text = setting_text(settings, i);
        json_t *json = setting_json(settings, i);
        REQUIRE(text != NULL && json != NULL);
        if (setting.type == SETTING_COUNT && json_is_integer(json))
            REQUIRE((uint64_t)json_integer_value(json) <= setting.max);
        free(text);
        json_decref(json);
    }
    REQUIRE(settings->jobs >= 1 && settings->attempts >= 1);
    REQUIRE(settings->limits.runs >= 1 && settings->limits.depth >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[32];
    if (fd < 0)
        fd = memfd_create("settings", MFD_CLOEXEC);
    REQUIRE(fd >= 0 && ftruncate(fd, 0) == 0);
    REQUIRE(pwrite(fd, data, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const struct settings_flags flags = {.config = path};
    struct sweep_findings *findings = sweep_findings_new();
    REQUIRE(findings != NULL);
    struct settings *settings = settings_read(&flags, "/nowhere", "/nowhere", findings);
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    REQUIRE((settings == NULL) == (errors > 0));
    if (settings != NULL) {
        fuzz_good++;
        check_values(settings);
    }
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++)
        REQUIRE(finding->message[0] != '\0' && finding->place.line <= size + 1);
    char *text = sweep_findings_text(findings, false);
    REQUIRE(text != NULL && is_text(text));
    free(text);
    settings_free(settings);
    sweep_findings_free(findings);
    return 0;
}
