import { freshIdsBehaviour } from "../behaviours.ts";
import type { ProgressDropped } from "../facts.ts";
import { noteAside } from "../history/note.ts";
import type { Interpreter } from "../interpreter.ts";
import { openMapRun } from "../map-run/run.ts";
import type { ExecutionState } from "../state.ts";
import { limitTime } from "../time-limit.ts";
import { abortBranch, openBranch, rootOf } from "./lives.ts";
import { machineAt } from "./machine.ts";

/** Opens the root branch: at the beginning of the process, or of its part, or where it is to begin. */
export const start = (interpreter: Interpreter): void => {
  const { state } = interpreter;
  if (state.branchCount > 0) return;
  if (state.part?.kind === "mapRun") {
    openMapRun(interpreter, state.part);
    return;
  }
  const { beginsAt, restartOf } = state;
  openRoot(interpreter, {
    type: "ExecutionStarted",
    previousEventId: 0,
    details: () => ({
      input: state.input,
      startPoint: beginsAt?.startPoint,
      restartOf: restartOf && { ...restartOf },
    }),
  });
};

/** What is given up of an execution is as if it had not been: it begins once more, with all its time. */
export const startOver = (interpreter: Interpreter, reason: ProgressDropped["reason"]): void => {
  const { state } = interpreter;
  const root = rootOf(state);
  const { lastEventId } = root;
  abortBranch(interpreter, root, lastEventId);
  delete state.timeoutAtMs;
  if (reason === "lost") skipLostIds(state);
  const again = openRoot(interpreter, {
    type: "ExecutionStartedOver",
    previousEventId: lastEventId,
    details: () => ({ reason }),
  });
  // As the service has it, nothing follows the event of the start; this one is followed.
  again.root.lastEventId = again.eventId;
};

/** More branches than an execution can have opened since it was written last. */
const lostIdsMax = 1_000_000_000;

/** What was lost has opened branches that no record tells of. */
const skipLostIds = (state: ExecutionState): void => {
  if (state.behaviour < freshIdsBehaviour) return;
  state.branchCount = (Math.floor(state.branchCount / lostIdsMax) + 1) * lostIdsMax;
};

const openRoot = (interpreter: Interpreter, event: Parameters<typeof noteAside>[2]) => {
  const { state, program } = interpreter;
  const { part, beginsAt } = state;
  const machine = part === undefined ? [] : [...part.machine, part.state];
  const running = machineAt(program, machine);
  const root = openBranch(interpreter, {
    machine,
    index: 0,
    startAt: beginsAt?.state ?? running.StartAt,
    input: beginsAt?.input ?? state.input,
    lastEventId: 0,
  });
  if (beginsAt?.variables !== undefined) root.variables = beginsAt.variables;
  const eventId = noteAside(interpreter, root, event);
  limitTime(interpreter, running);
  return { root, eventId };
};
