import { OrchestratorError } from "#core/errors.ts";
import type { ActivityResolved, Fact } from "#core/execution/facts.ts";
import { isWithin } from "#core/execution/measure.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import { isSameToken, parseToken } from "#core/execution/task-token.ts";
import type { Json } from "#core/json.ts";
import { checkpointSizeMax } from "#core/limits.ts";
import type { Answered, TaskAnswer } from "./engine.ts";
import type { Turns } from "./turns.ts";

/** Who answers for an interrupted activity by its token. */
const byToken = "task token";

/** The call was made before its server was lost: that much is known, if its token comes back. */
const resolvedBy = (
  named: Pick<ActivityResolved, "activity" | "attempt">,
  { kind: resolution, ...answer }: Exclude<TaskAnswer, { kind: "heartbeat" }>,
): Fact => ({ kind: "ActivityResolved", ...named, resolution, by: byToken, ...answer });

const factOf = (activity: Activity, answer: TaskAnswer): Fact => {
  const named = { activity: activity.id, attempt: activity.attempt };
  if (activity.interrupted !== undefined && answer.kind !== "heartbeat")
    return resolvedBy(named, answer);
  switch (answer.kind) {
    case "succeeded":
      return {
        kind: "ActivitySucceeded",
        ...named,
        output: answer.output,
        ...(answer.by !== undefined && { by: answer.by }),
      };
    case "failed": {
      const { error, cause, by } = answer;
      return {
        kind: "ActivityFailed",
        ...named,
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
        ...(by !== undefined && { by }),
      };
    }
    default:
      return answer.checkpoint === undefined
        ? { kind: "ActivityHeartbeat", ...named }
        : { kind: "ActivityCheckpoint", ...named, checkpoint: answer.checkpoint };
  }
};

/** The activity whose current attempt has the token. */
const holderOf = (
  { activities }: ExecutionState,
  { activity: id, token }: { readonly activity: string; readonly token: string },
): Activity | undefined => {
  const activity = activities[id];
  if (activity?.token === undefined || activity.phase === "waitingToRetry") return undefined;
  return isSameToken(activity.token, token) ? activity : undefined;
};

/** A heartbeat that no deadline depends on is nothing to record. */
const isIdle = ({ heartbeatMs, interrupted }: Activity, answer: TaskAnswer): boolean =>
  answer.kind === "heartbeat" &&
  ((heartbeatMs === undefined && answer.checkpoint === undefined) || interrupted !== undefined);

/** Records what the holder of a task token says. */
export const answerTask = async (
  turns: Pick<Turns, "tell">,
  token: string,
  answer: TaskAnswer,
): Promise<Answered> => {
  const named = parseToken(token);
  if (named === undefined) throw taskTokenInvalid();
  if (answer.kind === "heartbeat") mustBeSmall(answer.checkpoint);
  const { executionId, activity } = named;
  let holder: Activity | undefined;
  const told = await turns.tell(executionId, (state) => {
    holder = holderOf(state, { activity, token });
    if (holder === undefined) return [];
    return isIdle(holder, answer) ? [] : [factOf(holder, answer)];
  });
  if (told === undefined) throw taskNotFound(executionId);
  if (told === "ended" || holder === undefined) throw notWaiting(executionId);
  return { executionId, state: holder.state };
};

const mustBeSmall = (checkpoint: Json | undefined): void => {
  if (checkpoint === undefined || isWithin(checkpoint, checkpointSizeMax)) return;
  throw new OrchestratorError(
    "checkpoint-too-large",
    `the checkpoint has more than ${checkpointSizeMax} characters of JSON`,
    {
      action: "keep the data elsewhere, and send where it is",
      details: { limit: checkpointSizeMax },
    },
  );
};

/** The answer to what is no task token; `error` is the name that Step Functions has for it. */
export const taskTokenInvalid = (): OrchestratorError =>
  new OrchestratorError("task-token-invalid", "this is not a task token", {
    action: "send the token as it was given, complete and unchanged",
    details: { error: "InvalidToken" },
  });

/** The answer to a token of an execution that is not there. */
export const taskNotFound = (executionId: string): OrchestratorError =>
  new OrchestratorError(
    "task-not-found",
    `the execution ${executionId} of this task token is not in this environment`,
    {
      action: "send it to the environment that gave it",
      details: { executionId, error: "TaskDoesNotExist" },
    },
  );

const notWaiting = (executionId: string) =>
  new OrchestratorError(
    "task-not-waiting",
    `no activity of ${executionId} waits for this token (any more)`,
    {
      action: "nothing is left to do: it was answered, has timed out, or its execution has ended",
      details: { executionId, error: "TaskTimedOut" },
    },
  );
