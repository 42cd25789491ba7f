import type { State, StateMachine, TaskState } from "#core/asl/definition.ts";
import type { Program } from "#core/execution/program.ts";
import { calledResource, resourceKind } from "#core/execution/resource-kind.ts";
import { isJsonObject, type Json } from "#core/json.ts";
import type { ActivityRunner } from "#ports/activity-runner.ts";

type MayRestart = ActivityRunner["mayRestart"];

const machinesOf = (state: State): readonly StateMachine[] => {
  if (state.Type === "Parallel") return state.Branches;
  if (state.Type !== "Map") return [];
  const machine = state.ItemProcessor ?? state.Iterator;
  return machine === undefined ? [] : [machine];
};

/** The parameters as they are written: an expression stands as a text, which no adapter takes for anything harmless. */
const literally = ({ Arguments, Parameters }: TaskState): Json => {
  const written = Arguments ?? Parameters ?? {};
  if (!isJsonObject(written)) return written;
  const named = Object.entries(written).map(([key, value]) => [key.replace(/\.\$$/, ""), value]);
  return Object.fromEntries(named) as Json;
};

const isHarmless = (state: State, mayRestart: MayRestart): boolean => {
  if (state.Type !== "Task") return machinesOf(state).every((inner) => isAll(inner, mayRestart));
  if (resourceKind(state.Resource) !== "adapter") return true;
  const word = state.Orchestration?.OnInterrupted;
  if (word !== undefined) return word === "restart";
  return mayRestart(calledResource(state.Resource), literally(state));
};

const isAll = (machine: StateMachine, mayRestart: MayRestart): boolean =>
  Object.values(machine.States).every((state) => isHarmless(state, mayRestart));

const known = new WeakMap<StateMachine, boolean>();

/**
 * Whether every activity that a process may run here may be interrupted and run again, as far as its definition
 * tells: a server whose time may be up before theirs goes on with such executions only.
 */
export const isRestartable = ({ definition }: Program, { mayRestart }: ActivityRunner): boolean => {
  const found = known.get(definition) ?? isAll(definition, mayRestart);
  known.set(definition, found);
  return found;
};
