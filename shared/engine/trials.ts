import { resourceKind, waitsForToken } from "#core/execution/resource-kind.ts";
import type { TestStateCall } from "#core/test-state/answer.ts";
import type { ActivityResult, ActivityRunner } from "#ports/activity-runner.ts";
import type { Clock, Entropy } from "#ports/clock.ts";
import type { Drains } from "./drains.ts";

/** A call that is tried: `untried` where only an execution can make it. */
export type Tried =
  | ActivityResult
  | { readonly kind: "untried" }
  | { readonly kind: "held"; readonly drain: string };

/**
 * Carries out the call of a state that is tested, once and outside of any execution: nothing is kept of it,
 * and if the server dies nobody knows what became of it.
 */
export type Trials = (
  call: TestStateCall & { readonly state: string },
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<Tried>;

/** Stands for the process that a tested state is of. */
const process = "TestState";

const idBytes = 8;

/** What an adapter does and then has done with; executions, tokens and workers are none of it. */
const isTryable = (resource: string): boolean =>
  resource !== "" &&
  resourceKind(resource) === "adapter" &&
  !waitsForToken(resource) &&
  !/\.sync(?::2)?$/.test(resource);

const timedOut: ActivityResult = {
  kind: "failed",
  error: "States.Timeout",
  cause: "The state took longer than it may.",
};

/** Makes trials by the adapters of this server. */
export const createTrials =
  ({
    runner,
    drains,
    clock,
    entropy,
  }: {
    readonly runner: Pick<ActivityRunner, "run">;
    readonly drains: Pick<Drains, "holding">;
    readonly clock: Pick<Clock, "after">;
    readonly entropy: Pick<Entropy, "hex">;
  }): Trials =>
  async ({ resource, parameters, credentials, state, timeoutMs: ownMs }, { timeoutMs, signal }) => {
    if (!isTryable(resource)) return { kind: "untried" };
    const drain = drains.holding({ process, resource, parameters });
    if (drain !== undefined) return { kind: "held", drain: drain.drainId };
    const controller = new AbortController();
    let cancel = () => {};
    const late = new Promise<ActivityResult>((resolve) => {
      const give = () => {
        controller.abort();
        resolve(timedOut);
      };
      cancel = clock.after(Math.min(ownMs ?? timeoutMs, timeoutMs), give);
      if (signal.aborted) give();
      else signal.addEventListener("abort", give, { once: true });
    });
    const run = async () =>
      runner.run({
        executionId: `${process}:${entropy.hex(idBytes)}`,
        process,
        state,
        activity: "0.1",
        attempt: 1,
        resource,
        parameters,
        ...(credentials !== undefined && { credentials }),
        signal: controller.signal,
        heartbeat: () => {},
        saveCheckpoint: async () => {},
      });
    try {
      return await Promise.race([run(), late]);
    } finally {
      cancel();
    }
  };
