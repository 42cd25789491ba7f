import type { Offer } from "./execution-model.ts";
import {
  type Execution,
  type Fact,
  type Folded,
  fold,
  isLeased,
  type Rule,
  type Scope,
  type Server,
  type Turn,
} from "./execution-state.ts";

export interface Place {
  readonly state: Execution;
  readonly index: number;
}

const holds = (scope: Scope, rule: Rule): boolean => scope.without !== rule;

export const serverIn = (state: Execution, index: number): Server => state.servers[index] as Server;

export const turnIn = (state: Execution, index: number): Turn => serverIn(state, index).turn as Turn;

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

/** Puts a record behind those that the turn knows; a turn that is refused has to look. */
const put = (scope: Scope, { state, index }: Place, fact: Fact): void => {
  const turn = turnIn(state, index);
  if (state.log.length > turn.known) {
    if (holds(scope, "a put is refused where a record is")) {
      turn.mustLook = true;
      return;
    }
    state.wrong = "a durable record was replaced";
    return;
  }
  const before = fold(state.log, state.log.length, scope.restarts);
  const begins = fact === "claim" || (fact === "takenOver" && scope.restarts);
  const runs = begins || (turn.runs > 0 && fact !== "result");
  if (fact === "takenOver" && isAlive(state, before.begunBy, before.attempt))
    state.wrong = "an activity was taken over from a turn that is alive";
  if (fact === "result" && (before.begunBy !== turn.id || turn.runs !== before.attempt))
    state.wrong = "the result of one attempt was taken for that of another";
  state.log.push({ turn: turn.id, fact, runs, isOutside: false });
  turn.known += 1;
  turn.awaits = false;
  turn.hasRaised = false;
  if (fact === "result") turn.runs = 0;
  state.leaseHolds = runs;
  turn.isLeased = runs;
  turn.hasRenewed = false;
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

const start = (scope: Scope, { state, index }: Place, attempt: number): void => {
  const turn = turnIn(state, index);
  const now = fold(state.log, state.log.length, scope.restarts);
  if (now.begunBy !== turn.id || now.attempt !== attempt || now.isDone)
    state.wrong = "an attempt was started that no record gives to the turn";
  state.starts[attempt - 1] = (state.starts[attempt - 1] ?? 0) + 1;
  for (let i = 0; i < attempt; i += 1) state.starts[i] ??= 0;
  turn.runs = attempt;
};

/** Writes a head that reflects what the turn knows; one that names a later record refuses it. */
const putHead = (scope: Scope, { state, index }: Place, isOpen: boolean): void => {
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

const look = (scope: Scope, { state, index }: Place): void => {
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

/** A turn renews what it runs; one that stood still has to look first. */
const renewSteps = (scope: Scope, place: Place, offer: Offer): void => {
  const { state, index } = place;
  const turn = turnIn(state, index);
  if (scope.renews && turn.runs > 0 && !turn.hasRenewed && state.head?.isOpen === true)
    offer(`server ${index}: renews`, (next) => renew(scope, { state: next, index }));
};

const renew = (scope: Scope, { state, index }: Place): void => {
  const turn = turnIn(state, index);
  if (!turn.isLeased && holds(scope, "a turn that stood still looks at the log")) turn.mustLook = true;
  const isOld = state.renewal !== null && state.renewal.known > turn.known;
  if (isOld && holds(scope, "an old renewal is refused")) turn.mustLook = true;
  else state.renewal = { turn: turn.id, known: turn.known };
  turn.hasRenewed = true;
  turn.isLeased = true;
};

/** A record, after the head was raised to it where that must be. */
const putSteps = (scope: Scope, { place, fact }: { place: Place; fact: Fact }, offer: Offer): void => {
  const { state, index } = place;
  const name = `server ${index}`;
  if (mustRaise(scope, state, turnIn(state, index)))
    offer(`${name}: raises the head`, (next) => {
      const mine = turnIn(next, index);
      mine.hasRaised = true;
      raise(next, mine.known);
    });
  else offer(`${name}: puts ${fact}`, (next) => put(scope, { state: next, index }, fact));
};

/** What the turn does about the activity. */
const activitySteps = (scope: Scope, { place, folded }: { place: Place; folded: Folded }, offer: Offer): void => {
  const { state, index } = place;
  const turn = turnIn(state, index);
  const name = `server ${index}`;
  const { attempt, begunBy } = folded;
  const record = (fact: Fact) => putSteps(scope, { place, fact }, offer);
  const begins = () =>
    offer(`${name}: starts attempt ${attempt}`, (next) => start(scope, { state: next, index }, attempt));
  const isNamed = holds(scope, "a result names its attempt") ? turn.runs === attempt : turn.runs > 0;
  if (isNamed) return record("result");
  if (begunBy === undefined) return record("claim");
  if (begunBy !== turn.id) {
    return holds(scope, "a takeover is a record") ? record("takenOver") : begins();
  }
  if (turn.isLeased || !holds(scope, "no start without a lease")) begins();
  else record("claim");
};

/** What the turn does when the activity is done: it waits, or brings the end to its end. */
const endSteps = (scope: Scope, { place, folded }: { place: Place; folded: Folded }, offer: Offer): void => {
  const { state, index } = place;
  const turn = turnIn(state, index);
  const name = `server ${index}`;
  const owes = folded.hasEnded && !turn.hasTold;
  const mustTell = owes && (holds(scope, "commands of later records are repeated") || folded.endedBy === turn.id);
  if (mustTell)
    offer(`${name}: tells the parent`, (next) => {
      next.isParentTold = true;
      turnIn(next, index).hasTold = true;
    });
  const mayClose = !mustTell || !holds(scope, "a head is closed when everything is done");
  if (folded.hasEnded && mayClose)
    offer(`${name}: closes the head`, (next) => putHead(scope, { state: next, index }, false));
  if (!folded.hasEnded)
    offer(`${name}: leaves a head`, (next) => putHead(scope, { state: next, index }, true));
};

const finishStart = (state: Execution, index: number): void => {
  const turn = turnIn(state, index);
  turn.isStarting = false;
  turn.holdsItem = true;
  state.head ??= { seq: 0, isOpen: true, isDue: true };
  state.isStartAnswered = true;
};

/** The item is gone for everybody who was given it. */
const loseItem = (state: Execution): void => {
  state.items = 0;
  for (const { turn } of state.servers) if (turn !== null) turn.holdsItem = false;
};

export const turnSteps = (scope: Scope, place: Place, offer: Offer): void => {
  const { state, index } = place;
  const turn = turnIn(state, index);
  const name = `server ${index}`;
  if (turn.isStarting)
    return offer(`${name}: writes the first head, enqueues, acknowledges`, (next) =>
      finishStart(next, index),
    );
  if (turn.isSettled)
    return offer(`${name}: lets the item go`, (next) => {
      const { sharesItem } = turnIn(next, index);
      serverIn(next, index).turn = null;
      if (sharesItem) loseItem(next);
    });
  // What runs goes on while the turn looks at the log.
  renewSteps(scope, place, offer);
  if (turn.mustLook)
    return offer(`${name}: looks at the log`, (next) => look(scope, { state: next, index }));
  const folded = fold(state.log, turn.known, scope.restarts);
  if (turn.awaits && holds(scope, "an announced record that never came is replaced"))
    return putSteps(scope, { place, fact: "empty" }, offer);
  if (folded.isDone) endSteps(scope, { place, folded }, offer);
  else activitySteps(scope, { place, folded }, offer);
};

/** A server without a turn takes one, for a work item or because a head is due. */
export const takeSteps = (scope: Scope, { state, index }: Place, offer: Offer): void => {
  if (state.log.length === 0) return;
  const folded = fold(state.log, state.log.length, scope.restarts);
  if (isLeased(state, folded) && holds(scope, "a leased execution is left alone")) return;
  const name = `server ${index}`;
  if (state.items > 0)
    offer(`${name}: receives`, (next) => {
      next.items = 0;
      newTurn(next, index).holdsItem = true;
    });
  if (state.items > 0 && state.faultsLeft > 0)
    offer(
      `${name}: receives a copy`,
      (next) => {
        next.faultsLeft -= 1;
        newTurn(next, index).sharesItem = true;
      },
      true,
    );
  if (state.head?.isOpen === true && state.head.isDue && holds(scope, "due heads are looked at"))
    offer(`${name}: finds the head due`, (next) => {
      newTurn(next, index);
    });
};
