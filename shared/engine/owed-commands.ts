import { isOwed, type OwedCommand } from "#core/execution/commands.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { TurnContext } from "./turn-context.ts";
import { turnFailedEvent } from "./turn-events.ts";
import { sleep } from "./write-until-done.ts";

const firstDelayMs = 100;
const delayMsMax = 30_000;

type Owed = NonNullable<ExecutionState["owed"]>;

/**
 * Carries out the commands that a turn owes, one after the other, and again until they succeed.
 *
 * I26 A head is closed, and a record says that commands are done (`doneThrough`), only when every
 *     command that was owed before is carried out; until then the work item stays.
 */
export class OwedCommands {
  readonly #context: TurnContext;
  readonly #state: () => ExecutionState;
  readonly #done: () => void;
  #owed: Owed;
  #isRunning = false;
  #isOver = false;

  constructor(options: {
    readonly context: TurnContext;
    readonly owed: Owed | undefined;
    readonly state: () => ExecutionState;
    /** Nothing is owed any more. */
    readonly done: () => void;
  }) {
    this.#context = options.context;
    this.#owed = options.owed ?? [];
    this.#state = options.state;
    this.#done = options.done;
  }

  get isEmpty(): boolean {
    return this.#owed.length === 0;
  }

  /** Everything is done and the log does not say so: else every later turn would do all of it again. */
  get isToBeNoted(): boolean {
    return this.isEmpty && this.#state().owed !== undefined;
  }

  /** Up to which record everything is carried out, if the log ends at `seq`. */
  doneThrough(seq: number): number {
    const [first] = this.#owed;
    return first === undefined ? seq : first.seq - 1;
  }

  /** A record is durable: what it commands is owed from now on. */
  add({ seq, commands }: Pick<LogRecord, "seq" | "commands">): void {
    const added: { seq: number; command: OwedCommand }[] = [];
    for (const command of commands) if (isOwed(command)) added.push({ seq, command });
    if (added.length > 0) this.#owed = [...this.#owed, ...added];
  }

  /** The state was loaded again: what is done but in no record is done once more. */
  reset(owed: Owed | undefined): void {
    this.#owed = owed ?? [];
  }

  close(): void {
    this.#isOver = true;
  }

  /** Goes on with what is owed. */
  run(): void {
    if (this.#isRunning || this.#isOver || this.isEmpty) return;
    this.#isRunning = true;
    void this.#runAll();
  }

  async #runAll(): Promise<void> {
    let delayMs = firstDelayMs;
    for (let next = this.#owed[0]; next !== undefined && !this.#isOver; next = this.#owed[0]) {
      const current = next;
      try {
        await this.#context.carryOut(this.#state(), current.command);
        this.#owed = this.#owed.filter((owed) => owed !== current);
        delayMs = firstDelayMs;
      } catch (cause) {
        if (delayMs === firstDelayMs) this.#report(current.seq, cause);
        await sleep(this.#context, delayMs);
        delayMs = Math.min(2 * delayMs, delayMsMax);
      }
    }
    this.#isRunning = false;
    if (!this.#isOver) this.#done();
  }

  #report(seq: number, cause: unknown): void {
    const { executionId } = this.#state();
    const turnId = this.#context.server;
    this.#context.onSystemEvent(turnFailedEvent({ executionId, seq, turnId }, cause));
  }
}
