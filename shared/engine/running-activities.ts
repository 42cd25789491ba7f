import { OrchestratorError } from "#core/errors.ts";
import { calledBy } from "#core/execution/called.ts";
import type { Command } from "#core/execution/commands.ts";
import { calledResource, resourceKind, waitsForToken } from "#core/execution/resource-kind.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { ActivityRequest, ActivityResult } from "#ports/activity-runner.ts";
import { factOf } from "./fact-of.ts";
import { type InFlightActivity, inFlightOf } from "./in-flight.ts";
import { type LateResult, lateAttemptMs } from "./late-results.ts";
import type { Offer } from "./mailbox.ts";
import { questionsOf } from "./questions.ts";
import type { AttemptResult, Place, TurnContext } from "./turn-context.ts";
import { askedEvent } from "./turn-events.ts";

/** An attempt that runs: what its adapter is given, and the means to abort it. */
class RunningAttempt implements ActivityRequest {
  readonly executionId: string;
  readonly process: string;
  readonly state: string;
  readonly activity: string;
  readonly attempt: number;
  /** What is called. */
  readonly resource: string;
  /** Whether the result comes from whom the token was given to. */
  readonly givesToken: boolean;
  readonly parameters: Json;
  readonly isProbe: boolean;
  readonly credentials?: Json;
  readonly checkpoint?: Json;
  /** Does nothing where no deadline depends on it. */
  readonly heartbeat: () => void;
  readonly #tell: Tell;
  #controller: AbortController | undefined;
  /** Another server has taken it over; if it ends all the same, people are told. */
  isTakenOver = false;

  constructor(execution: ExecutionState, activity: Activity, tell: Tell) {
    const { resource, parameters } = calledBy(activity);
    this.givesToken = waitsForToken(resource);
    this.executionId = execution.executionId;
    this.process = execution.process;
    this.state = activity.state;
    this.activity = activity.id;
    this.attempt = activity.attempt;
    this.resource = this.givesToken ? calledResource(resource) : resource;
    this.parameters = parameters;
    this.isProbe = activity.interrupted?.probe?.isOwn === true;
    if (activity.credentials !== undefined) this.credentials = activity.credentials;
    if (activity.checkpoint !== undefined) this.checkpoint = activity.checkpoint;
    this.#tell = tell;
    this.heartbeat = activity.heartbeatMs === undefined ? noHeartbeat : () => this.#beat();
  }

  /** Most activities never look at it, so it is made on demand. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(): void {
    this.isTakenOver = false;
    this.#controller?.abort();
  }

  saveCheckpoint(checkpoint: Json): Promise<void> {
    const { activity, attempt } = this;
    return new Promise((resolve, reject) => {
      this.#tell(this, {
        fact: { kind: "ActivityCheckpoint", activity, attempt, checkpoint },
        settled: (outcome) => (outcome === "recorded" ? resolve() : reject(notWaiting(this))),
      });
    });
  }

  #beat(): void {
    const { activity, attempt } = this;
    this.#tell(this, { fact: { kind: "ActivityHeartbeat", activity, attempt } });
  }
}

/** Offers what a running attempt has to record. */
type Tell = (running: RunningAttempt, offer: Offer) => void;

const notWaiting = ({ executionId, state }: RunningAttempt) =>
  new OrchestratorError(
    "task-not-waiting",
    `nobody waits any more for this attempt of ${state} of ${executionId}: its checkpoint is not saved`,
    { action: "give the attempt up", details: { executionId } },
  );

const noHeartbeat = () => {};

/** The attempts that run in one turn, by activity. */
export class RunningActivities {
  readonly #context: Pick<TurnContext, "runner" | "handOff" | "clock" | "onSystemEvent">;
  readonly #told: (offer: Offer) => void;
  readonly #late: (late: LateResult) => void;
  readonly #running = new Map<string, RunningAttempt>();

  constructor(options: {
    readonly context: Pick<TurnContext, "runner" | "handOff" | "clock" | "onSystemEvent">;
    /** A running attempt has something to record: its result, or that it is alive. */
    readonly told: (offer: Offer) => void;
    /** An attempt that was taken over has ended. */
    readonly late: (late: LateResult) => void;
  }) {
    this.#context = options.context;
    this.#told = options.told;
    this.#late = options.late;
  }

  /** What an attempt says that nobody waits for is lost. */
  readonly #tell: Tell = (running, offer) => {
    if (this.#running.get(running.activity) === running) this.#told(offer);
    else offer.settled?.("lost");
  };

  get size(): number {
    return this.#running.size;
  }

  /** What adapters run, or will as soon as the record of it is durable: the state is ahead of the log. */
  *inFlight(state: ExecutionState): Generator<InFlightActivity> {
    const { executionId, process, activities } = state;
    for (const activity of Object.values(activities)) {
      const { phase, held, turn, id, attempt } = activity;
      const isBegun = phase === "running" && held === undefined && turn !== undefined;
      const { resource } = calledBy(activity);
      if (resourceKind(resource) !== "adapter" || !(isBegun || this.has(id, attempt))) continue;
      yield inFlightOf({ executionId, process, resource: calledResource(resource) }, activity);
    }
  }

  has(activity: string, attempt: number): boolean {
    return this.#running.get(activity)?.attempt === attempt;
  }

  /** How many there will be once `commands` are carried out. */
  sizeAfter(commands: readonly Command[]): number {
    let size = this.#running.size;
    for (const command of commands) {
      if (command.kind === "RunActivity") size += 1;
      else if (command.kind === "CancelActivity" && this.has(command.activity, command.attempt))
        size -= 1;
    }
    return size;
  }

  /**
   * Aborts what is cancelled, starts what is to run and tells of questions. Starts need a lease with enough left of it
   * (I20): without one they are answered, to be claimed anew.
   */
  carryOut(
    place: Place,
    commands: readonly Command[],
    { mayStart }: { readonly mayStart: boolean },
  ): readonly Command[] {
    const late: Command[] = [];
    for (const command of commands) {
      if (command.kind === "CancelActivity") this.cancel(command.activity, command.attempt);
      if (command.kind === "AskOperator") this.#tellOfQuestion(place, command.activity);
      if (command.kind !== "RunActivity") continue;
      const activity = place.state.activities[command.activity];
      if (!mayStart) late.push(command);
      else if (activity?.attempt === command.attempt) this.start(place, activity);
    }
    return late;
  }

  #tellOfQuestion({ state }: Place, activity: string): void {
    const asked = questionsOf(state).find((question) => question.activity === activity);
    if (asked !== undefined) this.#context.onSystemEvent(askedEvent(state.executionId, asked));
  }

  /** Lets go of every attempt that is not wanted; if it may have been taken over, what comes of it in a while is told. */
  keepWanted(
    isWanted: (activity: string, attempt: number) => boolean,
    { mayBeLate }: { readonly mayBeLate: boolean },
  ): void {
    if (mayBeLate)
      for (const [activity, running] of this.#running)
        if (!isWanted(activity, running.attempt)) this.#leave(activity, running);
    this.keepOnly(isWanted);
  }

  #leave(activity: string, running: RunningAttempt): void {
    this.#running.delete(activity);
    running.isTakenOver = true;
    this.#context.clock.after(lateAttemptMs, () => running.abort());
  }

  /** Starts an attempt; its result comes through `told`, at once where the activity answers at once. */
  start(place: Place, activity: Activity): void {
    const { id } = activity;
    const running = new RunningAttempt(place.state, activity, this.#tell);
    this.#running.set(id, running);
    const result =
      resourceKind(activity.resource) === "adapter"
        ? this.#context.runner.run(running)
        : this.#context.handOff(place, activity);
    if (result instanceof Promise) {
      (result as Promise<AttemptResult>).then(
        (answer) => this.#end(id, running, answer),
        () => this.#end(id, running, runnerFailed),
      );
    } else this.#end(id, running, result);
  }

  /** Nobody waits for this attempt any more. */
  cancel(activity: string, attempt: number): void {
    const running = this.#running.get(activity);
    if (running?.attempt !== attempt) return;
    this.#running.delete(activity);
    running.abort();
  }

  /** Cancels every attempt that `isWanted` does not name. */
  keepOnly(isWanted: (activity: string, attempt: number) => boolean): void {
    for (const [activity, { attempt }] of this.#running) {
      if (!isWanted(activity, attempt)) this.cancel(activity, attempt);
    }
  }

  #end(activity: string, running: RunningAttempt, answer: AttemptResult): void {
    const { attempt, state, isTakenOver } = running;
    const isCurrent = this.#running.get(activity) === running;
    if (!isCurrent && !isTakenOver) return;
    const isSubmitted = running.givesToken && answer.kind === "succeeded";
    const result: AttemptResult = isSubmitted
      ? { kind: "submitted", output: answer.output }
      : answer;
    const fact = factOf({ activity, attempt, result });
    if (isCurrent) {
      this.#running.delete(activity);
      this.#told({ fact });
    } else this.#late({ fact, state });
  }
}

const runnerFailed: ActivityResult = {
  kind: "failed",
  error: "States.TaskFailed",
  cause: "The activity ended in an error of its adapter that the adapter did not describe.",
};
