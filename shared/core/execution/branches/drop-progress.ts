import type { ProgressDropped } from "../facts.ts";
import type { Interpreter } from "../interpreter.ts";
import { end } from "./endings.ts";
import { startOver } from "./start.ts";

const failures: Readonly<Record<ProgressDropped["reason"], { error: string; cause: string }>> = {
  lost: {
    error: "Holdfast.Lost",
    cause:
      "The server was lost that worked on it. Its process says that nothing is kept until the end (persistence: none) and that what is lost is skipped (onLoss: skip).",
  },
  stale: {
    error: "Holdfast.Stale",
    cause:
      "It stood still for longer than its process allows (freshness), and its process says that it is dropped then (onStale: drop).",
  },
};

/** Gives up what an execution has done so far: it ends, or begins once more. */
export const dropProgress = (
  interpreter: Interpreter,
  { reason, follows }: ProgressDropped,
): void => {
  if (follows === "end") end(interpreter, "FAILED", failures[reason]);
  else startOver(interpreter, reason);
};
