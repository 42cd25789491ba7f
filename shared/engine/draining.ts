import type { SystemEvent } from "#ports/system-event.ts";
import { Alarm } from "./alarm.ts";
import type { EngineContext } from "./context.ts";
import type { Drain } from "./drain.ts";
import type { Drains } from "./drains.ts";
import type { ExecutionTurn } from "./execution-turn.ts";
import { holdsSome } from "./held-back.ts";
import type { InFlightActivity } from "./in-flight.ts";
import { resolutionOf } from "./resolution.ts";
import type { Turns } from "./turns.ts";

/** A drain whose deadline passed and that something is in flight under, told once. */
const overdueEvent = ({ drainId, onDeadline, beganAtMs }: Drain, count: number): SystemEvent => ({
  severity: "warning",
  kind: "drain-overdue",
  message: `the deadline of the drain ${drainId} has passed with ${count} activities in flight here; ${
    onDeadline === "wait" ? "they are waited for" : "they are interrupted by their rules"
  }`,
  details: { drain: drainId, beganAtMs, count },
});

/** Aborts attempts that run in a turn and resolves each by its rule, as if the server had died. */
const giveUp = (
  turn: ExecutionTurn,
  attempts: readonly InFlightActivity[],
  { runner, drain }: { readonly runner: EngineContext["runner"]; readonly drain: Drain },
): void => {
  if (attempts.length === 0) return;
  const interrupted = attempts.flatMap(({ activity: id, attempt }) => {
    const activity = turn.state.activities[id];
    if (activity === undefined) return [];
    turn.running.cancel(id, attempt);
    return { activity: id, attempt, resolution: resolutionOf(turn.place(), activity, runner) };
  });
  const { drainId } = drain;
  void turn.tell([{ kind: "TakenOver", fromTurn: turn.turnId, drain: drainId, interrupted }]);
};

/** Drains whose deadline has passed, each once. */
class Deadlines {
  readonly #alarm: Alarm;
  readonly #context: Pick<EngineContext, "clock">;
  readonly #passed: (drain: Drain) => void;
  /** Those that were told, as `<drainId>#<deadline>`. */
  readonly #told = new Set<string>();
  #drains: readonly Drain[] = [];

  constructor(context: Pick<EngineContext, "clock">, passed: (drain: Drain) => void) {
    this.#context = context;
    this.#passed = passed;
    this.#alarm = new Alarm(context.clock, () => this.#look());
  }

  watch(drains: readonly Drain[]): void {
    this.#drains = drains;
    this.#alarm.cancel();
    this.#look();
  }

  close(): void {
    this.#alarm.cancel();
  }

  #look(): void {
    const nowMs = this.#context.clock.nowMs();
    for (const drain of this.#drains) {
      const { drainId, deadlineAtMs, beganAtMs } = drain;
      const key = `${drainId}#${beganAtMs}#${deadlineAtMs}`;
      if (deadlineAtMs === undefined || this.#told.has(key)) continue;
      if (deadlineAtMs > nowMs) {
        this.#alarm.set(deadlineAtMs);
        continue;
      }
      this.#told.add(key);
      this.#passed(drain);
    }
  }
}

/** Lets this server act on the drains as they come, go and pass their deadlines; the result ends it. */
const actOnDrains = (context: EngineContext, drains: Drains, turns: Turns): (() => void) => {
  const { runner, onSystemEvent } = context;
  const deadlines = new Deadlines(context, (drain) => {
    let count = 0;
    for (const turn of [...turns.live]) {
      const covered = [...turn.running.inFlight(turn.state)].filter(
        (each) => turn.running.has(each.activity, each.attempt) && drains.isCovered(drain, each),
      );
      count += covered.length;
      if (drain.onDeadline === "interrupt") giveUp(turn, covered, { runner, drain });
    }
    if (count > 0) onSystemEvent(overdueEvent(drain, count));
  });
  const unsubscribe = drains.onChange((all, before) => {
    turns.pause("drained", drains.isServerDrained);
    const isLifted = before.some(({ drainId }) => !all.some((drain) => drain.drainId === drainId));
    // What it held may begin now.
    if (isLifted) for (const turn of turns.live) if (holdsSome(turn.state)) turn.lookAgain();
    deadlines.watch(all);
  });
  return () => {
    unsubscribe();
    deadlines.close();
  };
};

/**
 * Calls `begin` when this server knows what is drained and what is set aside: at once where nothing ever
 * is, and then resolves `isKnown`.
 */
export const underControl = (
  context: EngineContext,
  turns: Turns,
  begin: () => void,
): { readonly isKnown: Promise<void>; readonly leave: () => void } => {
  const { drains, suspects } = context;
  if (drains === undefined && suspects === undefined) {
    begin();
    return { isKnown: Promise.resolve(), leave: () => {} };
  }
  const leaveDrains = drains && actOnDrains(context, drains, turns);
  turns.pause("drained", true);
  const isKnown = Promise.all([drains?.open(), suspects?.open()]).then(() => {
    turns.pause("drained", drains?.isServerDrained === true);
    begin();
  });
  const leave = () => {
    leaveDrains?.();
    drains?.close();
    suspects?.close();
  };
  return { isKnown, leave };
};
