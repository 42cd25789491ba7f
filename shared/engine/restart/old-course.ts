import type { LogRecord } from "#core/execution/record.ts";
import type { Activity, Branch, ExecutionState } from "#core/execution/state.ts";
import type { Json, JsonObject } from "#core/json.ts";
import type { EngineContext } from "#engine/context.ts";
import { applyRecord, pinnedProgram, startOf } from "#engine/loading.ts";

/** Records read at a time. */
const pageRecords = 200;

/** A state that an execution entered, and what it was given. */
export interface Entered {
  readonly eventId: number;
  readonly state: string;
  /** The machine that the state stands in; [] at the top. */
  readonly machine: Branch["machine"];
  readonly input: Json;
  readonly variables: JsonObject;
}

export interface CourseObserver {
  readonly entered: (entered: Entered) => void;
  /** An attempt began. */
  readonly attempted: (branch: Branch, activity: Activity) => void;
}

async function* recordsOf(
  { platform }: Pick<EngineContext, "platform">,
  executionId: string,
): AsyncGenerator<LogRecord> {
  for (let fromSeq = 0; ; ) {
    const page = await platform.log.read(executionId, { fromSeq, limit: pageRecords });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    fromSeq = last.seq + 1;
  }
}

/** Walks once more through what an execution did, from its start; answers its state, `undefined` if there is none. */
export const observeCourse = async (
  context: Pick<EngineContext, "platform" | "program">,
  executionId: string,
  observer: CourseObserver,
): Promise<ExecutionState | undefined> => {
  let state: ExecutionState | undefined;
  let entering: Branch | undefined;
  const inspection = {
    // The event of the entry is the next one.
    take: (branch: Branch, clause: string) => {
      if (clause === "Entry") entering = branch;
    },
    attempt: observer.attempted,
  };
  const sink = ({ id }: { readonly id: number }) => {
    if (entering === undefined) return;
    const { state: name, machine, input, variables } = entering;
    entering = undefined;
    observer.entered({ eventId: id, state: name, machine, input, variables });
  };
  for await (const record of recordsOf(context, executionId)) {
    const program = await pinnedProgram(context, state ?? startOf(record));
    state = await applyRecord({ program, state, record, sink, inspection });
  }
  return state;
};
