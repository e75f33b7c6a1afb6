/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches of the spool on real directories, when more is dropped than it tracks. Everything else
 * that a spool does is tested with the whole daemon.
 */
#include "daemon/common/clock.h"
#include "daemon/spool/spool.h"
#include "tests/unit/check_main.h"

enum { KEPT = 4, DROPPED = 10 };

static struct spool *spool;
static char specs[128], queue[128], moved[128];

static void begin(void)
{
    snprintf(specs, sizeof specs, "%s", in_scratch("specs"));
    snprintf(queue, sizeof queue, "%s", in_scratch("queue"));
    snprintf(moved, sizeof moved, "%s", in_scratch("moved"));
    ck_assert_int_eq(mkdir(specs, 0700), 0);
    ck_assert_int_eq(mkdir(queue, 0700), 0);
    for (int i = 0; i < DROPPED; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s/s%d.json", specs, i);
        write_file(path, "{}");
    }
    spool = spool_new(&(struct spool_settings){
        .specs = specs, .queue = queue, .group = TRUST_NO_GROUP, .inotify = -1});
    ck_assert_ptr_nonnull(spool);
}

static void end(void)
{
    spool_free(spool);
}

/* Returns how many were claimed. */
static size_t run_batch(struct spool_batch *batch, bool scan, bool in_flight, size_t room)
{
    size_t claimed = 0;
    *batch = (struct spool_batch){
        .policy = {.settle = {.settle_ms = 0, .patience_ms = 60000, .max_bytes = 1000},
            .owner = {.max_waiting = KEPT}},
        .scan = scan,
        .in_flight = in_flight,
        .room = room,
    };
    spool_batch(spool, batch);
    for (struct entry *entry = batch->claimed, *next; entry != NULL; entry = next, claimed++) {
        next = entry->next;
        entry_free(entry);
    }
    return claimed;
}

START_TEST(all_are_found_scan_by_scan)
{
    struct spool_batch batch;
    size_t claimed = 0, scans = 0;
    bool scan = true;
    for (int i = 0; i < 50 && claimed < DROPPED; i++) {
        claimed += run_batch(&batch, scan, claimed > 0, 1);
        scans += scan;
        scan = batch.rescan;
    }
    ck_assert_uint_eq(claimed, DROPPED);
    ck_assert_uint_eq(scans, 3); /* the others when less than half of the list is left */
    ck_assert_uint_eq(batch.waiting, 0);
}
END_TEST

/* A scan that cannot list the directory must not request the next one at once: that would loop. */
START_TEST(a_futile_scan_is_not_followed_by_another)
{
    struct spool_batch batch;
    ck_assert_uint_eq(run_batch(&batch, true, false, 3), 3);
    ck_assert_uint_eq(batch.waiting, DROPPED - 3);
    ck_assert(batch.rescan);

    ck_assert_int_eq(rename(specs, moved), 0);
    ck_assert_int_eq(mkdir(specs, 0700), 0);
    run_batch(&batch, true, true, 0);
    ck_assert_int_eq(batch.attached, ATTACH_BUSY);
    ck_assert(!batch.rescan);
    ck_assert_int_le(batch.due_ms, clock_ms() + 1000);

    run_batch(&batch, true, false, 0);
    ck_assert_int_eq(batch.attached, ATTACH_NEW);
    ck_assert_uint_eq(batch.waiting, 0);
    ck_assert(!batch.rescan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spool");
    TCase *tc = add_case(suite, "spool");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, all_are_found_scan_by_scan);
    tcase_add_test(tc, a_futile_scan_is_not_followed_by_another);
    return check_main(suite);
}
