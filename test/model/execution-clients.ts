import { appended, fold } from "./execution-log.ts";
import type { Offer } from "./execution-model.ts";
import type { Execution, Scope } from "./execution-state.ts";
import {
  mustRaise,
  newTurn,
  type Place,
  raise,
  refuse,
  serverIn,
  start,
  turnIn,
} from "./execution-writes.ts";

/** Who writes without a turn. */
const outside = 0;

const putStart = (scope: Scope, { state, index }: Place): void => {
  const turn = newTurn(state, index);
  if (scope.without === "an activity starts after its record") {
    start({ state, index }, 1);
    return;
  }
  state.log = appended(state.log, { turn: turn.id, fact: "start", runs: true, isOutside: false });
  state.leaseHolds = true;
  turn.isLeased = true;
  turn.known = 1;
  turn.isStarting = true;
};

/** A start: the record first, then head and item (`startSteps` of the turn), then the answer. */
const startSteps = (scope: Scope, { state, index }: Place, offer: Offer): void => {
  const name = `server ${index}`;
  if (state.isStartAnswered || serverIn(state, index).turn !== null) return;
  if (state.log.length === 0)
    offer(`${name}: puts the start`, (next) => putStart(scope, { state: next, index }));
  else
    offer(`${name}: answers a repeated start`, (next) => {
      if (scope.without !== "a repeated start completes the first" && next.head === null) {
        next.head = { seq: 0, isOpen: true, isDue: true };
        next.items = 1;
      }
      next.isStartAnswered = true;
    });
};

/** Through the turn that the server has. */
const tellTurn = (scope: Scope, { state, index }: Place, offer: Offer): void => {
  const turn = turnIn(state, index);
  if (turn.isStarting || turn.isSettled || turn.mustLook || turn.awaits) return;
  const { signals, hasEnded } = fold(state.log, turn.known);
  if (hasEnded || signals > 0) return;
  if (mustRaise(scope, state, turn))
    offer(`server ${index}: raises the head for the signal`, (next) => {
      const mine = turnIn(next, index);
      mine.hasRaised = true;
      raise(next, mine.known);
    });
  else
    offer(`server ${index}: its turn records the signal`, (next) =>
      recordSignal(scope, { state: next, index }),
    );
};

const recordSignal = (scope: Scope, { state, index }: Place): void => {
  const turn = turnIn(state, index);
  if (state.log.length > turn.known) {
    refuse(scope, { state, index });
    return;
  }
  const runs = turn.runs > 0 || isBegun(state, index);
  state.log = appended(state.log, { turn: turn.id, fact: "signal", runs, isOutside: false });
  turn.known += 1;
  state.leaseHolds = runs;
  turn.isLeased = runs;
  turn.hasRenewed = false;
  turn.hasRaised = false;
  turn.stoodStill = false;
  state.isSignalAnswered = true;
};

const isBegun = (state: Execution, index: number): boolean => {
  const turn = turnIn(state, index);
  const { begunBy, isDone } = fold(state.log, turn.known);
  return begunBy === turn.id && !isDone;
};

/** Without a turn: raise the head, put the record, enqueue, answer. */
const tellLog = (scope: Scope, { state, index }: Place, offer: Offer): void => {
  const name = `server ${index}`;
  const { call } = serverIn(state, index);
  if (call === null) beginCall(scope, { state, index }, offer);
  else if (call.step === "raise")
    offer(`${name}: raises the head`, (next) => {
      // Of a start that was cut short there is no head.
      next.head ??= { seq: 0, isOpen: true, isDue: true };
      raise(next, call.at);
      serverIn(next, index).call = { ...call, step: "put" };
    });
  else if (call.step === "put")
    offer(`${name}: puts the signal`, (next) => {
      const isFree = next.log.length === call.at;
      serverIn(next, index).call = isFree ? { ...call, step: "enqueue" } : null;
      const isOutside = scope.without !== "a record from outside leaves the lease";
      if (isFree)
        next.log = appended(next.log, { turn: outside, fact: "signal", runs: false, isOutside });
    });
  else
    offer(`${name}: enqueues and acknowledges the signal`, (next) => {
      next.items = 1;
      next.isSignalAnswered = true;
      serverIn(next, index).call = null;
    });
};

const beginCall = (scope: Scope, { state, index }: Place, offer: Offer): void => {
  const name = `server ${index}`;
  if (fold(state.log).signals > 0)
    offer(`${name}: answers a repeated signal`, (next) => {
      next.isSignalAnswered = true;
    });
  else
    offer(`${name}: is told a signal`, (next) => {
      const isRaised = scope.without !== "a record from outside raises the head first";
      serverIn(next, index).call = { at: next.log.length, step: isRaised ? "raise" : "put" };
    });
};

/** Clients ask again until they have an answer. */
export const clientSteps = (scope: Scope, place: Place, offer: Offer): void => {
  const { state, index } = place;
  startSteps(scope, place, offer);
  const { call, turn } = serverIn(state, index);
  if (state.log.length === 0 || (state.isSignalAnswered && call === null)) return;
  // One client: it asks another server when one does not answer.
  if (call === null && state.servers.some((server) => server.call !== null && !server.isFrozen))
    return;
  if (turn === null || call !== null) tellLog(scope, place, offer);
  else tellTurn(scope, place, offer);
};
