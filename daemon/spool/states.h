/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a spec as a table: for every state and every event, what the spec is next and what
 * has to be done. Pure: no files, clock or event loop. daemon/sweepd/step.c feeds events in and
 * carries out the returned action. What sweepd does in any situation is read off the table
 * in states.c.
 *
 *   arriving ─► claimed ─► opening ─► working ─► to done ───► gone
 *                  ▲          │       │    └───► to failed ─► gone
 *                  ├─ resting ◄───────┤ tried again later, three times
 *                  └─ held ◄──┴───────┘ nothing is wrong with it: no space, no processes
 *
 * The file is in SPECS while arriving, in SPECS/.claimed in all other states, and in done/ or
 * failed/ (or nowhere we know) when gone.
 */
#ifndef DAEMON_SPOOL_STATES_H
#define DAEMON_SPOOL_STATES_H

enum entry_state {
    ENTRY_ARRIVING,  /* seen in SPECS; perhaps still being written */
    ENTRY_CLAIMED,   /* ours; waits for a free child */
    ENTRY_OPENING,   /* its attempt is being counted in its name, its file opened and looked at */
    ENTRY_WORKING,   /* a child generates it */
    ENTRY_RESTING,   /* the child broke; waits until the next attempt is due */
    ENTRY_HELD,      /* waits until what hindered it is over */
    ENTRY_TO_DONE,   /* its sweep is in the queue; to be moved to done/ */
    ENTRY_TO_FAILED, /* to be moved to failed/ with a report */
    ENTRY_GONE,      /* no longer ours */
    ENTRY_STATES
};

enum entry_event {
    ENTRY_COMPLETE,   /* it is complete: nobody is writing it any more */
    ENTRY_TOOK,       /* it is in .claimed on stable storage: just moved, or left from before */
    ENTRY_CHILD_FREE, /* a child is free for it */
    ENTRY_OPENED,     /* it can be given to the child */
    ENTRY_UNFIT,      /* it must not be: a link, too large, somebody else's, no file… */
    ENTRY_VANISHED,   /* it is not where it was: somebody moved or removed it */
    ENTRY_MADE,       /* the child committed its sweep, or found it committed */
    ENTRY_REFUSED,    /* the child says that the spec is wrong */
    ENTRY_BROKE,      /* the child crashed, failed or ran out of time; it may be tried again */
    ENTRY_BROKE_LAST, /* … but there were as many attempts as it gets */
    ENTRY_HINDERED, /* something that is not the spec's fault and passes: no space, no memory… */
    ENTRY_NO_STORAGE, /* the storage fails: what was written may not be there */
    ENTRY_DUE,        /* its rest, or what hindered it, may be over */
    ENTRY_FILED,      /* it is in done/ or failed/ on stable storage */
    ENTRY_STOP,       /* we stop; what a child did meanwhile was ended because of that */
    ENTRY_EVENTS
};

enum entry_action {
    ENTRY_WRONG, /* cannot happen in this state: it is logged, and changes nothing */
    ENTRY_NOTHING,
    ENTRY_CLAIM,    /* move it to .claimed */
    ENTRY_OPEN,     /* count the attempt in its name, open it, look at it */
    ENTRY_START,    /* start a child with it */
    ENTRY_REST,     /* set the time of the next attempt */
    ENTRY_PAUSE,    /* start nothing for a while, then one at a time until one succeeds */
    ENTRY_ALARM,    /* drop it from memory, take and start nothing until somebody says so and then
                      believe only what is found on the disk; tell everybody */
    ENTRY_FILE,     /* move it to done/ or failed/, as its state says */
    ENTRY_LAY_BACK, /* leave it in .claimed for the next start; the attempt does not count */
    ENTRY_FORGET,   /* drop it from memory */
    ENTRY_ACTIONS
};

struct entry_transition {
    enum entry_state next;
    enum entry_action action;
};

/* Defined for every state and event. */
struct entry_transition entry_transition_for(enum entry_state state, enum entry_event event);

/* For logs and `sweepctl status`: "claimed", "working"…; "complete", "took"… */
const char *entry_state_name(enum entry_state state);
const char *entry_event_name(enum entry_event event);

#endif
