import { parseStored, printStored } from "../../json.ts";
import type { ProgressRestated } from "../facts.ts";
import type { Interpreter } from "../interpreter.ts";
import type { ExecutionState } from "../state.ts";
import { rebuildTimers } from "./timers.ts";

/** The state becomes the one that the fact holds. */
export const restate = ({ state }: Interpreter, fact: ProgressRestated): void => {
  const { nowMs } = state;
  const restated = parseStored<ExecutionState>(printStored(fact.state));
  for (const key of Object.keys(state)) Reflect.deleteProperty(state, key);
  Object.assign(state, restated);
  state.nowMs = Math.max(nowMs, restated.nowMs);
  rebuildTimers(state);
};
