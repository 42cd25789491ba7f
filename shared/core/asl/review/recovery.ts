import { type Scope, warning, within } from "../scope.ts";

interface Entry {
  readonly ErrorEquals: readonly string[];
}

/** Failures that a wildcard does not cover, by the wildcard. */
const exempt: Readonly<Record<string, readonly string[]>> = {
  "States.TaskFailed": ["States.ALL", "States.Timeout", "States.HeartbeatTimeout"],
  // A missed heartbeat is a time-out with a name of its own.
  "States.Timeout": [],
};

/** Whether everything that `name` covers is covered by `earlier` already. */
const covers = (earlier: string, name: string, noun: "retrier" | "catcher"): boolean => {
  if (earlier === name) return true;
  // Only a retrier that names it repeats what a lost server has interrupted.
  if (noun === "retrier" && name === "Holdfast.Interrupted") return false;
  if (earlier === "States.Timeout") return name === "States.HeartbeatTimeout";
  return earlier === "States.TaskFailed" && exempt[earlier]?.includes(name) === false;
};

/** Retriers and catchers that are never asked, since an earlier one covers the same errors. */
export const reviewRecovery = (
  scope: Scope,
  entries: readonly Entry[],
  noun: "retrier" | "catcher",
): void => {
  const seen: string[] = [];
  for (const [index, { ErrorEquals }] of entries.entries()) {
    for (const [place, name] of ErrorEquals.entries()) {
      const at = within(scope, index, "ErrorEquals", place);
      const earlier = seen.find((known) => covers(known, name, noun));
      if (name === "States.Runtime")
        warning(at, `no ${noun} is asked for "States.Runtime": it always fails`, "NEVER_MATCHES");
      else if (earlier !== undefined)
        warning(
          at,
          `this ${noun} never sees "${name}": an earlier one takes "${earlier}"; put it before, or remove it`,
          "NEVER_MATCHES",
        );
    }
    seen.push(...ErrorEquals);
  }
};
