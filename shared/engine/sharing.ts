import type { Peers } from "#ports/peers.ts";
import type { EngineContext } from "./context.ts";
import type { Duty } from "./duty.ts";

/** Executions that a server goes on with itself although others have none: an environment with little to do loses no time. */
const keptMin = 4;
/** Work items asked for at a time, and by a server that has the mean of all or more. */
const batchMax = 50;
const batchMin = 4;
/** How long whoever has more than the mean leaves items to others, ms. */
const holdBackMs = 50;
/** How long the others leave an execution whose time has come to the first of them, ms. */
const leaveMs = 500;

/** Which work this server takes, and which it leaves to others. All of it is left to somebody who takes it (G5). */
export class Sharing {
  readonly #duty: Duty;
  readonly #peers: Peers | undefined;
  readonly #ownLoad: () => number;

  constructor(
    { peers, duty = "everything" }: Pick<EngineContext, "peers" | "duty">,
    ownLoad: () => number,
  ) {
    this.#duty = duty;
    this.#peers = peers;
    this.#ownLoad = ownLoad;
  }

  /** Whether an execution that was started here goes on here; `isAwaited`: a caller waits for its end. */
  keepsStart(isAwaited: boolean): boolean {
    if (this.#duty !== "everything") return isAwaited && this.#duty === "callers";
    return this.#ownLoad() < keptMin || this.#surplus() <= 0;
  }

  /** Whether an execution that was told something here goes on here. */
  get keepsTold(): boolean {
    return this.#duty !== "callers";
  }

  /** How many work items to ask for, and how long to leave them to others before. */
  get appetite(): { readonly max: number; readonly afterMs: number } {
    if (this.#others().length === 0) return { max: batchMax, afterMs: 0 };
    const surplus = this.#surplus();
    const max = Math.min(batchMax, Math.max(batchMin, Math.ceil(-surplus)));
    return { max, afterMs: surplus > 0 ? holdBackMs : 0 };
  }

  /** When to look at an execution whose time comes at `dueAtMs`. */
  lookAtMs(executionId: string, dueAtMs: number): number {
    const isOurs = this.#others().length === 0 || this.#peers?.isFirstFor(executionId) === true;
    return isOurs ? dueAtMs : dueAtMs + leaveMs;
  }

  #others(): readonly number[] {
    return this.#peers?.loads() ?? [];
  }

  /** How much more this server has than the mean of all. */
  #surplus(): number {
    const others = this.#others();
    if (others.length === 0) return 0;
    const own = this.#ownLoad();
    const sum = others.reduce((total, load) => total + load, own);
    return own - sum / (others.length + 1);
  }
}
