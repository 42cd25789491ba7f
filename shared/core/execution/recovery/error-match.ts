import type { Failure } from "../../failure.ts";

/** What a lost server leaves behind: repeated only by a retrier that names it (G4). */
export const interrupted = "Holdfast.Interrupted";

const matchesName = (name: string, error: string | undefined): boolean => {
  if (name === "States.ALL") return true;
  if (name === "States.TaskFailed") return error !== "States.Timeout";
  return name === error;
};

/** Whether one of the names of a retrier or catcher covers a failure. Nothing covers States.Runtime. */
export const matchesError = (names: readonly string[], failure: Failure): boolean =>
  failure.error !== "States.Runtime" && names.some((name) => matchesName(name, failure.error));
