import type { StateMachine } from "../asl/definition.ts";
import { expressSecondsMax } from "../limits.ts";
import { scheduleTimeout } from "./branches/timers.ts";
import type { Interpreter } from "./interpreter.ts";

/** From this behaviour on children of a map run that are EXPRESS have a time limit. */
const limitedItems = 3;

const isExpress = ({ state, program }: Interpreter, machine: StateMachine): boolean =>
  state.part === undefined
    ? program.type === "EXPRESS"
    : state.behaviour >= limitedItems && machine.ProcessorConfig?.ExecutionType === "EXPRESS";

/** Sets the instant by which the execution, which runs `machine`, must have ended; counted from now. */
export const limitTime = (interpreter: Interpreter, machine: StateMachine): void => {
  const { state } = interpreter;
  const seconds = Math.min(
    machine.TimeoutSeconds ?? Number.POSITIVE_INFINITY,
    isExpress(interpreter, machine) ? expressSecondsMax : Number.POSITIVE_INFINITY,
  );
  if (seconds === Number.POSITIVE_INFINITY) return;
  state.timeoutAtMs = state.nowMs + seconds * 1000;
  scheduleTimeout(state);
};
