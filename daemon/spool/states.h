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

enum spec_state {
    SPEC_ARRIVING,  /* seen in SPECS; perhaps still being written */
    SPEC_CLAIMED,   /* ours; waits for a free child */
    SPEC_OPENING,   /* its attempt is being counted in its name, its file opened and looked at */
    SPEC_WORKING,   /* a child generates it */
    SPEC_RESTING,   /* the child broke; waits until the next attempt is due */
    SPEC_HELD,      /* waits until what hindered it is over */
    SPEC_TO_DONE,   /* its sweep is in the queue; to be moved to done/ */
    SPEC_TO_FAILED, /* to be moved to failed/ with a report */
    SPEC_GONE,      /* no longer ours */
    SPEC_STATES
};

enum spec_event {
    SPEC_COMPLETE,   /* it is complete: nobody is writing it any more */
    SPEC_TOOK,       /* it is in .claimed on stable storage: just moved, or left from before */
    SPEC_SLOT,       /* a child is free for it */
    SPEC_OPENED,     /* it can be given to the child */
    SPEC_UNFIT,      /* it must not be: a link, too large, somebody else's, no file… */
    SPEC_VANISHED,   /* it is not where it was: somebody moved or removed it */
    SPEC_MADE,       /* the child committed its sweep, or found it committed */
    SPEC_REFUSED,    /* the child says that the spec is wrong */
    SPEC_BROKE,      /* the child crashed, failed or ran out of time; it may be tried again */
    SPEC_BROKE_LAST, /* … but there were as many attempts as it gets */
    SPEC_HINDERED,   /* something that is not the spec's fault and passes: no space, no memory… */
    SPEC_NO_STORAGE, /* the storage fails: what was written may not be there */
    SPEC_DUE,        /* its rest, or what hindered it, may be over */
    SPEC_FILED,      /* it is in done/ or failed/ on stable storage */
    SPEC_STOP,       /* we stop; what a child did meanwhile was ended because of that */
    SPEC_EVENTS
};

enum spec_action {
    SPEC_WRONG, /* cannot happen in this state: it is logged, and changes nothing */
    SPEC_NOTHING,
    SPEC_CLAIM,    /* move it to .claimed */
    SPEC_OPEN,     /* count the attempt in its name, open it, look at it */
    SPEC_START,    /* start a child with it */
    SPEC_REST,     /* set the time of the next attempt */
    SPEC_PAUSE,    /* start nothing for a while, then one at a time until one succeeds */
    SPEC_ALARM,    /* drop it from memory, take and start nothing until somebody says so and then
                      believe only what is found on the disk; tell everybody */
    SPEC_FILE,     /* move it to done/ or failed/, as its state says */
    SPEC_LAY_BACK, /* leave it in .claimed for the next start; the attempt does not count */
    SPEC_FORGET,   /* drop it from memory */
    SPEC_ACTIONS
};

struct spec_transition {
    enum spec_state next;
    enum spec_action action;
};

/* Defined for every state and event. */
struct spec_transition spec_step(enum spec_state state, enum spec_event event);

/* For logs and `sweepctl status`: "claimed", "working"…; "complete", "took"… */
const char *spec_state_name(enum spec_state state);
const char *spec_event_name(enum spec_event event);

#endif
