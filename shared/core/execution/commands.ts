/**
 * Commands: what must now happen outside, decided together with the facts of the same record. They
 * are idempotent, keyed by execution, activity and attempt; whoever continues an execution repeats
 * those of every record past `doneThrough`.
 */

/** Run an attempt of an activity; resource and parameters stand in the state (`state.activities`). */
export interface RunActivity {
  readonly kind: "RunActivity";
  readonly activity: string;
  readonly attempt: number;
}

/**
 * Begin this attempt not yet: a drain covers it. It stands in the place of the command that would begin
 * it, `RunActivity` or `OfferActivity`, until a later record has that one.
 */
export interface HoldActivity {
  readonly kind: "HoldActivity";
  readonly activity: string;
  readonly attempt: number;
  /** Id of the drain. */
  readonly drain: string;
}

/** Nobody waits for this attempt any more (time-out, failed sibling, stop): abort it if it runs here. */
export interface CancelActivity {
  readonly kind: "CancelActivity";
  readonly activity: string;
  readonly attempt: number;
}

/** Tell operators that they are asked what became of an attempt. A hint: the question stands in the state. */
export interface AskOperator {
  readonly kind: "AskOperator";
  readonly activity: string;
  readonly attempt: number;
}

/** Stop the execution that an attempt has started: nobody waits for it any more. */
export interface StopChild {
  readonly kind: "StopChild";
  readonly activity: string;
  readonly attempt: number;
  readonly child: string;
}

/** Lay an attempt out for a worker to ask for; what is to be done stands in the state. */
export interface OfferActivity {
  readonly kind: "OfferActivity";
  readonly activity: string;
  readonly attempt: number;
}

/** Take back what was laid out: a worker has it, or nobody waits for the attempt any more. */
export interface WithdrawActivity {
  readonly kind: "WithdrawActivity";
  readonly activity: string;
  readonly attempt: number;
}

/** Tell the parent that this execution, its child, has ended. */
export interface NotifyParent {
  readonly kind: "NotifyParent";
}

/** Commands that are owed until a record, or the head that is closed, says that they are carried out. */
export type OwedCommand = StopChild | NotifyParent | OfferActivity | WithdrawActivity;

export type Command = RunActivity | HoldActivity | CancelActivity | AskOperator | OwedCommand;

const isOfTurn: ReadonlySet<Command["kind"]> = new Set([
  "RunActivity",
  "HoldActivity",
  "CancelActivity",
  "AskOperator",
]);

/** Whether a command is owed; the others concern the turn that commits them only. */
export const isOwed = (command: Command): command is OwedCommand => !isOfTurn.has(command.kind);
