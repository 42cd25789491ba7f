import { fold } from "./execution-log.ts";
import type { Offer } from "./execution-model.ts";
import type { Execution, Turn } from "./execution-state.ts";
import { dropTurn, serverIn } from "./execution-writes.ts";

/** Crashes, standing still, and lost work items. */
export const faultSteps = (state: Execution, index: number, offer: Offer): void => {
  const { isFrozen, turn, call } = serverIn(state, index);
  const name = `server ${index}`;
  // To stand still does not end, for all that the others may rely upon.
  if (isFrozen)
    offer(
      `${name}: wakes up`,
      (next) => {
        serverIn(next, index).isFrozen = false;
      },
      false,
    );
  if (isFrozen && turn?.holdsItem === true)
    offer(`the item of server ${index} is visible again`, (next) => {
      next.items = 1;
      const mine = serverIn(next, index).turn as Turn;
      mine.holdsItem = false;
      mine.sharesItem = true;
    });
  if (state.faultsLeft === 0) return;
  const fault = (what: string, change: (next: Execution) => void) =>
    offer(
      what,
      (next) => {
        next.faultsLeft -= 1;
        change(next);
      },
      false,
    );
  if (turn !== null || call !== null)
    fault(`${name}: crashes`, (next) => {
      dropTurn(next, index);
      serverIn(next, index).call = null;
      serverIn(next, index).isFrozen = false;
    });
  const isLastAwake = state.servers.every((server, at) => at === index || server.isFrozen);
  if (turn !== null && !isFrozen && !isLastAwake)
    fault(`${name}: stands still`, (next) => {
      serverIn(next, index).isFrozen = true;
      (serverIn(next, index).turn as Turn).stoodStill = true;
    });
  if (index === 0 && state.items > 0)
    fault("an item is lost", (next) => {
      next.items = 0;
    });
};

/** The turn that has a lease, as long as a server holds it. */
const holderIn = (
  state: Execution,
  id: number | undefined,
): { turn: Turn; isFrozen: boolean } | undefined => {
  const server = state.servers.find(({ turn }) => turn !== null && turn.id === id);
  return server && { turn: server.turn as Turn, isFrozen: server.isFrozen };
};

/**
 * Leases run out. A server that is awake renews in time, so its lease runs out in one of both places only
 * while it holds in the other.
 */
export const timeSteps = (state: Execution, offer: Offer): void => {
  const { leaseTurn } = fold(state.log);
  const holder = holderIn(state, leaseTurn);
  const isKept =
    holder !== undefined && !holder.isFrozen && !holder.turn.hasRenewed && holder.turn.isLeased;
  if (state.leaseHolds && !isKept)
    offer("the lease in the log runs out", (next) => {
      next.leaseHolds = false;
      const mine = holderIn(next, leaseTurn);
      if (mine !== undefined && !mine.turn.hasRenewed) mine.turn.isLeased = false;
    });
  const { renewal } = state;
  const renewer = holderIn(state, renewal?.turn);
  const isRenewed =
    renewer !== undefined &&
    !renewer.isFrozen &&
    !(state.leaseHolds && leaseTurn === renewal?.turn);
  if (renewal !== null && !isRenewed)
    offer("the renewed lease runs out", (next) => {
      // What it says of later records no longer matters: whoever is older has to look first.
      next.renewal = null;
      const mine = holderIn(next, renewal.turn);
      if (mine === undefined) return;
      mine.turn.hasRenewed = false;
      mine.turn.isLeased = next.leaseHolds && leaseTurn === renewal.turn;
    });
};
