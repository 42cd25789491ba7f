/** What servers, clients and time do to an execution (`execution-state.ts`), and what must never come of it. */
import type { Model, Step } from "./checker.ts";
import { clientSteps } from "./execution-clients.ts";
import { faultSteps, timeSteps } from "./execution-faults.ts";
import { copyOf, type Execution, fold, initialExecution, type Scope } from "./execution-state.ts";
import { takeSteps, turnSteps } from "./execution-turn.ts";

export type Change = (next: Execution) => void;

/** Steps that server `index` may take now; each changes a copy. */
export type Offer = (name: string, change: Change, isSure?: boolean) => void;

const isBeyond = ({ recordsMax }: Scope, { log }: Execution): boolean => log.length > recordsMax;

const stepsOf = (scope: Scope, state: Execution): readonly Step<Execution>[] => {
  const steps: Step<Execution>[] = [];
  if (isBeyond(scope, state)) return steps;
  const offer: Offer = (name, change, isSure = true) => {
    const next = copyOf(state);
    change(next);
    steps.push({ name, isSure, next });
  };
  for (const [index, server] of state.servers.entries()) {
    faultSteps(state, index, offer);
    if (server.isFrozen) continue;
    clientSteps(scope, { state, index }, (name, change) => offer(name, change, false));
    if (server.turn === null) takeSteps(scope, { state, index }, offer);
    else turnSteps(scope, { state, index }, offer);
  }
  timeSteps(scope, state, offer);
  return steps;
};

const violationOf = (scope: Scope, state: Execution): string | undefined => {
  if (state.wrong !== "") return state.wrong;
  const { signals, hasEnded } = fold(state.log, state.log.length, scope.restarts);
  if (state.isStartAnswered && state.log.length === 0) return "an acknowledged start is lost";
  if (state.isSignalAnswered && signals === 0) return "an acknowledged signal is lost";
  if (signals > 1) return "a signal is in the log twice";
  if (state.starts.some((count) => count > 1)) return "an attempt ran twice";
  if (state.head?.isOpen === false && !(hasEnded && state.isParentTold))
    return "a head was closed before everything was done";
  return undefined;
};

/** The values of a flat object, in the order in which its maker wrote them. */
const valuesOf = (flat: object | null): string => {
  if (flat === null) return "-";
  let text = "";
  for (const value of Object.values(flat))
    text += `${typeof value === "boolean" ? +value : value},`;
  return text;
};

/** Servers are alike: their order does not matter. */
const keyOf = ({ servers, log, head, renewal, starts, ...rest }: Execution): string => {
  const own = servers.map((server) =>
    [server.isFrozen, server.turn, server.call]
      .map((part) => (typeof part === "boolean" ? `${+part}` : valuesOf(part)))
      .join("/"),
  );
  return [
    ...log.map(valuesOf),
    valuesOf(head),
    valuesOf(renewal),
    starts,
    valuesOf(rest),
    ...own.sort(),
  ].join(";");
};

/** Everything that was acknowledged has come to its end, without another word from a client, and nobody is busy. */
const isGoal = (scope: Scope, state: Execution): boolean => {
  const { log, head, isStartAnswered, isSignalAnswered, servers } = state;
  if (servers.some(({ turn, isFrozen }) => turn !== null && !isFrozen)) return false;
  if (isSignalAnswered) return head?.isOpen === false;
  return !isStartAnswered || fold(log, log.length, scope.restarts).isDone;
};

export const executionModel = (scope: Scope): Model<Execution> => ({
  initial: initialExecution(scope),
  steps: (state) => stepsOf(scope, state),
  key: keyOf,
  violation: (state) => violationOf(scope, state),
  isGoal: (state) => isBeyond(scope, state) || isGoal(scope, state),
});
