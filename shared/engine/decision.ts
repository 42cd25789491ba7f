import type { Fact } from "#core/execution/facts.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { WriteOutcome } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";

/** A record on its way into the log. */
export interface Decision {
  readonly record: LogRecord;
  /** Facts of the record that came too late to change anything. */
  readonly late: ReadonlySet<Fact>;
  /** Whether something of the execution runs or is about to happen here after it. */
  readonly stays: boolean;
  /** Whether it has activities that are left to another turn to begin. */
  readonly handsOver: boolean;
  /** Whether it begins what a drain held, or an operator has answered: the head says that no more. */
  readonly letsGo: boolean;
}

export interface AppendOptions {
  readonly triesMax?: number | undefined;
  /** Whether the turn may go on without the record being durable. */
  readonly mayWait?: boolean;
}

/** Random bytes of a task token. */
const secretBytes = 16;

/** Draws task tokens and keeps them. */
export const secretDraws = ({ entropy }: Pick<EngineContext, "entropy">) => {
  const secrets: string[] = [];
  const secret = (): string => {
    const drawn = entropy.hex(secretBytes);
    secrets.push(drawn);
    return drawn;
  };
  return { secrets, secret };
};

/** What came of a decision that was to be written. */
export type Appended = WriteOutcome & {
  /** What was written, or waits to be: another one where signals were found in its place. */
  readonly decision: Decision;
};
