import type { Interpreter } from "../interpreter.ts";
import { isAwaitedChild, resourceKind } from "../resource-kind.ts";
import type { Activity } from "../state.ts";

/** Nobody waits for the current attempt any more: aborts it, and takes back what it has set going elsewhere. */
export const giveUp = ({ commands }: Interpreter, activity: Activity): void => {
  if (activity.phase === "waitingForSignals" || activity.phase === "waitingForOperator") return;
  const named = { activity: activity.id, attempt: activity.attempt };
  commands.push({ kind: "CancelActivity", ...named });
  if (activity.child !== undefined && isAwaitedChild(activity.resource))
    commands.push({ kind: "StopChild", ...named, child: activity.child });
  if (resourceKind(activity.resource) === "worker" && activity.phase === "running")
    commands.push({ kind: "WithdrawActivity", ...named });
};
