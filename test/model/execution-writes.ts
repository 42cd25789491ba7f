/** What a server may do to the shared storage, and to what it remembers of it. */
import { appended, type Fact, fold } from "./execution-log.ts";
import type { Execution, Rule, Scope, Server, Turn } from "./execution-state.ts";

export interface Place {
  readonly state: Execution;
  readonly index: number;
}

export const holds = (scope: Scope, rule: Rule): boolean => scope.without !== rule;

export const serverIn = (state: Execution, index: number): Server => state.servers[index] as Server;

export const turnIn = (state: Execution, index: number): Turn =>
  serverIn(state, index).turn as Turn;

/** The first number that no record, renewal or turn has: names are no part of what matters. */
const freeId = ({ renewal, log, servers }: Execution): number => {
  const isTaken = (id: number): boolean =>
    renewal?.turn === id ||
    log.entries.some(({ turn }) => turn === id) ||
    servers.some(({ turn }) => turn?.id === id);
  let id = 1;
  while (isTaken(id)) id += 1;
  return id;
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
const isAlive = (state: Execution, turnId: number | undefined, attempt: number): boolean =>
  state.servers.some(
    ({ turn, isFrozen }) =>
      turn !== null && turn.id === turnId && !isFrozen && !turn.stoodStill && turn.runs === attempt,
  );

/** What is wrong with a record, whatever the rules are. */
const faultOf = ({ state, index }: Place, fact: Fact): string => {
  const { begunBy, attempt } = fold(state.log);
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
    if (!holds(scope, "a put is refused where a record is"))
      state.wrong = "a durable record was replaced";
    refuse(scope, { state, index });
    return;
  }
  state.wrong = faultOf({ state, index }, fact);
  const begins = fact === "claim" || (fact === "takenOver" && scope.restarts);
  const runs = begins || (turn.runs > 0 && fact !== "result");
  state.log = appended(state.log, { turn: turn.id, fact, runs, isOutside: false });
  if (fact === "result") turn.runs = 0;
  state.leaseHolds = runs;
  Object.assign(turn, { known: turn.known + 1, awaits: false, hasRaised: false });
  Object.assign(turn, { isLeased: runs, hasRenewed: false, stoodStill: false });
};

/** Whether nobody who knows no more may settle: the record before has a lease of the turn, or something to be begun. */
const isProtected = ({ log }: Execution, { known, id }: Turn): boolean => {
  const { leaseTurn, begunBy, isDone } = fold(log, known);
  return leaseTurn === id || (begunBy === undefined && !isDone);
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

export const start = ({ state, index }: Place, attempt: number): void => {
  const turn = turnIn(state, index);
  const now = fold(state.log);
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
    turn.awaits = true;
    refuse(scope, { state, index });
    return;
  }
  state.head = { seq, isOpen, isDue: false };
  turn.isSettled = true;
  const isOver = state.faultsLeft === 0 && !turn.sharesItem && scope.isFine !== true;
  if (isOver) serverIn(state, index).turn = null;
};

/** Whoever is refused looks at the log before anything else. */
export const refuse = (scope: Scope, { state, index }: Place): void => {
  if (scope.isFine === true) turnIn(state, index).mustLook = true;
  else look(scope, { state, index });
};

export const look = (scope: Scope, { state, index }: Place): void => {
  const turn = turnIn(state, index);
  turn.mustLook = false;
  turn.hasRaised = false;
  if (turn.known < state.log.length) turn.awaits = false;
  turn.known = state.log.length;
  const { begunBy, attempt, isDone } = fold(state.log, turn.known);
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
