import type { Command } from "#core/execution/commands.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { ActivityRequest, ActivityResult, ActivityRunner } from "#ports/activity-runner.ts";

/** An attempt that runs: what its adapter is given, and the means to abort it. */
class RunningAttempt implements ActivityRequest {
  readonly executionId: string;
  readonly process: string;
  readonly state: string;
  readonly activity: string;
  readonly attempt: number;
  readonly resource: string;
  readonly parameters: Json;
  /** Does nothing where no deadline depends on it. */
  readonly heartbeat: () => void;
  #controller: AbortController | undefined;

  constructor(execution: ExecutionState, activity: Activity, beat: () => void) {
    this.executionId = execution.executionId;
    this.process = execution.process;
    this.state = activity.state;
    this.activity = activity.id;
    this.attempt = activity.attempt;
    this.resource = activity.resource;
    this.parameters = activity.parameters;
    this.heartbeat = activity.heartbeatMs === undefined ? noHeartbeat : beat;
  }

  /** Most activities never look at it, so it is made on demand. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(): void {
    this.#controller?.abort();
  }
}

const noHeartbeat = () => {};

/** The attempts that run in one turn, by activity. */
export class RunningActivities {
  readonly #runner: ActivityRunner;
  readonly #finished: (activity: string, attempt: number, result: ActivityResult) => void;
  readonly #heartbeat: (activity: string, attempt: number) => void;
  readonly #running = new Map<string, RunningAttempt>();

  constructor(options: {
    readonly runner: ActivityRunner;
    readonly finished: (activity: string, attempt: number, result: ActivityResult) => void;
    readonly heartbeat: (activity: string, attempt: number) => void;
  }) {
    this.#runner = options.runner;
    this.#finished = options.finished;
    this.#heartbeat = options.heartbeat;
  }

  get size(): number {
    return this.#running.size;
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

  /** Starts an attempt; its result comes through `finished`, at once where the activity answers at once. */
  start(state: ExecutionState, activity: Activity): void {
    const { id, attempt } = activity;
    const running = new RunningAttempt(state, activity, () => {
      if (this.#running.get(id) === running) this.#heartbeat(id, attempt);
    });
    this.#running.set(id, running);
    const result = this.#runner.run(running);
    if (result instanceof Promise) {
      result.then(
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

  #end(activity: string, running: RunningAttempt, result: ActivityResult): void {
    if (this.#running.get(activity) !== running) return;
    this.#running.delete(activity);
    this.#finished(activity, running.attempt, result);
  }
}

const runnerFailed: ActivityResult = {
  kind: "failed",
  error: "States.TaskFailed",
  cause: "The activity ended in an error of its adapter that the adapter did not describe.",
};
