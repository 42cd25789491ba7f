import type { Fact } from "#core/execution/facts.ts";
import type { ExecutionStatus } from "#core/execution/state.ts";

/** What became of an offered fact: `lost` if the turn was over first, so offer it elsewhere. */
export type Offered = "recorded" | "ended" | "lost";

/** A fact on its way into the log, and who wants to know what became of it. */
export interface Offer {
  readonly fact: Fact;
  readonly settled?: (outcome: Offered) => void;
}

/** What became of a fact that is in the log, in which the execution has `status` now. */
export const outcomeOf = (fact: Fact | undefined, status: ExecutionStatus) =>
  // A stop that came together with the end, but after it, has stopped nothing.
  fact?.kind === "StopRequested" && status !== "ABORTED" ? "ended" : "recorded";

/** Tells those who offered them that the facts are in the log, in which the execution has `status` now. */
export const settleOffers = (offers: readonly Offer[], status: ExecutionStatus): void => {
  for (const { fact, settled } of offers) settled?.(outcomeOf(fact, status));
};

const foundInState: ReadonlySet<Fact["kind"]> = new Set(["TimePassed", "TakenOver"]);

/** The facts that wait for the next record of a turn, in their order. */
export class Mailbox {
  #offers: Offer[] = [];

  get isEmpty(): boolean {
    return this.#offers.length === 0;
  }

  put(offer: Offer): void {
    this.#offers.push(offer);
  }

  takeAll(): Offer[] {
    const offers = this.#offers;
    this.#offers = [];
    return offers;
  }

  /**
   * Puts back what could not be recorded, before what came meanwhile. What follows from the state,
   * that time has passed or that a turn is gone, will be found anew.
   */
  putBack(offers: readonly Offer[]): void {
    const lasting = offers.filter(({ fact }) => !foundInState.has(fact.kind));
    this.#offers = [...lasting, ...this.#offers];
  }

  /** Whether the result of an attempt waits here. */
  hasResult(activity: string, attempt: number): boolean {
    return this.#offers.some(
      ({ fact }) =>
        (fact.kind === "ActivitySucceeded" ||
          fact.kind === "ActivitySubmitted" ||
          fact.kind === "ActivityFailed") &&
        fact.activity === activity &&
        fact.attempt === attempt,
    );
  }

  /** Empties it: nothing of what is left will be recorded here. */
  close(outcome: Offered): void {
    for (const offer of this.takeAll()) offer.settled?.(outcome);
  }
}
