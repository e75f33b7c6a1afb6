/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/spool/states.h"

/* A row an event, a column a state, in the order of the enums. `no`: cannot happen. `stay`: nothing
 * to do. Every cell is written out, so that whoever adds a state or an event thinks about all of
 * its combinations; a test holds that none is left out. */
#define CELL(state, action)                                                                        \
    {                                                                                              \
        ENTRY_##state, ENTRY_##action                                                              \
    }
#define gone CELL(GONE, FORGET)
#define back CELL(GONE, LAY_BACK)
#define done CELL(TO_DONE, FILE)
#define fail CELL(TO_FAILED, FILE)
#define took CELL(CLAIMED, NOTHING)
#define open CELL(OPENING, OPEN)
#define work CELL(WORKING, START)
#define rest CELL(RESTING, REST)
#define hold CELL(HELD, PAUSE)
#define alrm CELL(GONE, ALARM)
#define clam CELL(ARRIVING, CLAIM)
/* While it arrives or is filed, the state stays and what hinders it is dealt with all the same. */
#define PAUSE_IN(state) CELL(state, PAUSE)
#define stay                                                                                       \
    {                                                                                              \
        ENTRY_STATES, ENTRY_NOTHING                                                                \
    }
#define no__                                                                                       \
    {                                                                                              \
        ENTRY_STATES, ENTRY_WRONG                                                                  \
    }

/* clang-format off */
static const struct entry_transition table[ENTRY_EVENTS][ENTRY_STATES]     = {
    /*                arriving claimed opening working resting held  to done  to failed  gone */
    [ENTRY_COMPLETE]   = {clam, no__, no__, no__, no__, no__, no__, no__, no__},
    [ENTRY_TOOK]       = {took, no__, no__, no__, no__, no__, no__, no__, no__},
    [ENTRY_CHILD_FREE] = {no__, open, no__, no__, no__, no__, no__, no__, no__},
    [ENTRY_OPENED]     = {no__, no__, work, no__, no__, no__, no__, no__, no__},
    [ENTRY_UNFIT]      = {no__, fail, fail, no__, no__, no__, no__, no__, no__},
    [ENTRY_VANISHED]   = {gone, gone, gone, no__, no__, no__, gone, gone, no__},
    [ENTRY_MADE]       = {no__, no__, no__, done, no__, no__, no__, no__, no__},
    [ENTRY_REFUSED]    = {no__, no__, no__, fail, no__, no__, no__, no__, no__},
    [ENTRY_BROKE]      = {no__, no__, no__, rest, no__, no__, no__, no__, no__},
    [ENTRY_BROKE_LAST] = {no__, fail, no__, fail, no__, no__, no__, no__, no__},
    [ENTRY_HINDERED]   = {PAUSE_IN(ARRIVING), no__, hold, hold, no__, no__,
                         PAUSE_IN(TO_DONE), PAUSE_IN(TO_FAILED), no__},
    [ENTRY_NO_STORAGE] = {alrm, alrm, alrm, alrm, no__, no__, alrm, alrm, no__},
    [ENTRY_DUE]        = {no__, no__, no__, no__, took, took, done, fail, no__},
    [ENTRY_FILED]      = {no__, no__, no__, no__, no__, no__, gone, gone, no__},
    [ENTRY_STOP]       = {gone, gone, back, back, gone, back, gone, gone, stay},
};
/* clang-format on */

struct entry_transition entry_transition_for(enum entry_state state, enum entry_event event)
{
    struct entry_transition found = table[event][state];
    if (found.next == ENTRY_STATES)
        found.next = state;
    return found;
}

const char *entry_state_name(enum entry_state state)
{
    static const char *const names[ENTRY_STATES] = {"arriving", "claimed", "opening", "working",
        "resting", "held", "to done", "to failed", "gone"};
    return names[state];
}

const char *entry_event_name(enum entry_event event)
{
    static const char *const names[ENTRY_EVENTS] = {"complete", "took", "slot", "opened", "unfit",
        "vanished", "made", "refused", "broke", "broke last", "hindered", "no storage", "due",
        "filed", "stop"};
    return names[event];
}
