/**
 * What history says of a Map state. The items of an inline one show in it; those of a distributed
 * one have histories of their own, and a map run stands for them.
 */
import type { MapState } from "../../asl/definition.ts";
import type { Failure } from "../../failure.ts";
import { arnOf } from "../arns.ts";
import { noteAborted } from "../branches/lives.ts";
import { languageOf } from "../branches/machine.ts";
import { note, noteAside } from "../history/note.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Program } from "../program.ts";
import type { Branch } from "../state.ts";

/** Whether the items of a Map state are executions of their own. */
export const isDistributed = (state: MapState): boolean =>
  (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode === "DISTRIBUTED";

/** ARN of a map run, given by the id of its execution. */
export const mapRunArn = (program: Program, executionId: string): string =>
  arnOf(program.identity, "mapRun", executionId);

const inPlaceArn = ({ program, state }: Interpreter, branch: Branch, map: MapState): string =>
  mapRunArn(
    program,
    `${state.process}/${map.Label ?? branch.state}:${state.executionId}.${branch.id}.${branch.entries}`,
  );

/** The state has its items. */
export const noteMapStarted = (
  interpreter: Interpreter,
  branch: Branch,
  itemCount: number | undefined,
): void => {
  note(interpreter, branch, {
    type: "MapStateStarted",
    details: () => ({ length: itemCount }),
  });
};

/** A distributed one begins its run. */
export const noteRunStarted = (interpreter: Interpreter, branch: Branch, map: MapState): void => {
  if (isDistributed(map))
    note(interpreter, branch, {
      type: "MapRunStarted",
      details: () => ({ mapRunArn: inPlaceArn(interpreter, branch, map) }),
    });
};

interface ItemEvent {
  readonly type: "MapIterationStarted" | "MapIterationSucceeded" | "MapIterationFailed";
  readonly index: number;
  readonly previousEventId: number;
}

/** Something happened to an item; answers the id of the event. */
export const noteItem = (
  interpreter: Interpreter,
  branch: Branch,
  { type, index, previousEventId }: ItemEvent,
): number =>
  noteAside(interpreter, branch, {
    type,
    previousEventId,
    details: () => ({ name: branch.state, index }),
  });

/** Every item has ended; afterwards the branch's last event is the one that the exit follows. */
export const noteMapSucceeded = (interpreter: Interpreter, branch: Branch, map: MapState): void => {
  const started = branch.lastEventId;
  if (isDistributed(map)) note(interpreter, branch, { type: "MapRunSucceeded" });
  noteAside(interpreter, branch, {
    type: "MapStateSucceeded",
    previousEventId: branch.lastEventId,
  });
  // As recorded: the exit follows the start of the run, but for a JSONPath state that comes first.
  const isFirst =
    branch.previousEventId === 0 && languageOf(interpreter.program, map) === "JSONPath";
  if (!isFirst) branch.lastEventId = started;
};

/** An item failed, and with it the state. */
export const noteMapFailed = (
  interpreter: Interpreter,
  branch: Branch,
  failed: { readonly map: MapState; readonly child: Branch; readonly failure: Failure },
): void => {
  if (isDistributed(failed.map))
    note(interpreter, branch, {
      type: "MapRunFailed",
      details: () => ({ ...failed.failure }),
    });
  else {
    noteAborted(interpreter, failed.child, failed.child.lastEventId);
    branch.lastEventId = failed.child.lastEventId;
  }
};
