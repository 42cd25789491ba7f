import type { ProgressDropped, TakenOver } from "#core/execution/facts.ts";
import type { SystemEvent } from "#ports/system-event.ts";

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

/** A turn met an error that it cannot deal with; the execution stays as its log has it. */
export const turnFailedEvent = ({ executionId, seq }: TurnNames, cause: unknown): SystemEvent => ({
  severity: "error",
  kind: "turn-failed",
  message: `a turn of ${executionId} failed after record ${seq}; it is tried again later`,
  executionId,
  cause,
});
