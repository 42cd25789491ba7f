import type { Fails } from "../interpreter.ts";

/** What a lost server leaves behind: repeated only by a retrier that names it (G4). */
export const interrupted = "Holdfast.Interrupted";

type Failed = Pick<Fails, "failure" | "alias">;

const matchesName = (name: string, { failure, alias }: Failed): boolean => {
  if (name === "States.ALL") return true;
  if (name === "States.TaskFailed") return failure.error !== "States.Timeout";
  return name === failure.error || name === alias;
};

/** Whether one of the names of a retrier or catcher covers a failure. Nothing covers States.Runtime. */
export const matchesError = (names: readonly string[], failed: Failed): boolean =>
  failed.failure.error !== "States.Runtime" && names.some((name) => matchesName(name, failed));
