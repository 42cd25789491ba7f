import type { Fact } from "#core/execution/facts.ts";

/** What became of an offered fact: `lost` if the turn was over first, so offer it elsewhere. */
export type Offered = "recorded" | "ended" | "lost";

/** A fact on its way into the log, and who wants to know what became of it. */
export interface Offer {
  readonly fact: Fact;
  readonly settled?: (outcome: Offered) => void;
}

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

  /** Puts back what could not be recorded, before what came meanwhile. That time has passed will be found anew. */
  putBack(offers: readonly Offer[]): void {
    this.#offers = [...offers.filter(({ fact }) => fact.kind !== "TimePassed"), ...this.#offers];
  }

  /** Whether the result of an attempt waits here. */
  hasResult(activity: string, attempt: number): boolean {
    return this.#offers.some(
      ({ fact }) =>
        (fact.kind === "ActivitySucceeded" || fact.kind === "ActivityFailed") &&
        fact.activity === activity &&
        fact.attempt === attempt,
    );
  }

  /** Empties it: nothing of what is left will be recorded here. */
  close(outcome: Offered): void {
    for (const offer of this.takeAll()) offer.settled?.(outcome);
  }
}
