/**
 * Workers: they ask for activities by name, and answer by the token that they are given.
 *
 * I28 An attempt is handed to a worker only when the record of its claim is durable (G1), and to one
 *     worker only: a claim that finds the attempt claimed, in whatever order two servers wrote, is late.
 */
import { assert, OrchestratorError } from "#core/errors.ts";
import type { OfferActivity, WithdrawActivity } from "#core/execution/commands.ts";
import type { Fact } from "#core/execution/facts.ts";
import { activityNameOf } from "#core/execution/resource-kind.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { inFlight } from "#core/execution/states/task.ts";
import type { EngineContext } from "./context.ts";
import { attemptOf } from "./drain.ts";
import type { ClaimedActivity, ClaimRequest } from "./engine.ts";
import { Listeners } from "./listeners.ts";
import { Poller } from "./poller.ts";
import type { Turns } from "./turns.ts";
import { type WaitingActivity, waitingActivities } from "./waiting-activities.ts";

/** Looks for what other servers have laid out this often while a worker waits, ms. */
const pollMs = 1_000;
/** An attempt of an execution that this server cannot go on with is left to others for so long, ms. */
const passOverMs = 10_000;
/** Attempts claimed at a time. */
const batchMax = 100;

export class Workers {
  readonly #context: EngineContext;
  readonly #turns: Pick<Turns, "tell">;
  readonly #waiting: ReturnType<typeof waitingActivities>;
  /** Who waits here, by name of the activity; first come first served. */
  readonly #pollers = new Map<string, Poller[]>();
  readonly #news = new Listeners();
  /** Executions that could not be gone on with here, until when they are passed over. */
  readonly #passedOver = new Map<string, number>();
  #isClosed = false;

  constructor(context: EngineContext, turns: Pick<Turns, "tell">) {
    this.#context = context;
    this.#turns = turns;
    this.#waiting = waitingActivities(context.platform.documents);
  }

  /** Lays out what a worker is to do, unless nobody waits for it any more. */
  async offer({ executionId, activities }: ExecutionState, command: OfferActivity): Promise<void> {
    const activity = activities[command.activity];
    if (activity?.attempt !== command.attempt || activity.phase !== "running") return;
    await this.#waiting.add(executionId, activity);
    this.#news.tell(activityNameOf(activity.resource) ?? "", undefined);
  }

  withdraw(executionId: string, { activity, attempt }: WithdrawActivity): Promise<void> {
    return this.#waiting.remove({ executionId, activity, attempt });
  }

  /** The next attempt of an activity, as soon as there is one; `undefined` when the time is over. */
  claim(name: string, request: ClaimRequest): Promise<ClaimedActivity | undefined> {
    if (this.#isClosed) return Promise.reject(stopping());
    if (request.signal?.aborted === true) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const poller: Poller = new Poller(this.#context.clock, request, {
        resolve,
        reject,
        over: () => this.#leave(name, poller),
      });
      const others = this.#pollers.get(name);
      this.#pollers.set(name, [...(others ?? []), poller]);
      if (others === undefined) void this.#serve(name);
      else this.#news.tell(name, undefined);
    });
  }

  /** Other servers may have laid something out. */
  lookAgain(): void {
    this.#news.tellAll(undefined, () => true);
  }

  /** Sends those who wait away: they ask another server. */
  close(): void {
    this.#isClosed = true;
    for (const pollers of [...this.#pollers.values()])
      for (const poller of pollers) poller.giveUp();
  }

  #leave(name: string, poller: Poller): void {
    const others = (this.#pollers.get(name) ?? []).filter((other) => other !== poller);
    if (this.#pollers.has(name)) this.#pollers.set(name, others);
    this.#news.tell(name, undefined);
  }

  /** One look at a time for all who wait for activities of a name. */
  async #serve(name: string): Promise<void> {
    const { clock } = this.#context;
    while (this.#pollersOf(name).length > 0) {
      // Listening begins before the look, so that what comes in between is not missed.
      const news = this.#news.next(name, { clock, timeoutMs: pollMs });
      const hasFound = await this.#handOut(name);
      if (hasFound) news.cancel();
      else await news.value;
    }
    this.#pollers.delete(name);
  }

  #pollersOf(name: string): readonly Poller[] {
    return this.#pollers.get(name) ?? [];
  }

  /** Answers whether there was anything to hand out. Never rejects: those who wait are told. */
  async #handOut(name: string): Promise<boolean> {
    try {
      const activities = await this.#look(name);
      const pollers = this.#pollersOf(name);
      const handing = activities.slice(0, pollers.length).map((waiting, place) => {
        const poller = pollers[place];
        assert(poller !== undefined, "there is somebody for each that is handed out");
        return poller.during(() => this.#tryToTake(waiting, poller.request));
      });
      await Promise.all(handing);
      return handing.length > 0;
    } catch (cause) {
      for (const poller of this.#pollersOf(name)) poller.fail(cause);
      return false;
    }
  }

  /** What waits, as far as this server can go on with it. */
  async #look(name: string): Promise<readonly WaitingActivity[]> {
    const nowMs = this.#context.clock.nowMs();
    for (const [executionId, untilMs] of this.#passedOver)
      if (untilMs <= nowMs) this.#passedOver.delete(executionId);
    const limit = batchMax + this.#passedOver.size;
    const { activities } = await this.#waiting.list(name, { limit });
    return activities.filter(({ executionId }) => !this.#passedOver.has(executionId));
  }

  /** Claims an attempt, unless its execution is one that this server cannot go on with: no worker is to suffer from it. */
  async #tryToTake(
    waiting: WaitingActivity,
    request: ClaimRequest,
  ): Promise<ClaimedActivity | undefined> {
    // Who is turned away by it, or gone meanwhile, takes nothing with it.
    await request.mayTake?.();
    if (request.signal?.aborted === true) return undefined;
    try {
      return await this.#take(waiting, request);
    } catch (cause) {
      if (cause instanceof OrchestratorError && cause.scope === "retry-call") throw cause;
      const { executionId } = waiting;
      this.#passedOver.set(executionId, this.#context.clock.nowMs() + passOverMs);
      this.#context.onSystemEvent({
        severity: "error",
        kind: "turn-failed",
        message: `an activity of ${executionId} could not be handed to a worker; it is passed over for a while`,
        executionId,
        cause,
      });
      return undefined;
    }
  }

  /** Whether a drain keeps an attempt that is laid out from being handed out. */
  #isDrained(state: ExecutionState, id: string): boolean {
    const activity = state.activities[id];
    if (activity === undefined) return false;
    return this.#context.drains?.holding(attemptOf(state, activity)) !== undefined;
  }

  /** Claims an attempt (I28); `undefined`: it waits no more, or is not to be handed out now. */
  async #take(
    waiting: WaitingActivity,
    { worker, by }: ClaimRequest,
  ): Promise<ClaimedActivity | undefined> {
    const { executionId, activity, attempt } = waiting;
    let claimed: ClaimedActivity | undefined;
    let isHeld = false;
    const told = await this.#turns.tell(executionId, (state) => {
      claimed = claimedOf(state, waiting);
      isHeld = claimed !== undefined && this.#isDrained(state, activity);
      if (isHeld) return [];
      const fact: Fact = {
        kind: "ActivityClaimed",
        activity,
        attempt,
        ...(worker !== undefined && { worker }),
        ...(by !== undefined && { by }),
      };
      return claimed === undefined ? [] : [fact];
    });
    if (told === "recorded") return claimed;
    if (isHeld) {
      this.#passedOver.set(executionId, this.#context.clock.nowMs() + passOverMs);
      return undefined;
    }
    await this.#waiting.remove(waiting);
    return undefined;
  }
}

/** What the worker is told of the attempt; `undefined` if it waits no more. */
const claimedOf = (state: ExecutionState, named: WaitingActivity): ClaimedActivity | undefined => {
  const activity = inFlight(state, named)?.activity;
  if (activity?.phase !== "running" || activity.token === undefined) return undefined;
  const { token, parameters, attempt, timeoutAtMs, heartbeatMs, checkpoint } = activity;
  return {
    token,
    input: parameters,
    executionId: state.executionId,
    state: activity.state,
    attempt,
    ...(timeoutAtMs !== undefined && { timeoutAtMs }),
    ...(heartbeatMs !== undefined && { heartbeatMs }),
    ...(checkpoint !== undefined && { checkpoint }),
  };
};

const stopping = () =>
  new OrchestratorError("server-stopping", "this server is stopping and hands out nothing more", {
    action: "ask again in a moment",
  });
