/* SPDX-License-Identifier: Apache-2.0
 *
 * What the service manager receives from sweepd.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/sweepd/notify.h"
#include "tests/unit/check_main.h"

static int manager = -1;

static void set_up(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", scratch);
    if (manager >= 0)
        close(manager);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(manager, (struct sockaddr *)&address, sizeof address), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    unsetenv("WATCHDOG_PID");
    unsetenv("WATCHDOG_USEC");
}

static void assert_received(const char *wanted)
{
    char got[4096];
    ssize_t n = recv(manager, got, sizeof got - 1, 0);
    got[n > 0 ? n : 0] = '\0';
    ck_assert_str_eq(got, wanted);
}

static const struct watchdog {
    const char *time;
    int pid; /* WATCHDOG_PID: 0 not set, 1 ours, 2 another process's */
    uint64_t ms;
} watchdogs[] = {
    {NULL, 0, 0},
    {"30000000", 0, 15000},
    {"30000000", 1, 15000},
    {"30000000", 2, 0},
    {"1", 1, 1},
    {"0", 1, 0},
    {"", 1, 0},
    {"-5", 1, 0},
    {"5s", 1, 0},
    {"99999999999999999999999", 1, 0},
};

START_TEST(watchdog_interval)
{
    const struct watchdog *row = &watchdogs[_i];
    char pid[32];
    snprintf(pid, sizeof pid, "%d", (int)(row->pid == 1 ? getpid() : getppid()));
    if (row->time != NULL)
        setenv("WATCHDOG_USEC", row->time, 1);
    if (row->pid != 0)
        setenv("WATCHDOG_PID", pid, 1);
    notify_init();
    ck_assert_uint_eq(notify_watchdog_ms(), row->ms);
    ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
    ck_assert_ptr_null(getenv("WATCHDOG_PID"));
    ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
}
END_TEST

START_TEST(no_watchdog_without_a_manager)
{
    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", "30000000", 1);
    notify_init();
    ck_assert_uint_eq(notify_watchdog_ms(), 0);
}
END_TEST

START_TEST(messages)
{
    notify_init();
    notify_watchdog();
    assert_received("WATCHDOG=1");
    notify_ready();
    assert_received("READY=1");
    notify_stopping();
    assert_received("STOPPING=1");
    notify_status("a\nREADY=1");
    assert_received("STATUS=a\\nREADY=1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("notify");
    TCase *tc = add_case(suite, "notify");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_loop_test(tc, watchdog_interval, 0, COUNT(watchdogs));
    tcase_add_test(tc, no_watchdog_without_a_manager);
    tcase_add_test(tc, messages);
    return check_main(suite);
}
