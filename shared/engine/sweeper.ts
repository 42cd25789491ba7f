import { Alarm } from "./alarm.ts";
import type { EngineContext } from "./context.ts";
import type { Turns } from "./turns.ts";

/** Heads looked up at a time. */
const sweepBatch = 200;
/** An execution whose turn could not be taken is left alone this long, ms. */
const backOffMs = 1_000;

/**
 * Takes a turn for every execution whose head says that it is time (G5). It is the timer of Wait
 * states and the net under every lost work item: what it goes by is durable, so a missed wake-up
 * costs at most `sweepMs`.
 */
export class Sweeper {
  readonly #context: EngineContext;
  readonly #turns: Turns;
  readonly #alarm: Alarm;
  #isSweeping = false;
  #isClosed = false;
  /** Executions not to be tried again before an instant. */
  readonly #notBefore = new Map<string, number>();

  constructor(context: EngineContext, turns: Turns) {
    this.#context = context;
    this.#turns = turns;
    this.#alarm = new Alarm(context.clock, () => void this.#sweep());
  }

  /** Sweeps at `atMs` at the latest. */
  arm(atMs: number): void {
    if (!this.#isClosed) this.#alarm.set(atMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#alarm.cancel();
  }

  async #sweep(): Promise<void> {
    if (this.#isSweeping || this.#isClosed) return;
    this.#isSweeping = true;
    const { clock, platform, settings, onSystemEvent } = this.#context;
    const startedAtMs = clock.nowMs();
    let nextAtMs = startedAtMs + settings.sweepMs;
    try {
      if (await this.#takeDue(startedAtMs)) nextAtMs = clock.nowMs();
      else {
        // What was due before was tried just now, or there is no room for it.
        const dueAtMs = await platform.heads.nextDueAtMs(startedAtMs);
        if (dueAtMs !== undefined) nextAtMs = Math.min(nextAtMs, dueAtMs);
      }
    } catch (cause) {
      onSystemEvent({
        severity: "error",
        kind: "sweep-failed",
        message: "the sweep for overdue executions failed and is tried again",
        cause,
      });
    } finally {
      this.#isSweeping = false;
      this.arm(nextAtMs);
    }
  }

  /** Answers whether there may be more to take right now. */
  async #takeDue(nowMs: number): Promise<boolean> {
    const { platform } = this.#context;
    for (const [executionId, atMs] of this.#notBefore) {
      if (atMs <= nowMs) this.#notBefore.delete(executionId);
    }
    const due = await platform.heads.due(nowMs, sweepBatch + this.#notBefore.size);
    const wanted = due.filter(({ executionId }) => !this.#notBefore.has(executionId));
    let hasTaken = false;
    for (const { executionId, nextCheckAtMs = nowMs } of wanted) {
      if (this.#leaves(executionId, nextCheckAtMs)) continue;
      if (this.#isClosed || !this.#turns.hasRoom) return false;
      this.#notBefore.set(executionId, nowMs + backOffMs);
      hasTaken = true;
      await this.#take(executionId, { nowMs, overdueMs: nowMs - nextCheckAtMs });
    }
    return hasTaken && due.length >= sweepBatch;
  }

  /** Another server looks first, and this one later. */
  #leaves(executionId: string, dueAtMs: number): boolean {
    if (this.#turns.of(executionId) !== undefined) return false;
    const lookAtMs = this.#turns.sharing.lookAtMs(executionId, dueAtMs);
    if (lookAtMs <= this.#context.clock.nowMs()) return false;
    this.#notBefore.set(executionId, lookAtMs);
    this.arm(lookAtMs);
    return true;
  }

  async #take(
    executionId: string,
    { nowMs, overdueMs }: { readonly nowMs: number; readonly overdueMs: number },
  ): Promise<void> {
    const live = this.#turns.of(executionId);
    if (live !== undefined) {
      live.refreshHead();
      return;
    }
    // Whoever should have taken it up has not, or has not lived to tell.
    const isSuspect = overdueMs > this.#context.settings.leaseMs;
    const deferred = await this.#turns.take(executionId, undefined, isSuspect);
    if (deferred === undefined) return;
    this.#notBefore.set(executionId, Math.max(deferred.retryAtMs, nowMs));
    this.arm(deferred.retryAtMs);
  }
}
