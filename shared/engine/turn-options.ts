import type { Loaded } from "./loading.ts";
import type { Guard } from "./suspect-turn.ts";
import type { TurnContext } from "./turn-context.ts";

/** What a turn is made of. */
export interface TurnOptions {
  readonly context: TurnContext;
  readonly turnId: string;
  /** For a new execution `seq` is -1 and the state the initial one. */
  readonly loaded: Loaded;
  /** The work item that brought the turn about, if one did. */
  readonly itemId: string | undefined;
  /** False: commits what it is given and leaves the activities to whoever takes the work item. */
  readonly mayStart: boolean;
  /** Stands around what the turn does where it is suspect. */
  readonly guard?: Guard | undefined;
  /** When the lease of the turn before ran out, where there was one. */
  readonly leaseEndedAtMs?: number;
  /** A record is durable. */
  readonly onCommit: () => void;
  /** The turn ends because of an error of ours; the execution stays as its log has it. */
  readonly onFailed: () => void;
  /** The turn is over; `nextCheckAtMs` is when the execution wants another one, if it has not ended. */
  readonly onOver: (nextCheckAtMs: number | undefined) => void;
}
