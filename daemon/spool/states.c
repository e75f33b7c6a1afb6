/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/spool/states.h"

/* A row an event, a column a state, in the order of the enums. `no`: cannot happen. `stay`: nothing
 * to do. Every cell is written out, so that whoever adds a state or an event thinks about all of
 * its combinations; a test holds that none is left out. */
#define CELL(state, action)                                                                        \
    {                                                                                              \
        SPEC_##state, SPEC_##action                                                                \
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
        SPEC_STATES, SPEC_NOTHING                                                                  \
    }
#define no__                                                                                       \
    {                                                                                              \
        SPEC_STATES, SPEC_WRONG                                                                    \
    }

/* clang-format off */
static const struct spec_transition table[SPEC_EVENTS][SPEC_STATES] = {
    /*                arriving claimed opening working resting held  to done  to failed  gone */
    [SPEC_COMPLETE]   = {clam, no__, no__, no__, no__, no__, no__, no__, no__},
    [SPEC_TOOK]       = {took, no__, no__, no__, no__, no__, no__, no__, no__},
    [SPEC_SLOT]       = {no__, open, no__, no__, no__, no__, no__, no__, no__},
    [SPEC_OPENED]     = {no__, no__, work, no__, no__, no__, no__, no__, no__},
    [SPEC_UNFIT]      = {no__, fail, fail, no__, no__, no__, no__, no__, no__},
    [SPEC_VANISHED]   = {gone, gone, gone, no__, no__, no__, gone, gone, no__},
    [SPEC_MADE]       = {no__, no__, no__, done, no__, no__, no__, no__, no__},
    [SPEC_REFUSED]    = {no__, no__, no__, fail, no__, no__, no__, no__, no__},
    [SPEC_BROKE]      = {no__, no__, no__, rest, no__, no__, no__, no__, no__},
    [SPEC_BROKE_LAST] = {no__, fail, no__, fail, no__, no__, no__, no__, no__},
    [SPEC_HINDERED]   = {PAUSE_IN(ARRIVING), no__, hold, hold, no__, no__,
                         PAUSE_IN(TO_DONE), PAUSE_IN(TO_FAILED), no__},
    [SPEC_NO_STORAGE] = {alrm, alrm, alrm, alrm, no__, no__, alrm, alrm, no__},
    [SPEC_DUE]        = {no__, no__, no__, no__, took, took, done, fail, no__},
    [SPEC_FILED]      = {no__, no__, no__, no__, no__, no__, gone, gone, no__},
    [SPEC_STOP]       = {gone, gone, back, back, gone, back, gone, gone, stay},
};
/* clang-format on */

struct spec_transition spec_step(enum spec_state state, enum spec_event event)
{
    struct spec_transition found = table[event][state];
    if (found.next == SPEC_STATES)
        found.next = state;
    return found;
}

const char *spec_state_name(enum spec_state state)
{
    static const char *const names[SPEC_STATES] = {"arriving", "claimed", "opening", "working",
        "resting", "held", "to done", "to failed", "gone"};
    return names[state];
}

const char *spec_event_name(enum spec_event event)
{
    static const char *const names[SPEC_EVENTS] = {"complete", "took", "slot", "opened", "unfit",
        "vanished", "made", "refused", "broke", "broke last", "hindered", "no storage", "due",
        "filed", "stop"};
    return names[event];
}
