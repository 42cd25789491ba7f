/** What servers, clients and time do to an execution (`execution-state.ts`), and what must never come of it. */
import type { Model, Step } from "./checker.ts";
import { clientSteps } from "./execution-clients.ts";
import { faultSteps, timeSteps } from "./execution-faults.ts";
import { keyOf, type Reduction } from "./execution-key.ts";
import { fold } from "./execution-log.ts";
import { packed, unpacked } from "./execution-pack.ts";
import { copyOf, type Execution, initialExecution, type Scope } from "./execution-state.ts";
import { takeSteps, turnSteps } from "./execution-turn.ts";

export type Change = (next: Execution) => void;

/** Steps that server `index` may take now; each changes a copy. */
export type Offer = (name: string, change: Change, isSure?: boolean) => void;

const isBeyond = ({ recordsMax }: Scope, { log }: Execution): boolean =>
  recordsMax !== undefined && log.length > recordsMax;

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
  timeSteps(state, offer);
  return steps;
};

const violationOf = (state: Execution): string | undefined => {
  if (state.wrong !== "") return state.wrong;
  const { signals, hasEnded } = fold(state.log);
  if (state.isStartAnswered && state.log.length === 0) return "an acknowledged start is lost";
  if (state.isSignalAnswered && signals === 0) return "an acknowledged signal is lost";
  if (signals > 1) return "a signal is in the log twice";
  if (state.starts.some((count) => count > 1)) return "an attempt ran twice";
  if (state.head?.isOpen === false && !(hasEnded && state.isParentTold))
    return "a head was closed before everything was done";
  return undefined;
};

/** Everything that was acknowledged has come to its end, without another word from a client, and nobody is busy. */
const isGoal = (state: Execution): boolean => {
  const { log, head, isStartAnswered, isSignalAnswered, servers } = state;
  if (servers.some(({ turn, isFrozen }) => turn !== null && !isFrozen)) return false;
  if (isSignalAnswered) return head?.isOpen === false;
  return !isStartAnswered || fold(log).isDone;
};

export const executionModel = (
  scope: Scope,
  without: readonly Reduction[] = [],
): Model<Execution> => {
  const initial = initialExecution(scope);
  return {
    initial,
    steps: (state) => stepsOf(scope, state),
    key: keyOf(scope, without),
    pack: packed,
    unpack: (text) => unpacked(text, initial),
    violation: violationOf,
    isGoal: (state) => isBeyond(scope, state) || isGoal(state),
  };
};
