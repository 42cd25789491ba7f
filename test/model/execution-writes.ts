/** What a server may do to the shared storage, and to what it remembers of it. */
import {
  type Execution,
  type Fact,
  fold,
  type Rule,
  type Scope,
  type Server,
  type Turn,
} from "./execution-state.ts";

export interface Place {
  readonly state: Execution;
  readonly index: number;
}

export const holds = (scope: Scope, rule: Rule): boolean => scope.without !== rule;

export const serverIn = (state: Execution, index: number): Server => state.servers[index] as Server;

export const turnIn = (state: Execution, index: number): Turn =>
  serverIn(state, index).turn as Turn;

/** The first number that no record, renewal or turn has: names are no part of what matters. */
const freeId = (state: Execution): string => {
  const taken = new Set([
    state.renewal?.turn,
    ...state.log.map(({ turn }) => turn),
    ...state.servers.map(({ turn }) => turn?.id),
  ]);
  let id = 1;
  while (taken.has(`${id}`)) id += 1;
  return `${id}`;
};

export const newTurn = (state: Execution, index: number): Turn => {
  const server = serverIn(state, index);
  const turn: Turn = {
    id: freeId(state),
    known: state.log.length,
    isStarting: false,
    holdsItem: false,
    runs: 0,
    isLeased: false,
    hasRenewed: false,
    stoodStill: false,
    mustLook: false,
    awaits: false,
    hasRaised: false,
    sharesItem: false,
    hasTold: false,
    isSettled: false,
  };
  server.turn = turn;
  return turn;
};

/** Ends a turn; a work item that it has not let go will be seen again. */
export const dropTurn = (state: Execution, index: number): void => {
  const server = serverIn(state, index);
  if (server.turn?.holdsItem === true) state.items = 1;
  server.turn = null;
};

/** Whether a server that is awake and never stood still runs the attempt. */
const isAlive = (state: Execution, turnId: string | undefined, attempt: number): boolean =>
  state.servers.some(
    ({ turn, isFrozen }) =>
      turn !== null && turn.id === turnId && !isFrozen && !turn.stoodStill && turn.runs === attempt,
  );

/** What is wrong with a record, whatever the rules are. */
const faultOf = (scope: Scope, { state, index }: Place, fact: Fact): string => {
  const { begunBy, attempt } = fold(state.log, state.log.length, scope.restarts);
  const { id, runs } = turnIn(state, index);
  if (fact === "takenOver" && isAlive(state, begunBy, attempt))
    return "an activity was taken over from a turn that is alive";
  if (fact === "result" && (begunBy !== id || runs !== attempt))
    return "the result of one attempt was taken for that of another";
  return state.wrong;
};

/** Puts a record behind those that the turn knows; a turn that is refused has to look. */
export const put = (scope: Scope, { state, index }: Place, fact: Fact): void => {
  const turn = turnIn(state, index);
  if (state.log.length > turn.known) {
    turn.mustLook = true;
    if (!holds(scope, "a put is refused where a record is"))
      state.wrong = "a durable record was replaced";
    return;
  }
  state.wrong = faultOf(scope, { state, index }, fact);
  const begins = fact === "claim" || (fact === "takenOver" && scope.restarts);
  const runs = begins || (turn.runs > 0 && fact !== "result");
  state.log.push({ turn: turn.id, fact, runs, isOutside: false });
  if (fact === "result") turn.runs = 0;
  state.leaseHolds = runs;
  Object.assign(turn, { known: turn.known + 1, awaits: false, hasRaised: false });
  Object.assign(turn, { isLeased: runs, hasRenewed: false });
};

/** Whether the record before says that nobody else may be at work. */
const isProtected = ({ log }: Execution, { known, id }: Turn): boolean => {
  const last = log.slice(0, known).findLast(({ isOutside }) => !isOutside);
  return last?.runs === true && last.turn === id;
};

export const mustRaise = (scope: Scope, state: Execution, turn: Turn): boolean =>
  !turn.hasRaised &&
  !isProtected(state, turn) &&
  holds(scope, "a record that no lease protects is announced");

/** Raises the head to a record that is about to be put; one that is ahead or closed stays. */
export const raise = (state: Execution, seq: number): void => {
  if (state.head?.isOpen === true && state.head.seq <= seq)
    state.head = { seq, isOpen: true, isDue: true };
};

export const start = (scope: Scope, { state, index }: Place, attempt: number): void => {
  const turn = turnIn(state, index);
  const now = fold(state.log, state.log.length, scope.restarts);
  if (now.begunBy !== turn.id || now.attempt !== attempt || now.isDone)
    state.wrong = "an attempt was started that no record gives to the turn";
  state.starts[attempt - 1] = (state.starts[attempt - 1] ?? 0) + 1;
  for (let i = 0; i < attempt; i += 1) state.starts[i] ??= 0;
  turn.runs = attempt;
};

/** Writes a head that reflects what the turn knows; one that names a later record refuses it. */
export const putHead = (scope: Scope, { state, index }: Place, isOpen: boolean): void => {
  const turn = turnIn(state, index);
  const seq = turn.known - 1;
  if (state.head !== null && state.head.seq > seq && holds(scope, "an old head is refused")) {
    turn.mustLook = true;
    turn.awaits = true;
    return;
  }
  state.head = { seq, isOpen, isDue: false };
  turn.isSettled = true;
};

export const look = (scope: Scope, { state, index }: Place): void => {
  const turn = turnIn(state, index);
  turn.mustLook = false;
  turn.hasRaised = false;
  if (turn.known < state.log.length) turn.awaits = false;
  turn.known = state.log.length;
  const { begunBy, attempt, isDone } = fold(state.log, turn.known, scope.restarts);
  const isOthers = !isDone && begunBy !== undefined && begunBy !== turn.id;
  if (isOthers && holds(scope, "a result names its attempt")) dropTurn(state, index);
  else if (holds(scope, "a result names its attempt") && turn.runs !== attempt) turn.runs = 0;
  else if (isDone) turn.runs = 0;
};

export const renew = (scope: Scope, { state, index }: Place): void => {
  const turn = turnIn(state, index);
  const isOld = state.renewal !== null && state.renewal.known > turn.known;
  if (isOld && holds(scope, "an old renewal is refused")) turn.mustLook = true;
  else state.renewal = { turn: turn.id, known: turn.known };
  turn.hasRenewed = true;
  turn.isLeased = true;
};

export const finishStart = (state: Execution, index: number): void => {
  const turn = turnIn(state, index);
  turn.isStarting = false;
  turn.holdsItem = true;
  state.head ??= { seq: 0, isOpen: true, isDue: true };
  state.isStartAnswered = true;
};

/** The item is gone for everybody who was given it. */
export const loseItem = (state: Execution): void => {
  state.items = 0;
  for (const { turn } of state.servers) if (turn !== null) turn.holdsItem = false;
};
