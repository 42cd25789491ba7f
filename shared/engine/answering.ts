import { OrchestratorError } from "#core/errors.ts";
import type { Fact } from "#core/execution/facts.ts";
import { isSameToken, parseToken } from "#core/execution/task-token.ts";
import type { TaskAnswer } from "./engine.ts";
import type { Turns } from "./turns.ts";

const factOf = (activity: string, attempt: number, answer: TaskAnswer): Fact => {
  const named = { activity, attempt };
  switch (answer.kind) {
    case "succeeded":
      return { kind: "ActivitySucceeded", ...named, output: answer.output };
    case "failed": {
      const { error, cause } = answer;
      return {
        kind: "ActivityFailed",
        ...named,
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      };
    }
    default:
      return { kind: "ActivityHeartbeat", ...named };
  }
};

/** Records what the holder of a task token says. */
export const answerTask = async (
  turns: Turns,
  token: string,
  answer: TaskAnswer,
): Promise<void> => {
  const named = parseToken(token);
  if (named === undefined) throw invalid();
  const told = await turns.tell(named.executionId, ({ activities }) => {
    const activity = activities[named.activity];
    if (activity?.token === undefined || activity.phase === "waitingToRetry") return [];
    if (!isSameToken(activity.token, token)) return [];
    return [factOf(activity.id, activity.attempt, answer)];
  });
  if (told === undefined) throw invalid();
  if (told !== "recorded") throw notWaiting(named.executionId);
};

const invalid = () =>
  new OrchestratorError("task-token-invalid", "this is not a task token of this environment", {
    action: "send the token as it was given, complete and unchanged",
  });

const notWaiting = (executionId: string) =>
  new OrchestratorError(
    "task-not-waiting",
    `no activity of ${executionId} waits for this token (any more)`,
    {
      action: "nothing is left to do: it was answered, has timed out, or its execution has ended",
      details: { executionId },
    },
  );
