/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of a spec's life: it is total, leads everywhere, and to an end from everywhere; and
 * what must never happen, whatever the order of events, does not.
 */
#include "daemon/spool/states.h"
#include "tests/unit/check_main.h"

static bool moves(enum spec_state state, enum spec_event event)
{
    return spec_step(state, event).action != SPEC_WRONG;
}

START_TEST(every_cell_is_there)
{
    for (int state = 0; state < SPEC_STATES; state++) {
        for (int event = 0; event < SPEC_EVENTS; event++) {
            struct spec_transition step = spec_step(state, event);
            ck_assert_int_lt(step.next, SPEC_STATES);
            ck_assert_int_lt(step.action, SPEC_ACTIONS);
            /* A cell left out would be all zeros: arriving and wrong. */
            ck_assert(step.action != SPEC_WRONG || (int)step.next == state);
        }
        ck_assert_ptr_nonnull(spec_state_name(state));
    }
    for (int event = 0; event < SPEC_EVENTS; event++)
        ck_assert_ptr_nonnull(spec_event_name(event));
}
END_TEST

START_TEST(every_state_is_reached_and_every_event_happens)
{
    bool reached[SPEC_STATES] = {[SPEC_ARRIVING] = true};
    for (int round = 0; round < SPEC_STATES; round++) {
        for (int state = 0; state < SPEC_STATES; state++) {
            for (int event = 0; reached[state] && event < SPEC_EVENTS; event++)
                reached[spec_step(state, event).next] = true;
        }
    }
    for (int state = 0; state < SPEC_STATES; state++)
        ck_assert_msg(reached[state], "%s is never reached", spec_state_name(state));
    for (int event = 0; event < SPEC_EVENTS; event++) {
        bool somewhere = false;
        for (int state = 0; state < SPEC_STATES; state++)
            somewhere |= moves(state, event);
        ck_assert_msg(somewhere, "%s never happens", spec_event_name(event));
    }
}
END_TEST

/* From every state there is a way to the end, and one without anybody telling us to stop. */
START_TEST(every_state_ends)
{
    bool ends[SPEC_STATES] = {[SPEC_GONE] = true};
    for (int round = 0; round < SPEC_STATES; round++) {
        for (int state = 0; state < SPEC_STATES; state++) {
            for (int event = 0; event < SPEC_EVENTS; event++)
                ends[state] |=
                    event != SPEC_STOP && moves(state, event) && ends[spec_step(state, event).next];
        }
    }
    for (int state = 0; state < SPEC_STATES; state++)
        ck_assert_msg(ends[state], "%s never ends", spec_state_name(state));
}
END_TEST

/* What an action needs and what it leads to. */
START_TEST(actions_fit_their_states)
{
    static const struct {
        enum spec_action action;
        enum spec_state next[3];
        size_t n;
    } fits[] = {
        {SPEC_CLAIM, {SPEC_ARRIVING}, 1},
        {SPEC_OPEN, {SPEC_OPENING}, 1},
        {SPEC_START, {SPEC_WORKING}, 1},
        {SPEC_REST, {SPEC_RESTING}, 1},
        {SPEC_FILE, {SPEC_TO_DONE, SPEC_TO_FAILED}, 2},
        {SPEC_LAY_BACK, {SPEC_GONE}, 1},
        {SPEC_FORGET, {SPEC_GONE}, 1},
        {SPEC_ALARM, {SPEC_GONE}, 1},
    };
    for (int state = 0; state < SPEC_STATES; state++) {
        for (int event = 0; event < SPEC_EVENTS; event++) {
            struct spec_transition step = spec_step(state, event);
            for (size_t i = 0; i < COUNT(fits); i++) {
                bool fit = step.action != fits[i].action;
                for (size_t k = 0; k < fits[i].n; k++)
                    fit |= step.next == fits[i].next[k];
                ck_assert_msg(fit, "%s + %s", spec_state_name(state), spec_event_name(event));
            }
            /* Nothing else ends a spec's life here, and nothing but filing ends it elsewhere. */
            if ((int)step.next != state && step.next == SPEC_GONE)
                ck_assert(step.action == SPEC_FORGET || step.action == SPEC_LAY_BACK ||
                          step.action == SPEC_ALARM);
        }
    }
}
END_TEST

START_TEST(only_a_child_decides)
{
    for (int state = 0; state < SPEC_STATES; state++) {
        for (int event = 0; event < SPEC_EVENTS; event++) {
            struct spec_transition step = spec_step(state, event);
            if (step.next == SPEC_TO_DONE && state != SPEC_TO_DONE)
                ck_assert(state == SPEC_WORKING && event == SPEC_MADE);
            if (step.action == SPEC_START)
                ck_assert(state == SPEC_OPENING && event == SPEC_OPENED);
            if (step.next == SPEC_TO_FAILED && state != SPEC_TO_FAILED)
                ck_assert(event == SPEC_UNFIT || event == SPEC_REFUSED || event == SPEC_BROKE_LAST);
        }
    }
}
END_TEST

/* What hinders a spec is never held against it, and stopping always works. */
START_TEST(no_fault_no_failure)
{
    for (int state = 0; state < SPEC_STATES; state++) {
        struct spec_transition step = spec_step(state, SPEC_HINDERED);
        ck_assert(step.action == SPEC_WRONG || step.action == SPEC_PAUSE);
        ck_assert(step.next != SPEC_TO_FAILED || state == SPEC_TO_FAILED);
        step = spec_step(state, SPEC_NO_STORAGE);
        ck_assert(step.action == SPEC_WRONG || step.action == SPEC_ALARM);
        ck_assert(moves(state, SPEC_STOP));
        ck_assert_int_eq(spec_step(state, SPEC_STOP).next, SPEC_GONE);
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
