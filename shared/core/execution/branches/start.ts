import { noteAside } from "../history/note.ts";
import type { Interpreter } from "../interpreter.ts";
import { openMapRun } from "../map-run/run.ts";
import { limitTime } from "../time-limit.ts";
import { openBranch } from "./lives.ts";
import { machineAt } from "./machine.ts";

/** Opens the root branch: at the beginning of the process, or of its part, or where it is to begin. */
export const start = (interpreter: Interpreter): void => {
  const { state, program } = interpreter;
  if (state.branchCount > 0) return;
  if (state.part?.kind === "mapRun") {
    openMapRun(interpreter, state.part);
    return;
  }
  const machine = state.part === undefined ? [] : [...state.part.machine, state.part.state];
  const running = machineAt(program, machine);
  const { beginsAt, restartOf } = state;
  const root = openBranch(interpreter, {
    machine,
    index: 0,
    startAt: beginsAt?.state ?? running.StartAt,
    input: beginsAt?.input ?? state.input,
    lastEventId: 0,
  });
  if (beginsAt?.variables !== undefined) root.variables = beginsAt.variables;
  noteAside(interpreter, root, {
    type: "ExecutionStarted",
    previousEventId: 0,
    details: () => ({
      input: state.input,
      startPoint: beginsAt?.startPoint,
      restartOf: restartOf && { ...restartOf },
    }),
  });
  limitTime(interpreter, running);
};
