import type { WriteOutcome } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";
import type { ExecutionTurn } from "./execution-turn.ts";
import { isOnItsOwn } from "./on-its-own.ts";
import type { Turns } from "./turns.ts";

/** Renews the leases and the work items of the turns that live on. */
const renew = async (context: EngineContext, live: Iterable<ExecutionTurn>): Promise<void> => {
  const { clock, settings, platform } = context;
  const nowMs = clock.nowMs();
  const due = [...live].filter(({ lease }) => lease.renewAtMs <= nowMs);
  if (due.length === 0) return;
  const untilMs = nowMs + settings.leaseMs;
  const leases = due
    .filter(({ running }) => running.size > 0)
    .map(({ executionId, turnId, seq }) => ({ executionId, turn: turnId, seq }));
  // A server that stood still may have been given up: the log tells.
  for (const turn of due)
    if (turn.running.size > 0 && turn.lease.untilMs <= nowMs) turn.lookAgain();
  if (!isOnItsOwn(context)) for (const turn of due) turn.keepHead(nowMs);
  const itemIds = due.flatMap(({ itemId }) => (itemId === undefined ? [] : [itemId]));
  const outcome = await platform.journal.write([
    { kind: "RenewLeases", leases, untilMs },
    {
      kind: "ExtendItems",
      itemIds,
      visibleAtMs: nowMs + (settings.itemHiddenMs ?? settings.leaseMs),
    },
  ]);
  // What runs nothing has had no lease to renew, and is not to believe so.
  const renewed = new Set(leases.map(({ executionId }) => executionId));
  noteRenewed(due, outcome, { nowMs, renewed, ...settings });
};

interface Renewed {
  readonly nowMs: number;
  readonly leaseMs: number;
  /** Executions whose leases were renewed. */
  readonly renewed: ReadonlySet<string>;
}

const noteRenewed = (
  due: readonly ExecutionTurn[],
  outcome: WriteOutcome,
  { nowMs, leaseMs, renewed }: Renewed,
): void => {
  const outdated = new Set(outcome.kind === "written" ? outcome.outdated : []);
  for (const turn of due) {
    turn.lease.renewAtMs = nowMs + leaseMs / 3;
    // Somebody has written to its log: whether the lease is still its own the log tells.
    if (outdated.has(turn.executionId)) turn.lookAgain();
    else if (renewed.has(turn.executionId)) {
      // It comes so late that another server may have seen the lease run out: nothing goes on behind it alone.
      if (!turn.lease.mayStart) turn.lookAgain();
      turn.lease.untilMs = Math.max(turn.lease.untilMs, nowMs + leaseMs);
    }
  }
};

/** Renews the leases of the turns from time to time; the result ends it. */
export const renewing = (context: EngineContext, turns: Turns, isClosed: () => boolean) => {
  let cancel = () => {};
  const renewLater = () => {
    if (isClosed() && turns.size === 0) return;
    cancel = context.clock.after(context.settings.leaseMs / 3, () => {
      renew(context, turns.live).then(renewLater, (cause: unknown) => {
        const message = "leases could not be renewed and are tried again";
        context.onSystemEvent({ severity: "error", kind: "storage-failing", message, cause });
        renewLater();
      });
    });
  };
  renewLater();
  return () => cancel();
};
