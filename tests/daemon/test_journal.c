/* SPDX-License-Identifier: Apache-2.0
 *
 * What reaches the journal, seen from its end of the socket.
 */
#include <endian.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/common/log.h"
#include "tests/unit/check_main.h"

static int journal = -1;
static char entry[1 << 20];
static size_t entry_length;

static void set_up(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/journal", scratch);
    if (journal >= 0)
        close(journal);
    journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(journal, (struct sockaddr *)&address, sizeof address), 0);
    log_init_to(address.sun_path);
    /* What does not reach it. */
    ck_assert_ptr_nonnull(freopen(in_scratch("stderr"), "w", stderr));
}

/* Receives into `entry`: a datagram, or the file that came with an empty one. */
static bool receive(void)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {entry, sizeof entry - 1};
    struct msghdr message = {.msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control};
    ssize_t n = recvmsg(journal, &message, MSG_CMSG_CLOEXEC);
    if (n < 0)
        return false;
    if (message.msg_controllen > 0) {
        int fd;
        ck_assert_int_eq(n, 0);
        memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
        ck_assert_int_eq(
            fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
        n = pread(fd, entry, sizeof entry - 1, 0);
        close(fd);
    }
    entry_length = (size_t)n;
    return true;
}

/* The fields of `entry` as an object, as journald reads them; the caller's. */
static json_t *fields(void)
{
    json_t *all = json_object();
    for (char *at = entry, *end = entry + entry_length; at < end;) {
        char *line_end = memchr(at, '\n', (size_t)(end - at));
        ck_assert_ptr_nonnull(line_end);
        char *equals = memchr(at, '=', (size_t)(line_end - at));
        char *name_end = equals != NULL ? equals : line_end, *value = name_end + 1;
        uint64_t length = (uint64_t)(line_end - value);
        if (equals == NULL) {
            memcpy(&length, line_end + 1, sizeof length);
            length = le64toh(length);
            value = line_end + 1 + sizeof length;
            ck_assert_uint_lt(length, (size_t)(end - value));
            ck_assert_int_eq(value[length], '\n');
        }
        *name_end = '\0';
        ck_assert_int_eq(json_object_set_new(all, at, json_stringn(value, length)), 0);
        at = value + length + 1;
    }
    return all;
}

START_TEST(a_line_has_text_priority_and_name)
{
    log_line(LOG_WARN, "%s: %d runs", "x.json", 12);
    ck_assert(receive());
    CLEANUP_JSON json_t *got = fields();
    assert_json(got, "{\"MESSAGE\": \"x.json: 12 runs\", \"PRIORITY\": \"4\","
                     " \"SYSLOG_IDENTIFIER\": \"sweepd\"}");
    ck_assert(!receive());
}
END_TEST

START_TEST(fields_are_there_unless_they_are_null)
{
    const struct log_field more[] = {{LOG_ID, LOG_ID_FAILED}, {LOG_SPEC, "x.json"},
        {LOG_SWEEP, NULL}, {LOG_RESULT, "failed"}, {0}};
    log_event(LOG_INFO, more, "x.json: failed");
    ck_assert(receive());
    CLEANUP_JSON json_t *got = fields();
    assert_json(got, "{\"MESSAGE\": \"x.json: failed\", \"PRIORITY\": \"6\","
                     " \"SYSLOG_IDENTIFIER\": \"sweepd\", \"MESSAGE_ID\": \"" LOG_ID_FAILED "\","
                     " \"SWEEPD_SPEC\": \"x.json\", \"SWEEPD_RESULT\": \"failed\"}");
}
END_TEST

START_TEST(a_value_forges_no_field)
{
    const struct log_field more[] = {{LOG_SPEC, "a\nPRIORITY=0\nMESSAGE=owned"},
        {LOG_REPORT, "one\n\ntwo\x1b[31m\n"}, {LOG_RESULT, "\n"}, {LOG_SWEEP, ""}, {0}};
    log_event(LOG_NOTE, more, "evil\nPRIORITY=0");
    ck_assert(receive());
    CLEANUP_JSON json_t *got = fields();
    assert_json(got,
        "{\"MESSAGE\": \"evil\\\\nPRIORITY=0\", \"PRIORITY\": \"5\","
        " \"SYSLOG_IDENTIFIER\": \"sweepd\", \"SWEEPD_SWEEP\": \"\","
        " \"SWEEPD_SPEC\": \"a\\nPRIORITY=0\\nMESSAGE=owned\","
        " \"SWEEPD_REPORT\": \"one\\n\\ntwo\\\\x1b[31m\\n\", \"SWEEPD_RESULT\": \"\\n\"}");
}
END_TEST

START_TEST(what_is_too_large_comes_in_a_sealed_file)
{
    enum { LENGTH = 600 * 1024 };
    CLEANUP_FREE char *report = malloc(LENGTH + 1);
    memset(report, 'r', LENGTH);
    report[LENGTH] = '\0';
    report[LENGTH / 2] = '\n';
    const struct log_field more[] = {{LOG_REPORT, report}, {0}};
    log_event(LOG_INFO, more, "large");
    ck_assert(receive());
    CLEANUP_JSON json_t *got = fields();
    ck_assert_str_eq(json_string_value(json_object_get(got, "SWEEPD_REPORT")), report);
    ck_assert_str_eq(json_string_value(json_object_get(got, "MESSAGE")), "large");
    CLEANUP_FREE char *said = slurp(in_scratch("stderr"));
    ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_journal_that_does_not_read_stops_nobody)
{
    const int lines = 5000;
    int received = 0, written = 0;
    for (int i = 0; i < lines; i++)
        log_line(LOG_INFO, "line");
    while (receive())
        received++;
    CLEANUP_FREE char *said = slurp(in_scratch("stderr"));
    for (const char *p = said; (p = strstr(p, "<6>line\n")) != NULL; p++)
        written++;
    ck_assert_int_gt(received, 0);
    ck_assert_int_gt(written, 0);
    ck_assert_int_eq(received + written, lines);
}
END_TEST

START_TEST(without_a_journal_lines_go_to_standard_error)
{
    log_init_to(in_scratch("nobody"));
    log_line(LOG_ERROR, "one\ntwo");
    CLEANUP_FREE char *said = slurp(in_scratch("stderr"));
    ck_assert_str_eq(said, "<3>one\\ntwo\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *tc = add_case(suite, "journal");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, a_line_has_text_priority_and_name);
    tcase_add_test(tc, fields_are_there_unless_they_are_null);
    tcase_add_test(tc, a_value_forges_no_field);
    tcase_add_test(tc, what_is_too_large_comes_in_a_sealed_file);
    tcase_add_test(tc, a_journal_that_does_not_read_stops_nobody);
    tcase_add_test(tc, without_a_journal_lines_go_to_standard_error);
    return check_main(suite);
}
