/** How many events the event server publishes, and how fast. */
export const EVENTS = 8_000;
export const EVENTS_PER_SECOND = 1_000;

/** When this many events are stored, the answers to two requests get lost. */
export const LOST_ANSWERS_AT = 1_000;
/** When this many events are stored, the intake begins to fail. */
export const OUTAGE_AT = 2_000;
export const OUTAGE_MS = 1_800;
/** With --sabotage the intake answers 202 and forgets this one of the events that it received. */
export const FORGOTTEN = 3_210;

/** When this many events are stored, the forwarder is killed. It is started again after a moment. */
export const KILL_AT = 6_000;
export const DEAD_MS = 300;

/** For a process to say that it is ready, and for the forwarder to subscribe. */
export const START_MS = 15_000;
/** For everything. */
export const WHOLE_MS = 60_000;
