import type { Offer } from "./execution-model.ts";
import { type Execution, fold, type Scope } from "./execution-state.ts";
import { mustRaise, newTurn, type Place, raise, serverIn, turnIn } from "./execution-turn.ts";

/** A start: the record first, then head and item (`startSteps` of the turn), then the answer. */
const startSteps = (scope: Scope, { state, index }: Place, offer: Offer): void => {
  const name = `server ${index}`;
  if (state.isStartAnswered || serverIn(state, index).turn !== null) return;
  if (state.log.length === 0)
    return offer(`${name}: puts the start`, (next) => {
      const turn = newTurn(next, index);
      next.log.push({ turn: turn.id, fact: "start", runs: true, isOutside: false });
      next.leaseHolds = true;
      turn.isLeased = true;
      turn.known = 1;
      turn.isStarting = true;
      if (scope.without === "an activity starts after its record") next.log.pop();
      if (scope.without === "an activity starts after its record") next.starts = [1];
      if (scope.without === "an activity starts after its record")
        next.wrong = "an attempt was started that no record gives to the turn";
    });
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
  const { signals, hasEnded } = fold(state.log, turn.known, scope.restarts);
  if (hasEnded || signals > 0) return;
  if (mustRaise(scope, state, turn))
    return offer(`server ${index}: raises the head for the signal`, (next) => {
      const mine = turnIn(next, index);
      mine.hasRaised = true;
      raise(next, mine.known);
    });
  offer(`server ${index}: its turn records the signal`, (next) => {
    const mine = turnIn(next, index);
    if (next.log.length > mine.known) {
      mine.mustLook = true;
      return;
    }
    const runs = mine.runs > 0 || isBegun(scope, next, index);
    next.log.push({ turn: mine.id, fact: "signal", runs, isOutside: false });
    mine.known += 1;
    next.leaseHolds = runs;
    mine.isLeased = runs;
    mine.hasRenewed = false;
    mine.hasRaised = false;
    next.isSignalAnswered = true;
  });
};

const isBegun = (scope: Scope, state: Execution, index: number): boolean => {
  const turn = turnIn(state, index);
  const { begunBy, isDone } = fold(state.log, turn.known, scope.restarts);
  return begunBy === turn.id && !isDone;
};

/** Without a turn: raise the head, put the record, enqueue, answer. */
const tellLog = (scope: Scope, { state, index }: Place, offer: Offer): void => {
  const name = `server ${index}`;
  const { call } = serverIn(state, index);
  if (call === null) {
    const { signals } = fold(state.log, state.log.length, scope.restarts);
    if (signals > 0)
      return offer(`${name}: answers a repeated signal`, (next) => {
        next.isSignalAnswered = true;
      });
    return offer(`${name}: is told a signal`, (next) => {
      const step = scope.without === "a record from outside raises the head first" ? "put" : "raise";
      serverIn(next, index).call = { at: next.log.length, step };
    });
  }
  if (call.step === "raise")
    return offer(`${name}: raises the head`, (next) => {
      raise(next, call.at);
      serverIn(next, index).call = { ...call, step: "put" };
    });
  if (call.step === "put")
    return offer(`${name}: puts the signal`, (next) => {
      const isFree = next.log.length === call.at;
      serverIn(next, index).call = isFree ? { ...call, step: "enqueue" } : null;
      const isOutside = scope.without !== "a record from outside leaves the lease";
      if (isFree) next.log.push({ turn: "outside", fact: "signal", runs: false, isOutside });
    });
  offer(`${name}: enqueues and acknowledges the signal`, (next) => {
    next.items = 1;
    next.isSignalAnswered = true;
    serverIn(next, index).call = null;
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
