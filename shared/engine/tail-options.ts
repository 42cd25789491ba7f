import type { EngineContext } from "./context.ts";
import type { InHand } from "./in-hand.ts";
import type { Loaded } from "./loading.ts";
import type { OwedCommands } from "./owed-commands.ts";

/** What the end of a log is made of, for one turn or for somebody who takes none. */
export interface TailOptions {
  readonly context: EngineContext;
  readonly turnId: string;
  readonly loaded: Loaded;
  readonly itemId: string | undefined;
  readonly mayStart: boolean;
  readonly owed: Pick<OwedCommands, "isEmpty" | "doneThrough">;
  /** What the turn has in hand; nothing: it is none. */
  readonly inHand?: InHand;
  /** Another turn has a lease: the record leaves it as it is and is left to that turn (I25). */
  readonly isOutside?: boolean;
  /** False: what could not be written need not be tried again. */
  readonly isWanted: () => boolean;
}
