import type { State } from "../../asl/definition.ts";
import { signalsResource } from "../../asl/signals-resource.ts";
import { unreachable } from "../../errors.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import { flowOf } from "../flow/language.ts";
import type { Interpreter, Outcome } from "../interpreter.ts";
import { beginDistributedMap, hasMapRun } from "../map-run/map-state.ts";
import { beginMapRun } from "../map-run/run.ts";
import type { Branch } from "../state.ts";
import { beginChoice } from "../states/choice.ts";
import { beginFail } from "../states/fail.ts";
import { beginLoop, isLoop } from "../states/loop.ts";
import { beginMap } from "../states/map.ts";
import { beginParallel } from "../states/parallel.ts";
import { beginPass } from "../states/pass.ts";
import { beginSignalTask } from "../states/signal-task.ts";
import { beginSucceed } from "../states/succeed.ts";
import { beginTask } from "../states/task.ts";
import { beginWait } from "../states/wait.ts";

/** Begins the work of the state that a branch has entered, or its next attempt. */
export const begin = (
  interpreter: Interpreter,
  branch: Branch,
  state: State,
): Evaluating<Outcome> => {
  if (state.Type === "Fail") return beginFail(interpreter, branch, state);
  const flow = flowOf(interpreter.program, state);
  const flowing = { interpreter, branch, fields: state };
  switch (state.Type) {
    case "Pass":
      return beginPass(state, flow, flowing);
    case "Task":
      return state.Resource === signalsResource
        ? beginSignalTask(state, flow, flowing)
        : beginTask(state, flow, flowing);
    case "Choice":
      return beginChoice(state, flow, flowing);
    case "Wait":
      return beginWait(state, flow, flowing);
    case "Succeed":
      return beginSucceed(flow, flowing);
    case "Parallel":
      return beginParallel(state, flow, flowing);
    case "Map":
      if (interpreter.state.part?.kind === "mapRun") return beginMapRun(interpreter, branch);
      if (isLoop(state)) return beginLoop(state, flow, flowing);
      return hasMapRun(interpreter, state)
        ? beginDistributedMap(state, flow, flowing)
        : beginMap(state, flow, flowing);
    default:
      return unreachable(state);
  }
};
