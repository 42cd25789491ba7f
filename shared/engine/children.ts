/** Executions that activities of other executions start: their start, their end, their stop. */
import { assert, OrchestratorError } from "#core/errors.ts";
import type { StopChild } from "#core/execution/commands.ts";
import type { ChildEnd, ParentActivity } from "#core/execution/facts.ts";
import type { Program } from "#core/execution/program.ts";
import { waitsForToken } from "#core/execution/resource-kind.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import {
  type ChildRequest,
  childRequest,
  executionArn,
  nameInvalid,
  nameTaken,
  noSuchProcess,
  startedOutput,
} from "#core/execution/states/child.ts";
import type { Failure } from "#core/failure.ts";
import type { EngineContext } from "./context.ts";
import type { Started } from "./engine.ts";
import { Notices } from "./notices.ts";
import { startExecution } from "./starting.ts";
import type { AttemptResult, Place } from "./turn-context.ts";
import type { Turns } from "./turns.ts";
import { untilAnswered } from "./write-until-done.ts";

const failed = ({ error, cause }: Failure): AttemptResult => ({
  kind: "failed",
  error: error ?? "States.TaskFailed",
  cause: cause ?? "",
});

/** The failure of an activity whose child was refused; `undefined`: that was not refused but went wrong. */
const failureOf = (error: unknown, program: Program, activity: Activity): Failure | undefined => {
  if (!(error instanceof OrchestratorError)) return undefined;
  switch (error.code) {
    case "process-not-found":
      return noSuchProcess(activity);
    case "execution-name-invalid":
      return nameInvalid(activity);
    case "execution-name-taken":
      return nameTaken(activity, executionArn(program, activity.child ?? ""));
    default:
      return undefined;
  }
};

/** How an execution ended, for its parent. */
const endOf = (state: ExecutionState): ChildEnd => {
  const { executionId, process, name, status, startedAtMs, stoppedAtMs } = state;
  assert(status !== "RUNNING" && stoppedAtMs !== undefined, `I26 ${executionId} has not ended`);
  const { output, error, cause } = state;
  return {
    executionId,
    process,
    name,
    status,
    startedAtMs,
    stoppedAtMs,
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
};

export class Children {
  readonly #context: EngineContext;
  readonly #turns: Turns;
  readonly #notices: Notices;
  /** Starts under way, by the child's id: whoever stops a child waits for its start. */
  readonly #starting = new Map<string, Promise<unknown>>();

  constructor(context: EngineContext, turns: Turns) {
    this.#context = context;
    this.#turns = turns;
    this.#notices = new Notices(turns);
  }

  /** Starts the execution that an activity asks for; the same again finds it started (G6). */
  async start({ program, state }: Place, activity: Activity): Promise<AttemptResult> {
    const request = childRequest(state, activity);
    if ("failure" in request) return failed(request.failure);
    const parent: ParentActivity = {
      executionId: state.executionId,
      activity: activity.id,
      attempt: activity.attempt,
      ...(request.isAwaited && { isAwaited: true as const }),
    };
    try {
      const started = await this.#begin(request, parent);
      const output = startedOutput(program, activity, started);
      const goesOn = request.isAwaited || waitsForToken(activity.resource);
      return { kind: goesOn ? "submitted" : "succeeded", output };
    } catch (error) {
      const failure = failureOf(error, program, activity);
      if (failure === undefined) throw error;
      return failed(failure);
    }
  }

  /** Tells the parent of an execution that has ended. */
  async notify(state: ExecutionState): Promise<void> {
    const { parent } = state;
    if (parent === undefined) return;
    const { executionId, activity, attempt } = parent;
    const { output, error, cause, ...lean } = endOf(state);
    // A map run counts its children and reads what they are from their own logs.
    const child = state.part?.kind === "item" ? lean : endOf(state);
    await this.#notices.tell(executionId, { kind: "ChildEnded", activity, attempt, child });
  }

  /** Stops an execution that an activity of `executionId` has started; one that has ended stays as it is. */
  async stop(executionId: string, { child, activity, attempt }: StopChild): Promise<void> {
    await this.#starting.get(child);
    await this.#turns.tell(child, ({ parent }) => {
      const isOurs =
        parent?.executionId === executionId &&
        parent.activity === activity &&
        parent.attempt === attempt;
      const cause = "The execution that started it does not wait for it any more.";
      return isOurs ? [{ kind: "StopRequested", by: `execution:${executionId}`, cause }] : [];
    });
  }

  async #begin(request: ChildRequest, parent: ParentActivity): Promise<Started> {
    const { isAwaited: _, ...asked } = request;
    const startedBy = `execution:${parent.executionId}`;
    const key = `${request.process}:${request.name}`;
    // A storage that does not answer for a while fails no activity.
    const starting = untilAnswered(this.#context, () =>
      startExecution(this.#context, this.#turns, { ...asked, startedBy, parent }),
    );
    this.#starting.set(
      key,
      starting.catch(() => undefined),
    );
    try {
      return await starting;
    } finally {
      this.#starting.delete(key);
    }
  }
}
