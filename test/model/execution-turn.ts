import { type Fact, type Folded, fold } from "./execution-log.ts";
import type { Offer } from "./execution-model.ts";
import { type Execution, isLeased, type Scope } from "./execution-state.ts";
import {
  finishStart,
  holds,
  look,
  loseItem,
  mustRaise,
  newTurn,
  type Place,
  put,
  putHead,
  raise,
  renew,
  serverIn,
  start,
  turnIn,
} from "./execution-writes.ts";

/** A turn renews what it runs; one that stood still has to look first. */
const renewSteps = (scope: Scope, place: Place, offer: Offer): void => {
  const { state, index } = place;
  const turn = turnIn(state, index);
  if (scope.renews && turn.runs > 0 && !turn.hasRenewed && state.head?.isOpen === true)
    offer(`server ${index}: renews`, (next) => renew(scope, { state: next, index }));
};

/** A record, after the head was raised to it where that must be. */
const putSteps = (
  scope: Scope,
  { place, fact }: { place: Place; fact: Fact },
  offer: Offer,
): void => {
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
const activitySteps = (
  scope: Scope,
  { place, folded }: { place: Place; folded: Folded },
  offer: Offer,
): void => {
  const { state, index } = place;
  const turn = turnIn(state, index);
  const name = `server ${index}`;
  const { attempt, begunBy } = folded;
  const record = (fact: Fact) => putSteps(scope, { place, fact }, offer);
  const begins = () =>
    offer(`${name}: starts attempt ${attempt}`, (next) => start({ state: next, index }, attempt));
  const isItsResult = turn.runs === attempt || !holds(scope, "a result names its attempt");
  if (turn.runs > 0 && isItsResult) record("result");
  else if (begunBy === undefined) record("claim");
  else if (begunBy !== turn.id && holds(scope, "a takeover is a record")) record("takenOver");
  else if (begunBy === turn.id && !turn.isLeased && holds(scope, "no start without a lease"))
    record("claim");
  else begins();
};

/** What the turn does when the activity is done: it waits, or brings the end to its end. */
const endSteps = (
  scope: Scope,
  { place, folded }: { place: Place; folded: Folded },
  offer: Offer,
): void => {
  const { state, index } = place;
  const turn = turnIn(state, index);
  const name = `server ${index}`;
  const owes = folded.hasEnded && !turn.hasTold;
  const mustTell =
    owes && (holds(scope, "commands of later records are repeated") || folded.endedBy === turn.id);
  const tell = (next: Execution) => {
    next.isParentTold = true;
    turnIn(next, index).hasTold = true;
  };
  if (mustTell && scope.isFine === true) offer(`${name}: tells the parent`, tell);
  else if (mustTell)
    offer(`${name}: tells the parent and closes the head`, (next) => {
      tell(next);
      putHead(scope, { state: next, index }, false);
    });
  const mayClose = !mustTell || !holds(scope, "a head is closed when everything is done");
  if (folded.hasEnded && mayClose)
    offer(`${name}: closes the head`, (next) => putHead(scope, { state: next, index }, false));
  if (!folded.hasEnded)
    offer(`${name}: leaves a head`, (next) => putHead(scope, { state: next, index }, true));
};

const lookOrDecide = (scope: Scope, place: Place, offer: Offer): void => {
  const { state, index } = place;
  const turn = turnIn(state, index);
  const folded = fold(state.log, turn.known);
  if (turn.mustLook)
    offer(`server ${index}: looks at the log`, (next) => look(scope, { state: next, index }));
  else if (turn.awaits && holds(scope, "an announced record that never came is replaced"))
    putSteps(scope, { place, fact: "empty" }, offer);
  else if (folded.isDone) endSteps(scope, { place, folded }, offer);
  else activitySteps(scope, { place, folded }, offer);
};

export const turnSteps = (scope: Scope, place: Place, offer: Offer): void => {
  const { state, index } = place;
  const turn = turnIn(state, index);
  const name = `server ${index}`;
  if (turn.isStarting) {
    offer(`${name}: writes the first head, enqueues, acknowledges`, (next) =>
      finishStart(next, index),
    );
  } else if (turn.isSettled) {
    offer(`${name}: lets the item go`, (next) => {
      const { sharesItem } = turnIn(next, index);
      serverIn(next, index).turn = null;
      if (sharesItem) loseItem(next);
    });
  } else {
    // What runs goes on while the turn looks at the log.
    renewSteps(scope, place, offer);
    lookOrDecide(scope, place, offer);
  }
};

/** A server without a turn takes one, for a work item or because a head is due. */
export const takeSteps = (scope: Scope, { state, index }: Place, offer: Offer): void => {
  if (state.log.length === 0) return;
  const folded = fold(state.log);
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
      false,
    );
  if (state.head?.isOpen === true && state.head.isDue && holds(scope, "due heads are looked at"))
    offer(`${name}: finds the head due`, (next) => {
      newTurn(next, index);
    });
};
