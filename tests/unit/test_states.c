/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of an entry's life: it is total, every state can be reached and leads to the end, and
 * some things never happen, whatever the order of events.
 */
#include "daemon/spool/states.h"
#include "tests/unit/check_main.h"

static bool moves(enum entry_state state, enum entry_event event)
{
    return entry_transition_for(state, event).action != ENTRY_IMPOSSIBLE;
}

START_TEST(every_cell_is_there)
{
    for (int state = 0; state < ENTRY_STATES; state++) {
        for (int event = 0; event < ENTRY_EVENTS; event++) {
            struct entry_transition transition = entry_transition_for(state, event);
            ck_assert_int_lt(transition.next, ENTRY_STATES);
            ck_assert_int_lt(transition.action, ENTRY_ACTIONS);
            /* A cell left out would be all zeros: arriving and impossible. */
            ck_assert(transition.action != ENTRY_IMPOSSIBLE || (int)transition.next == state);
        }
        ck_assert_ptr_nonnull(entry_state_name(state));
    }
    for (int event = 0; event < ENTRY_EVENTS; event++)
        ck_assert_ptr_nonnull(entry_event_name(event));
}
END_TEST

START_TEST(every_state_is_reached_and_every_event_happens)
{
    bool reached[ENTRY_STATES] = {[ENTRY_ARRIVING] = true};
    for (int round = 0; round < ENTRY_STATES; round++) {
        for (int state = 0; state < ENTRY_STATES; state++) {
            for (int event = 0; reached[state] && event < ENTRY_EVENTS; event++)
                reached[entry_transition_for(state, event).next] = true;
        }
    }
    for (int state = 0; state < ENTRY_STATES; state++)
        ck_assert_msg(reached[state], "%s is never reached", entry_state_name(state));
    for (int event = 0; event < ENTRY_EVENTS; event++) {
        bool somewhere = false;
        for (int state = 0; state < ENTRY_STATES; state++)
            somewhere = somewhere || moves(state, event);
        ck_assert_msg(somewhere, "%s never happens", entry_event_name(event));
    }
}
END_TEST

/* Every state leads to the end, also without a stop. */
START_TEST(every_state_ends)
{
    bool ends[ENTRY_STATES] = {[ENTRY_GONE] = true};
    for (int round = 0; round < ENTRY_STATES; round++) {
        for (int state = 0; state < ENTRY_STATES; state++) {
            for (int event = 0; event < ENTRY_EVENTS; event++)
                ends[state] |= event != ENTRY_STOP && moves(state, event) &&
                               ends[entry_transition_for(state, event).next];
        }
    }
    for (int state = 0; state < ENTRY_STATES; state++)
        ck_assert_msg(ends[state], "%s never ends", entry_state_name(state));
}
END_TEST

/* What an action needs and what it leads to. */
START_TEST(actions_fit_their_states)
{
    static const struct {
        enum entry_action action;
        enum entry_state next[3];
        size_t n;
    } fits[] = {
        {ENTRY_CLAIM, {ENTRY_ARRIVING}, 1},
        {ENTRY_OPEN, {ENTRY_OPENING}, 1},
        {ENTRY_START, {ENTRY_WORKING}, 1},
        {ENTRY_JUDGE, {ENTRY_ENDING}, 1},
        {ENTRY_BACK_OFF, {ENTRY_BACKING_OFF}, 1},
        {ENTRY_FILE, {ENTRY_TO_DONE, ENTRY_TO_FAILED}, 2},
        {ENTRY_RELEASE, {ENTRY_GONE}, 1},
        {ENTRY_FORGET, {ENTRY_GONE}, 1},
        {ENTRY_ALARM, {ENTRY_GONE}, 1},
    };
    for (int state = 0; state < ENTRY_STATES; state++) {
        for (int event = 0; event < ENTRY_EVENTS; event++) {
            struct entry_transition transition = entry_transition_for(state, event);
            for (size_t i = 0; i < COUNT(fits); i++) {
                bool fit = transition.action != fits[i].action;
                for (size_t k = 0; k < fits[i].n; k++) {
                    if (transition.next == fits[i].next[k])
                        fit = true;
                }
                ck_assert_msg(fit, "%s + %s", entry_state_name(state), entry_event_name(event));
            }
            /* Entries only leave memory by these three. */
            if ((int)transition.next != state && transition.next == ENTRY_GONE)
                ck_assert(transition.action == ENTRY_FORGET || transition.action == ENTRY_RELEASE ||
                          transition.action == ENTRY_ALARM);
        }
    }
}
END_TEST

START_TEST(only_a_child_decides)
{
    for (int state = 0; state < ENTRY_STATES; state++) {
        for (int event = 0; event < ENTRY_EVENTS; event++) {
            struct entry_transition transition = entry_transition_for(state, event);
            if (transition.next == ENTRY_TO_DONE && state != ENTRY_TO_DONE)
                ck_assert(state == ENTRY_WORKING && event == ENTRY_MADE);
            if (transition.action == ENTRY_START)
                ck_assert(state == ENTRY_OPENING && event == ENTRY_OPENED);
            if (transition.next == ENTRY_TO_FAILED && state != ENTRY_TO_FAILED)
                ck_assert(event == ENTRY_UNFIT || event == ENTRY_REFUSED || event == ENTRY_GAVE_UP);
        }
    }
}
END_TEST

/* What blocks an entry never fails it, and stopping always works. */
START_TEST(no_fault_no_failure)
{
    for (int state = 0; state < ENTRY_STATES; state++) {
        struct entry_transition transition = entry_transition_for(state, ENTRY_BLOCKED);
        ck_assert(transition.action == ENTRY_IMPOSSIBLE || transition.action == ENTRY_PAUSE);
        ck_assert(transition.next != ENTRY_TO_FAILED || state == ENTRY_TO_FAILED);
        transition = entry_transition_for(state, ENTRY_STORAGE_FAILED);
        ck_assert(transition.action == ENTRY_IMPOSSIBLE || transition.action == ENTRY_ALARM);
        ck_assert(moves(state, ENTRY_STOP));
        ck_assert_int_eq(entry_transition_for(state, ENTRY_STOP).next, ENTRY_GONE);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("states");
    TCase *tc = add_case(suite, "table");
    tcase_add_test(tc, every_cell_is_there);
    tcase_add_test(tc, every_state_is_reached_and_every_event_happens);
    tcase_add_test(tc, every_state_ends);
    tcase_add_test(tc, actions_fit_their_states);
    tcase_add_test(tc, only_a_child_decides);
    tcase_add_test(tc, no_fault_no_failure);
    return check_main(suite);
}
