import type { ProgressDropped, TakenOver } from "#core/execution/facts.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import type { EngineContext } from "./context.ts";
import type { Question } from "./questions.ts";
import { isSetAside } from "./suspects.ts";

interface TurnNames {
  readonly turnId: string;
  readonly executionId: string;
  readonly seq: number;
}

const droppedTexts: Readonly<Record<ProgressDropped["reason"], string>> = {
  lost: "what it had done since it was written last is lost with its server (persistence: none)",
  stale: "it stood still for longer than its process allows (freshness)",
};

/** What an execution has done is given up. */
const droppedEvent = (
  { executionId }: TurnNames,
  { reason, follows }: ProgressDropped,
): SystemEvent => ({
  severity: "warning",
  kind: reason === "lost" ? "execution-lost" : "execution-stale",
  message: `${executionId} ${follows === "end" ? "ends" : "starts over"}: ${droppedTexts[reason]}`,
  executionId,
});

/** A turn takes up what a turn that is gone has left. */
export const takenOverEvent = (turn: TurnNames, fact: TakenOver | ProgressDropped): SystemEvent => {
  if (fact.kind === "ProgressDropped") return droppedEvent(turn, fact);
  const { turnId, executionId } = turn;
  return {
    severity: "warning",
    kind: "execution-taken-over",
    message: `turn ${turnId} takes over ${executionId} from turn ${fact.fromTurn}, which is gone; activities interrupted: ${fact.interrupted.length}`,
    executionId,
  };
};

/** What became of an activity is for an operator to say. */
export const askedEvent = (executionId: string, asked: Question): SystemEvent => ({
  severity: "warning",
  kind: "operator-asked",
  message: `${executionId} asks what became of ${asked.state}, whose server was lost: holdfast show ${executionId}`,
  executionId,
  details: { activity: asked.activity, attempt: asked.attempt, state: asked.state },
});

/** A turn met an error that it cannot deal with; the execution stays as its log has it. */
export const turnFailedEvent = ({ executionId, seq }: TurnNames, cause: unknown): SystemEvent => ({
  severity: "error",
  kind: "turn-failed",
  message: `a turn of ${executionId} failed after record ${seq}; it is tried again later`,
  executionId,
  cause,
});

/** No turn could be taken for an execution. */
export const noTurnEvent = (executionId: string, cause: unknown): SystemEvent => ({
  severity: "error",
  kind: "turn-failed",
  message: `no turn could be taken for ${executionId}; it is tried again later`,
  executionId,
  cause,
});

/** An execution is left to servers of a newer release (G11). */
export const leftToNewerEvent = (executionId: string, cause: Error): SystemEvent => ({
  severity: "warning",
  kind: "execution-left",
  message: `${cause.message}; this server leaves it to others`,
  executionId,
  cause,
});

/** Reports that a turn failed; one that is set aside has been reported. */
export const reportFailure = (
  { onSystemEvent }: Pick<EngineContext, "onSystemEvent">,
  turn: TurnNames,
  cause: unknown,
): void => {
  if (!isSetAside(cause)) onSystemEvent(turnFailedEvent(turn, cause));
};
