/** System events that are kept; the oldest go first. A day of one every eight seconds. */
export const systemEventsMax = 10_000;

/** System events that wait in memory for the storage; beyond it they are counted only. */
export const systemEventsWaitingMax = 1_000;
