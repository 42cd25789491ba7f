import type { Activity, ExecutionState } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";

/** What an operator is asked: what became of an activity whose server was lost, and all that is known of it. */
export interface Question {
  readonly activity: string;
  /** The attempt that an answer is to name. */
  readonly attempt: number;
  readonly state: string;
  readonly resource: string;
  readonly parameters: Json;
  readonly why: string;
  readonly sinceMs: number;
  /** When it fails unless it is answered. */
  readonly untilMs?: number;
  /** The server that was lost. */
  readonly server: string;
  /** When the attempt that it ran began. */
  readonly startedAtMs: number;
}

/** Name of a server, perhaps which run of it, and a number: what turns are called. */
const turnName = /^(server-[0-9a-f]{8}|.+?)(-[0-9a-f]{8})?-[0-9a-z]+$/;

const serverOf = (turn: string): string => turnName.exec(turn)?.[1] ?? turn;

const questionOf = (activity: Activity): Question | undefined => {
  const { id, attempt, state, resource, parameters, timeoutAtMs, interrupted } = activity;
  if (interrupted?.question === undefined) return undefined;
  return {
    activity: id,
    attempt,
    state,
    resource,
    parameters,
    ...interrupted.question,
    ...(timeoutAtMs !== undefined && { untilMs: timeoutAtMs }),
    server: serverOf(interrupted.turn),
    startedAtMs: interrupted.startedAtMs,
  };
};

/** What operators are asked about an execution, the oldest first. */
export const questionsOf = ({ activities }: ExecutionState): readonly Question[] =>
  Object.values(activities)
    .flatMap((activity) => questionOf(activity) ?? [])
    .sort((a, b) => a.sinceMs - b.sinceMs);
