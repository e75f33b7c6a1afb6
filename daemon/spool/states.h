/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of an entry as a table: for every state and every event, the next state and the action
 * to carry out. Pure: no files, clock or event loop. daemon/sweepd/step.c feeds events in and
 * carries out the returned action. The table in states.c says what sweepd does in any situation.
 *
 *   arriving ─► claimed ─► opening ─► working ─► to done ──────────────► gone
 *                  ▲          │          └─────► ending ─► to failed ─► gone
 *                  ├─ backing off ◄────────────────┤ its child died; another attempt later
 *                  └─ held ◄──┴────────────────────┘ not its fault: no space, no queue
 *
 * The file is in SPECS while arriving, in done/ or failed/ (or moved by somebody else) when gone,
 * and in SPECS/.claimed in all other states.
 */
#ifndef DAEMON_SPOOL_STATES_H
#define DAEMON_SPOOL_STATES_H

enum entry_state {
    ENTRY_ARRIVING,    /* seen in SPECS; perhaps still being written */
    ENTRY_CLAIMED,     /* ours; waits for a free child */
    ENTRY_OPENING,     /* being opened and checked; the attempt is being counted in its name */
    ENTRY_WORKING,     /* a child generates its sweep */
    ENTRY_ENDING,      /* its child ended without a sweep; finding out whether that is its fault */
    ENTRY_BACKING_OFF, /* its child failed; waits until the next attempt is due */
    ENTRY_HELD,        /* waits until what blocked it may be over */
    ENTRY_TO_DONE,     /* its sweep is in the queue; to be moved to done/ */
    ENTRY_TO_FAILED,   /* to be moved to failed/ with a report */
    ENTRY_GONE,        /* no longer ours */
    ENTRY_STATES
};

enum entry_event {
    ENTRY_COMPLETE,     /* the file is complete, as far as can be told */
    ENTRY_ACQUIRED,     /* it is in .claimed, durably: just moved, or left over */
    ENTRY_CHILD_FREE,   /* a child is free for it */
    ENTRY_OPENED,       /* it can be given to the child */
    ENTRY_UNFIT,        /* it must not be: a link, too large, another user's, not a file… */
    ENTRY_VANISHED,     /* somebody moved or removed its file */
    ENTRY_MADE,         /* the child committed its sweep, or found it committed */
    ENTRY_ENDED,        /* the child ended without a sweep, or could not be started */
    ENTRY_REFUSED,      /* the child said that the spec is invalid */
    ENTRY_CHILD_FAILED, /* the child crashed, failed or timed out, or sweepd died while nothing else
                           was in progress; another attempt is allowed */
    ENTRY_GAVE_UP,      /* … and no further attempt is allowed */
    ENTRY_BLOCKED, /* something temporary that is not the spec's fault: no space, no queue… */
    ENTRY_STORAGE_FAILED, /* the storage failed: what was written may be lost */
    ENTRY_DUE,            /* its wait is over */
    ENTRY_FILED,          /* it is in done/ or failed/, durably */
    ENTRY_STOP,           /* sweepd is stopping; its child, if any, was killed for that */
    ENTRY_EVENTS
};

enum entry_action {
    ENTRY_IMPOSSIBLE, /* the event cannot happen in this state: log it, change nothing */
    ENTRY_NOTHING,
    ENTRY_CLAIM,    /* move it to .claimed */
    ENTRY_OPEN,     /* count the attempt in its name, open it, check it */
    ENTRY_START,    /* start a child with it */
    ENTRY_JUDGE,    /* check the environment; take the attempt back if that is to blame */
    ENTRY_BACK_OFF, /* set the time of the next attempt */
    ENTRY_PAUSE,    /* start nothing for a while, then one child at a time until one succeeds */
    ENTRY_ALARM,    /* storage failed: forget the entry, stop claiming and starting until `reload`,
                       then rebuild from the directory; log and report it */
    ENTRY_FILE,     /* move it to done/ or failed/, as its state says */
    ENTRY_RELEASE,  /* leave it in .claimed for the next start, without counting this attempt */
    ENTRY_FORGET,   /* drop it from memory */
    ENTRY_ACTIONS
};

struct entry_transition {
    enum entry_state next;
    enum entry_action action;
};

/* Defined for every state and event. */
struct entry_transition entry_transition_for(enum entry_state state, enum entry_event event);

/* For logs: "claimed", "working"…; "complete", "acquired"… */
const char *entry_state_name(enum entry_state state);
const char *entry_event_name(enum entry_event event);

#endif
