import type { Retrier } from "../../asl/definition.ts";
import { retryDelaySecondsMax } from "../../limits.ts";
import { draw } from "../draws.ts";
import type { Fails, Interpreter } from "../interpreter.ts";
import type { Branch } from "../state.ts";
import { interrupted, matchesError } from "./error-match.ts";

/** Retry's defaults: https://states-language.net/#retrying-after-error */
const defaults = { intervalSeconds: 1, maxAttempts: 3, backoffRate: 2 };

/** What is repeated only by a retrier that names it: who asked for anything to be repeated did not mean that. */
const mustBeNamed = ({ failure }: Fails): boolean =>
  failure.error === interrupted || failure.isCompleted === true;

/** Whether a retrier is for a failure. */
export const covers = (retrier: Retrier, fails: Fails): boolean =>
  mustBeNamed(fails)
    ? retrier.ErrorEquals.some((name) => name === fails.failure.error)
    : matchesError(retrier.ErrorEquals, fails);

/** How long the retry after `count` earlier ones waits, before jitter. */
const delayMsOf = (retrier: Retrier, count: number): number => {
  const interval = retrier.IntervalSeconds ?? defaults.intervalSeconds;
  // The power may be infinite, which times nothing is not a number.
  if (interval === 0) return 0;
  const delay = interval * (retrier.BackoffRate ?? defaults.backoffRate) ** count;
  return Math.min(delay, retrier.MaxDelaySeconds ?? retryDelaySecondsMax) * 1000;
};

/**
 * Counts a retry of the branch's state against the first retrier that covers the failure, and
 * answers how long it waits; `undefined`: no retry.
 */
export const nextRetryDelayMs = (
  interpreter: Interpreter,
  branch: Branch,
  given: { readonly retriers: readonly Retrier[]; readonly fails: Fails },
): number | undefined => {
  const index = given.retriers.findIndex((retrier) => covers(retrier, given.fails));
  const retrier = given.retriers[index];
  if (retrier === undefined) return undefined;
  const retries = branch.retries ?? given.retriers.map(() => 0);
  const count = retries[index] ?? 0;
  if (count >= (retrier.MaxAttempts ?? defaults.maxAttempts)) return undefined;
  branch.retries = retries.with(index, count + 1);
  interpreter.inspection?.take?.(branch, "Retry", index);
  const delayMs = delayMsOf(retrier, count);
  return Math.floor(
    retrier.JitterStrategy === "FULL" ? delayMs * draw(interpreter.state) : delayMs,
  );
};
