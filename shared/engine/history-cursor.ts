import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { Program } from "#core/execution/program.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { EngineContext } from "./context.ts";
import { applyRecord, pinnedProgram, startOf } from "./loading.ts";

/** Records read at a time. */
const pageRecords = 200;

/** Walks through the log of an execution and tells its history as it goes. */
export class HistoryCursor {
  readonly #context: Pick<EngineContext, "platform" | "program">;
  readonly #executionId: string;
  #program: Program | undefined;
  #state: ExecutionState | undefined;
  #seq = -1;

  constructor(context: Pick<EngineContext, "platform" | "program">, executionId: string) {
    this.#context = context;
    this.#executionId = executionId;
  }

  /** Whether the walk has come to an end that nothing follows. */
  get hasEnded(): boolean {
    return this.#state !== undefined && this.#state.status !== "RUNNING";
  }

  /** The events of the next records; `undefined` when there are none yet. */
  async next(): Promise<readonly HistoryEvent[] | undefined> {
    const records = await this.#context.platform.log.read(this.#executionId, {
      fromSeq: this.#seq + 1,
      limit: pageRecords,
    });
    if (records.length === 0) return undefined;
    this.#program ??= await pinnedProgram(this.#context, startOf(records[0]));
    const events: HistoryEvent[] = [];
    for (const record of records) {
      this.#state = await applyRecord({
        program: this.#program,
        state: this.#state,
        record,
        sink: (event) => events.push(event),
      });
      this.#seq = record.seq;
    }
    return events;
  }
}
