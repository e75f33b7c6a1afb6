/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/spool/states.h"

/* One row per event, one column per state, in the order of the enums. `no__`: cannot happen.
 * `stay`: nothing to do. Every cell is written out, so that adding a state or an event means
 * deciding each of its combinations; a test checks that no cell is left out. */
#define CELL(state, action)                                                                        \
    {                                                                                              \
        ENTRY_##state, ENTRY_##action                                                              \
    }
#define gone CELL(GONE, FORGET)
#define free CELL(GONE, RELEASE)
#define done CELL(TO_DONE, FILE)
#define fail CELL(TO_FAILED, FILE)
#define idle CELL(CLAIMED, NOTHING)
#define open CELL(OPENING, OPEN)
#define work CELL(WORKING, START)
#define judg CELL(ENDING, JUDGE)
#define back CELL(BACKING_OFF, BACK_OFF)
#define hold CELL(HELD, PAUSE)
#define alrm CELL(GONE, ALARM)
#define clam CELL(ARRIVING, CLAIM)
/* While an entry arrives or is filed, being blocked does not change its state. */
#define PAUSE_IN(state) CELL(state, PAUSE)
#define stay                                                                                       \
    {                                                                                              \
        ENTRY_STATES, ENTRY_NOTHING                                                                \
    }
#define no__                                                                                       \
    {                                                                                              \
        ENTRY_STATES, ENTRY_IMPOSSIBLE                                                             \
    }

/* clang-format off */
static const struct entry_transition states_table[ENTRY_EVENTS][ENTRY_STATES] = {
    /*      arriving claimed opening working ending backing off held to done to failed gone */
    [ENTRY_COMPLETE]     = {clam, no__, no__, no__, no__, no__, no__, no__, no__, no__},
    [ENTRY_ACQUIRED]     = {idle, no__, no__, no__, no__, no__, no__, no__, no__, no__},
    [ENTRY_CHILD_FREE]   = {no__, open, no__, no__, no__, no__, no__, no__, no__, no__},
    [ENTRY_OPENED]       = {no__, no__, work, no__, no__, no__, no__, no__, no__, no__},
    [ENTRY_UNFIT]        = {no__, fail, fail, no__, no__, no__, no__, no__, no__, no__},
    [ENTRY_VANISHED]     = {gone, gone, gone, no__, gone, no__, no__, gone, gone, no__},
    [ENTRY_MADE]         = {no__, no__, no__, done, no__, no__, no__, no__, no__, no__},
    [ENTRY_ENDED]        = {no__, no__, no__, judg, no__, no__, no__, no__, no__, no__},
    [ENTRY_REFUSED]      = {no__, no__, no__, no__, fail, no__, no__, no__, no__, no__},
    [ENTRY_CHILD_FAILED] = {no__, back, no__, no__, back, no__, no__, no__, no__, no__},
    [ENTRY_GAVE_UP]      = {no__, fail, no__, no__, fail, no__, no__, no__, no__, no__},
    [ENTRY_BLOCKED]      = {PAUSE_IN(ARRIVING), no__, hold, no__, hold, no__, no__,
                           PAUSE_IN(TO_DONE), PAUSE_IN(TO_FAILED), no__},
    [ENTRY_STORAGE_FAILED] = {alrm, alrm, alrm, no__, alrm, no__, no__, alrm, alrm, no__},
    [ENTRY_DUE]          = {no__, no__, no__, no__, no__, idle, idle, done, fail, no__},
    [ENTRY_FILED]        = {no__, no__, no__, no__, no__, no__, no__, gone, gone, no__},
    [ENTRY_STOP]         = {gone, gone, free, free, gone, gone, gone, gone, gone, stay},
};
/* clang-format on */

struct entry_transition entry_transition_for(enum entry_state state, enum entry_event event)
{
    struct entry_transition found = states_table[event][state];
    if (found.next == ENTRY_STATES)
        found.next = state;
    return found;
}

const char *entry_state_name(enum entry_state state)
{
    static const char *const names[ENTRY_STATES] = {
        [ENTRY_ARRIVING] = "arriving",
        [ENTRY_CLAIMED] = "claimed",
        [ENTRY_OPENING] = "opening",
        [ENTRY_WORKING] = "working",
        [ENTRY_ENDING] = "ending",
        [ENTRY_BACKING_OFF] = "backing off",
        [ENTRY_HELD] = "held",
        [ENTRY_TO_DONE] = "to done",
        [ENTRY_TO_FAILED] = "to failed",
        [ENTRY_GONE] = "gone",
    };
    return names[state];
}

const char *entry_event_name(enum entry_event event)
{
    static const char *const names[ENTRY_EVENTS] = {
        [ENTRY_COMPLETE] = "complete",
        [ENTRY_ACQUIRED] = "acquired",
        [ENTRY_CHILD_FREE] = "child free",
        [ENTRY_OPENED] = "opened",
        [ENTRY_UNFIT] = "unfit",
        [ENTRY_VANISHED] = "vanished",
        [ENTRY_MADE] = "made",
        [ENTRY_ENDED] = "ended",
        [ENTRY_REFUSED] = "refused",
        [ENTRY_CHILD_FAILED] = "child failed",
        [ENTRY_GAVE_UP] = "gave up",
        [ENTRY_BLOCKED] = "blocked",
        [ENTRY_STORAGE_FAILED] = "storage failed",
        [ENTRY_DUE] = "due",
        [ENTRY_FILED] = "filed",
        [ENTRY_STOP] = "stop",
    };
    return names[event];
}
