/* SPDX-License-Identifier: Apache-2.0
 *
 * Each setting from each source; which source wins; and the messages for invalid files:
 * tests/unit/data/settings/NAME.yaml with the expected output in NAME.txt.
 */
#include "daemon/common/quantity.h"
#include "daemon/settings/help.h"
#include "daemon/settings/value.h"
#include "tests/unit/settings_helper.h"

static const struct setting_state *state_of(const char *name)
{
    size_t index = setting_find(name);
    ck_assert_msg(index != SIZE_MAX, "%s", name);
    return &settings->states[index];
}

static void assert_value(const char *name, const char *wanted, const char *where)
{
    CLEANUP_FREE char *text = setting_text(settings, setting_find(name));
    const char *from = state_of(name)->where;
    ck_assert_msg(strcmp(text, wanted) == 0, "%s is %s, not %s", name, text, wanted);
    ck_assert_msg(strcmp(from != NULL ? from : "default", where) == 0, "%s is from %s, not %s",
        name, from != NULL ? from : "default", where);
}

/* --- every setting ------------------------------------------------------------------------ */

/* Valid and invalid values of a setting. */
struct samples {
    char right[4][32], wrong[6][32];
    size_t n_right, n_wrong;
};

static void add_right(struct samples *samples, const char *text)
{
    snprintf(samples->right[samples->n_right++], 32, "%s", text);
}

static void add_wrong(struct samples *samples, const char *text)
{
    snprintf(samples->wrong[samples->n_wrong++], 32, "%s", text);
}

/* Both ends of a range, and the values just outside. */
static void add_range(struct samples *samples, const struct setting *setting)
{
    const char *unit = setting->type == SETTING_TIME ? "ms" : "";
    char text[32];
    for (int end = 0; end < 2; end++) {
        uint64_t value = end == 0 ? setting->min : setting->max;
        snprintf(text, sizeof text, "%llu%s", (unsigned long long)value, unit);
        add_right(samples, text);
        value = end == 0 ? value - 1 : value + 1;
        snprintf(text, sizeof text, "%llu%s", (unsigned long long)value, unit);
        if (end == 1 || setting->min > 0)
            add_wrong(samples, text);
    }
    add_wrong(samples, "-1");
    add_wrong(samples, "few");
    add_wrong(samples, "no");
}

static struct samples samples_of(const struct setting *setting)
{
    struct samples samples = {0};
    switch (setting->type) {
    case SETTING_PATH:
    case SETTING_PATHS:
    case SETTING_PROGRAM:
        add_right(&samples, "/some/where");
        add_right(&samples, "~/there");
        add_wrong(&samples, setting->type == SETTING_PROGRAM ? "a/b" : "a");
        add_wrong(&samples, "/a\tb");
        break;
    case SETTING_COUNT:
    case SETTING_SIZE:
    case SETTING_TIME:
        add_range(&samples, setting);
        break;
    case SETTING_YES_NO:
        add_right(&samples, "yes");
        add_right(&samples, "false");
        add_wrong(&samples, "1");
        add_wrong(&samples, "auto");
        break;
    case SETTING_CHOICE:
        add_right(&samples, setting_word(setting->words, "any") >= 0   ? "any"
                            : setting_word(setting->words, "yes") >= 0 ? "true"
                                                                       : "error");
        add_wrong(&samples, "perhaps");
        break;
    }
    return samples;
}

START_TEST(names)
{
    struct setting setting, other;
    size_t n = 0;
    for (; setting_at(n, &setting); n++) {
        char flag[40], variable[40];
        ck_assert_uint_eq(setting_find(setting.name), n);
        setting_flag(&setting, flag);
        setting_variable(&setting, variable);
        ck_assert_uint_eq(strspn(flag, "abcdefghijklmnopqrstuvwxyz-"), strlen(flag));
        ck_assert_uint_eq(strspn(variable, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), strlen(variable));
        ck_assert_msg(setting.help[0] != '\0' && setting.help[strlen(setting.help) - 1] != '.',
            "%s", setting.name);
        for (size_t i = 0; i < n && setting_at(i, &other); i++)
            ck_assert_msg(other.offset != setting.offset, "%s, %s", other.name, setting.name);
    }
    ck_assert_uint_lt(n, SETTINGS_MAX);
    ck_assert_uint_eq(setting_find("child"), SIZE_MAX);
    ck_assert(setting_is_group("child") && setting_is_group("limits"));
    ck_assert(!setting_is_group("child.memory"));
}
END_TEST

START_TEST(defaults)
{
    struct setting setting;
    struct sweep_limit_info limit;
    read_good(NULL);
    for (size_t i = 0; setting_at(i, &setting); i++)
        ck_assert_msg((settings->states[i].text != NULL) == (setting.default_text[0] != '\0'), "%s",
            setting.name);
    ck_assert_ptr_null(settings->specs);
    ck_assert_ptr_null(settings->torchtune);
    ck_assert_ptr_null(settings->bases[0]);
    ck_assert_int_eq(settings->rescan_ms, SETTINGS_AUTO);
    ck_assert_int_eq(settings->settle_ms, SETTINGS_AUTO);
    ck_assert_int_eq(settings->patience_ms, 60000);
    ck_assert_int_eq(settings->deadline_ms, 600000);
    ck_assert_int_eq(settings->backoff_ms, 5000);
    ck_assert_uint_eq(settings->attempts, 3);
    ck_assert(settings->inotify && !settings->allow_root && !settings->group);
    ck_assert_int_eq(settings->owner, SETTINGS_OWNER_SELF);
    ck_assert_int_eq(settings->confine, SETTINGS_CONFINE_TRY);
    ck_assert_int_eq(settings->log_level, SETTINGS_LOG_INFO);
    ck_assert_uint_eq(settings->child_memory, UINT64_C(2) << 30);
    ck_assert_uint_eq(settings->child_output, 256 << 10);
    ck_assert_uint_eq(settings->queue_free, 100 << 20);
    ck_assert_uint_eq(settings->waiting, 10000);
    ck_assert_uint_eq(settings->rate, 0);
    for (size_t i = 0; sweep_limit(i, &limit); i++)
        ck_assert_uint_eq(*sweep_limit_in(&settings->limits, i), limit.default_value);
}
END_TEST

/* Valid and invalid values of each setting, from a file, the environment and a flag. */
START_TEST(rows)
{
    struct setting setting;
    ck_assert(setting_at((size_t)_i, &setting));
    struct samples samples = samples_of(&setting);
    char flag[40], variable[40], argument[120], line[120];
    setting_flag(&setting, flag);
    setting_variable(&setting, variable);
    for (size_t i = 0; i < samples.n_right; i++) {
        snprintf(line, sizeof line, "%s: \"%s\"\n", setting.name, samples.right[i]);
        write_file(in_scratch("user.yaml"), line);
        read_good(NULL);
        CLEANUP_FREE char *file = setting_text(settings, (size_t)_i);
        ck_assert_int_eq(settings->states[_i].origin, SETTING_FILE);
        write_file(in_scratch("user.yaml"), "");
        setenv(variable, samples.right[i], 1);
        read_good(NULL);
        CLEANUP_FREE char *environment = setting_text(settings, (size_t)_i);
        ck_assert_int_eq(settings->states[_i].origin, SETTING_ENVIRONMENT);
        unsetenv(variable);
        snprintf(argument, sizeof argument, "--%s=%s", flag, samples.right[i]);
        read_good(argument, NULL);
        CLEANUP_FREE char *given = setting_text(settings, (size_t)_i);
        ck_assert_int_eq(settings->states[_i].origin, SETTING_FLAG);
        ck_assert_str_eq(file, environment);
        ck_assert_str_eq(file, given);
    }
    for (size_t i = 0; i < samples.n_wrong; i++) {
        snprintf(line, sizeof line, "%s: \"%s\"\n", setting.name, samples.wrong[i]);
        write_file(in_scratch("user.yaml"), line);
        if (setting_word(setting.words, samples.wrong[i]) >= 0)
            continue;
        read_bad(NULL);
        ck_assert_str_eq(code_at(findings, 0), "bad-value");
        assert_place(findings, 0, 1, strlen(setting.name) + 3);
        write_file(in_scratch("user.yaml"), "");
        if (setting.type <= SETTING_PATHS && strchr(samples.wrong[i], '\t') == NULL)
            continue; /* relative paths are invalid in files only */
        snprintf(argument, sizeof argument, "--%s=%s", flag, samples.wrong[i]);
        read_bad(argument, NULL);
        ck_assert_str_eq(code_at(findings, 0), "bad-value");
        setenv(variable, samples.wrong[i], 1);
        read_bad(NULL);
        ck_assert_str_eq(sweep_findings_get(findings, 0)->place.file, variable);
        unsetenv(variable);
    }
    ck_assert_uint_gt(samples.n_right, 0);
    ck_assert_uint_gt(samples.n_wrong, 0);
}
END_TEST

/* --- precedence --------------------------------------------------------------------------- */

START_TEST(precedence)
{
    write_file(in_scratch("system.yaml"), "jobs: 1\nattempts: 4\nbackoff: 7\ndeadline: 9\n");
    write_file(in_scratch("user.yaml"), "# mine\njobs: 2\nattempts: 5\nbackoff: 8\n");
    write_file(in_scratch("other.yaml"), "jobs: 6\n");
    setenv("SWEEPD_ATTEMPTS", "6", 1);
    setenv("SWEEPD_BACKOFF", "9", 1);
    setenv("SWEEPD_DEADLINE", "", 1); /* ignored */
    read_good("--backoff=10", NULL);
    assert_value("deadline", "9 s", in_scratch("system.yaml"));
    assert_value("jobs", "2", in_scratch("user.yaml"));
    ck_assert_uint_eq(state_of("jobs")->line, 2);
    assert_value("attempts", "6", "SWEEPD_ATTEMPTS");
    assert_value("backoff", "10 s", "--backoff");
    assert_value("patience", "1 min", "default");
    assert_value("limits.rate", "no", "default");
    read_good("--config", in_scratch("other.yaml"), NULL);
    assert_value("jobs", "6", in_scratch("other.yaml"));
    assert_value("deadline", "10 min", "default");
    read_good("--backoff=10", "--backoff=11", NULL);
    assert_value("backoff", "11 s", "--backoff");
}
END_TEST

START_TEST(flags)
{
    read_good("--no-inotify", "--allow-root", "--group=yes", NULL);
    ck_assert(!settings->inotify && settings->allow_root && settings->group);
    read_good("--inotify", "--allow-root=no", "--no-group", NULL);
    ck_assert(settings->inotify && !settings->allow_root && !settings->group);
    read_good("--specs", "relative/", "--queue=/", NULL);
    ck_assert_str_eq(settings->specs, "relative");
    ck_assert_str_eq(settings->queue, "/");
    read_bad("--jbos=3", "--jobs", NULL);
    ck_assert_str_eq(message_at(findings, 0), "unknown option --jbos");
    ck_assert_str_eq(hint_at(findings, 0), "did you mean --jobs?");
    ck_assert_str_eq(message_at(findings, 1), "--jobs needs a value");
    read_bad("-x", NULL);
    ck_assert_str_eq(message_at(findings, 0), "unknown option -x");
}
END_TEST

START_TEST(paths)
{
    write_file(in_scratch("user.yaml"), "specs: ~/specs/\nbases:\n  - /a/\n  - ~/b\n"
                                        "torchtune: auto\nsweepctl: sweepctl\nmetrics: no\n");
    read_good(NULL);
    ck_assert_str_eq(settings->specs, "/home/somebody/specs");
    ck_assert_str_eq(settings->bases[0], "/a");
    ck_assert_str_eq(settings->bases[1], "/home/somebody/b");
    ck_assert_ptr_null(settings->bases[2]);
    ck_assert_ptr_null(settings->torchtune);
    ck_assert_ptr_null(settings->metrics);
    ck_assert_str_eq(settings->sweepctl, "sweepctl");
    assert_value("bases", "/a:/home/somebody/b", in_scratch("user.yaml"));
    write_file(in_scratch("user.yaml"), "bases: []\n");
    read_good(NULL);
    ck_assert_ptr_null(settings->bases[0]);
    read_bad("--bases=/a::/b", NULL);
    ck_assert_str_eq(message_at(findings, 0), "bases cannot be empty");
    unsetenv("HOME");
    read_bad("--specs=~/specs", NULL);
    ck_assert_str_eq(message_at(findings, 0), "specs cannot begin with ~: HOME is not set");
}
END_TEST

START_TEST(automatic)
{
    read_good("--deadline=90", NULL);
    ck_assert(settings->jobs >= 1 && settings->jobs <= 64);
    ck_assert_int_eq(settings->child_cpu_ms, 90000);
    assert_value("child.cpu", "90 s (auto)", "default");
    char own[64];
    snprintf(own, sizeof own, "/tmp/sweepd-%u/control", (unsigned)geteuid());
    ck_assert_str_eq(settings->control, own);
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    read_good(NULL);
    ck_assert_str_eq(settings->control, "/run/user/7/sweepd/control");
    setenv("RUNTIME_DIRECTORY", "/run/sweepd:/run/other", 1);
    read_good(NULL);
    assert_value("control", "/run/sweepd/control (auto)", "default");
    read_good("--control=no", NULL);
    ck_assert_ptr_null(settings->control);
    read_good("--control=/x", NULL);
    ck_assert_str_eq(settings->control, "/x");
}
END_TEST

START_TEST(user_places)
{
    const char *arguments[] = {NULL};
    struct settings_flags flags;
    char *argv[] = {(char *)"sweepd", NULL};
    (void)arguments;
    ck_assert(settings_flags_read(1, argv, false, &flags, findings));
    settings = settings_read(&flags, NULL, NULL, findings);
    ck_assert_str_eq(settings->system_file, "/etc/sweepd/sweepd.yaml");
    ck_assert_str_eq(settings->user_file, "/home/somebody/.config/sweepd/sweepd.yaml");
    settings_free(settings);
    setenv("XDG_CONFIG_HOME", "/elsewhere", 1);
    settings = settings_read(&flags, NULL, NULL, findings);
    ck_assert_str_eq(settings->user_file, "/elsewhere/sweepd/sweepd.yaml");
}
END_TEST

START_TEST(json)
{
    read_good("--jobs=3", "--child-memory=1GiB", "--backoff=1.5", "--bases=/a:/b", "--no-inotify",
        "--specs=/s", NULL);
    static const char *const wanted[][2] = {{"jobs", "3"}, {"child.memory", "1073741824"},
        {"backoff", "1.5"}, {"bases", "[\"/a\", \"/b\"]"}, {"inotify", "false"},
        {"specs", "\"/s\""}, {"queue", "null"}, {"rescan", "\"auto\""}, {"confine", "\"try\""}};
    for (size_t i = 0; i < COUNT(wanted); i++) {
        CLEANUP_JSON json_t *value = setting_json(settings, setting_find(wanted[i][0]));
        assert_json(value, wanted[i][1]);
    }
}
END_TEST

START_TEST(complete)
{
    read_good("--specs=/s", NULL);
    ck_assert(!settings_complete(settings, findings));
    ck_assert_str_eq(code_at(findings, 0), "missing-key");
    ck_assert_str_eq(message_at(findings, 0), "queue is not set");
    read_good("--specs=/s", "--queue=/q", NULL);
    ck_assert(settings_complete(settings, findings));
}
END_TEST

static void assert_apart(const char *specs, const char *queue, const char *message)
{
    char specs_flag[600], queue_flag[600];
    snprintf(specs_flag, sizeof specs_flag, "--specs=%s", in_scratch(specs));
    snprintf(queue_flag, sizeof queue_flag, "--queue=%s", in_scratch(queue));
    sweep_findings_free(findings);
    findings = sweep_findings_new();
    read_good(specs_flag, queue_flag, NULL);
    bool good = settings_complete(settings, findings);
    if (message == NULL) {
        ck_assert(good);
        return;
    }
    ck_assert_msg(!good, "%s and %s are accepted", specs, queue);
    ck_assert_str_eq(code_at(findings, 0), "bad-value");
    ck_assert_msg(strncmp(message_at(findings, 0), message, strlen(message)) == 0, "%s",
        message_at(findings, 0));
}

START_TEST(apart)
{
    static const char same[] = "specs and queue are the same directory, /";
    static const char queue_inside[] = "queue is inside specs: /";
    static const char specs_inside[] = "specs is inside queue: /";
    ck_assert_int_eq(mkdir(in_scratch("a"), 0700), 0);
    ck_assert_int_eq(mkdir(in_scratch("a/b"), 0700), 0);
    ck_assert_int_eq(mkdir(in_scratch("ab"), 0700), 0);
    ck_assert_int_eq(symlink("a", in_scratch("link")), 0);
    assert_apart("a", "ab", NULL);
    assert_apart("a/b", "ab", NULL);
    assert_apart("new/specs", "new/queue", NULL);
    assert_apart("new", "newer", NULL);
    assert_apart("a", "a", same);
    assert_apart("a", "a/", same);
    assert_apart("a", "./ab/../a/.", same);
    assert_apart("a", "link", same);
    assert_apart("link/b", "a/b", same);
    assert_apart("link/new", "a/./new//", same);
    assert_apart("new/x", "new/x", same);
    assert_apart("a", "link/b", queue_inside);
    assert_apart("a", "a/new/q", queue_inside);
    assert_apart("link/new/s", "a", specs_inside);
    assert_apart("a/b/done", "a/b", specs_inside);
}
END_TEST

/* --- reload ------------------------------------------------------------------------------- */

START_TEST(reload)
{
    write_file(in_scratch("user.yaml"), "specs: /s\nqueue: /q\njobs: 2\n");
    read_good("--attempts=4", NULL);
    write_file(in_scratch("user.yaml"), "specs: /other\nqueue: /q/\njobs: 5\nattempts: 9\n");
    struct settings *again = settings_reload(settings, findings);
    ck_assert_ptr_nonnull(again);
    ck_assert_str_eq(code_at(findings, 0), "needs-restart");
    assert_place(findings, 0, 1, 1);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_WARNING), 1);
    ck_assert_str_eq(again->specs, "/s");
    ck_assert_str_eq(again->queue, "/q");
    ck_assert_uint_eq(again->jobs, 5);
    ck_assert_uint_eq(again->attempts, 4); /* the flag wins */
    settings_free(settings);
    settings = again;
    write_file(in_scratch("user.yaml"), "jobs: many\n");
    ck_assert_ptr_null(settings_reload(settings, findings));
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 1);
    ck_assert_uint_eq(settings->jobs, 5);
}
END_TEST

/* --- generator arguments ------------------------------------------------------------------ */

START_TEST(child)
{
    read_good("--child-cpu=1.5", "--group", "--confine=yes", "--torchtune=/t", "--profile=/p",
        "--bases=/a:/b", "--check-paths", "--limits-runs=5", "--limits-queue-free=0",
        "--limits-string=4KiB", NULL);
    static const char *const wanted[] = {
        "--confined=confine=yes,memory=2147483648,cpu=2,file_size=1073741824,open_files=256,"
        "umask=027",
        "--torchtune=/t", "--profile=/p", "--bases=/a", "--bases=/b", "--check-paths=absolute",
        "--limit=runs=5"};
    char **arguments = settings_generator_args(settings);
    for (size_t i = 0; i < COUNT(wanted); i++)
        ck_assert_pstr_eq(arguments[i], wanted[i]);
    ck_assert_ptr_null(arguments[COUNT(wanted)]);
    settings_generator_args_free(arguments);
    read_good(NULL);
    arguments = settings_generator_args(settings);
    ck_assert_pstr_eq(arguments[1], "--keep-free=104857600");
    ck_assert_ptr_null(arguments[2]);
    settings_generator_args_free(arguments);
}
END_TEST

/* --- invalid files ------------------------------------------------------------------------ */

static const char *const files[] = {"hostile", "kinds", "syntax", "utf8", "control", "documents",
    "list", "deep", "duplicates", "aliases", "groups", "ranges"};

/* If SETTINGS_UPDATE is set, the expected output is written instead. */
START_TEST(golden)
{
    char path[512], expected[512];
    snprintf(path, sizeof path, UNIT_DATA "/settings/%s.yaml", files[_i]);
    snprintf(expected, sizeof expected, UNIT_DATA "/settings/%s.txt", files[_i]);
    CLEANUP_FREE char *text = slurp(path);
    ck_assert_int_eq(chdir(UNIT_DATA "/settings"), 0);
    snprintf(path, sizeof path, "%s.yaml", files[_i]);
    read_bad("--config", path, NULL);
    CLEANUP_FREE char *said = sweep_findings_text(findings, false);
    if (getenv("SETTINGS_UPDATE") != NULL)
        write_file(expected, said);
    CLEANUP_FREE char *wanted = slurp(expected);
    ck_assert_str_eq(said, wanted);
}
END_TEST

START_TEST(odd_files)
{
    write_file(in_scratch("user.yaml"), "# nothing\n\n");
    read_good(NULL);
    write_file(in_scratch("real.yaml"), "jobs: 3\n");
    unlink(in_scratch("user.yaml"));
    ck_assert_int_eq(symlink("real.yaml", in_scratch("user.yaml")), 0);
    read_good(NULL);
    ck_assert_uint_eq(settings->jobs, 3);
    unlink(in_scratch("user.yaml"));
    ck_assert_int_eq(mkfifo(in_scratch("user.yaml"), 0600), 0); /* must not block */
    read_bad(NULL);
    ck_assert_str_eq(message_at(findings, 0), "not a regular file");
    unlink(in_scratch("user.yaml"));
    read_bad("--config", in_scratch("none.yaml"), NULL);
    ck_assert_str_eq(code_at(findings, 0), "settings-file");
}
END_TEST

START_TEST(file_size)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "jobs: 3\n#");
    strbuf_repeat(&text, 'x', (1 << 20) - text.length);
    write_file(in_scratch("user.yaml"), text.data);
    read_good(NULL);
    strbuf_putc(&text, 'x');
    write_file(in_scratch("user.yaml"), text.data);
    read_bad(NULL);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
    text.length = 0;
    strbuf_puts(&text, "jobs: ");
    strbuf_repeat(&text, '[', 500000); /* must not recurse */
    write_file(in_scratch("user.yaml"), text.data);
    read_bad(NULL);
    ck_assert_str_eq(code_at(findings, 1), "too-deep");
}
END_TEST

/* --- help --------------------------------------------------------------------------------- */

START_TEST(help)
{
    struct setting setting;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    settings_help_options(out);
    fclose(out);
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char flag[40], option[56];
        setting_flag(&setting, flag);
        snprintf(
            option, sizeof option, setting.type == SETTING_YES_NO ? "--[no-]%s " : "--%s ", flag);
        ck_assert_msg(strstr(text, option) != NULL, "%s", option);
    }
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settings");
    TCase *tc = add_case(suite, "settings");
    struct setting setting;
    int n = 0;
    while (setting_at((size_t)n, &setting))
        n++;
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, names);
    tcase_add_test(tc, defaults);
    tcase_add_loop_test(tc, rows, 0, n);
    tcase_add_test(tc, precedence);
    tcase_add_test(tc, flags);
    tcase_add_test(tc, paths);
    tcase_add_test(tc, automatic);
    tcase_add_test(tc, user_places);
    tcase_add_test(tc, json);
    tcase_add_test(tc, complete);
    tcase_add_test(tc, apart);
    tcase_add_test(tc, reload);
    tcase_add_test(tc, child);
    tcase_add_loop_test(tc, golden, 0, (int)COUNT(files));
    tcase_add_test(tc, odd_files);
    tcase_add_test(tc, file_size);
    tcase_add_test(tc, help);
    return check_main(suite);
}
