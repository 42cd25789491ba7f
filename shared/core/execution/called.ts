import type { Activity } from "./state.ts";

/** What the current attempt of an activity calls: a probe while one finds out what became of it, else what its state says. */
export const calledBy = (activity: Activity): Pick<Activity, "resource" | "parameters"> =>
  activity.interrupted?.probe ?? activity;
