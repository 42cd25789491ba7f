import type { Fact, ProgressDropped, TakenOver } from "#core/execution/facts.ts";
import type { ExecutionStatus } from "#core/execution/state.ts";
import type { ResultFact } from "./late-results.ts";

/** What became of an offered fact: `lost` if it came too late or the turn was over first, so ask again what to tell. */
export type Offered = "recorded" | "ended" | "lost";

/** A fact on its way into the log, and who wants to know what became of it. */
export interface Offer {
  readonly fact: Fact;
  readonly settled?: (outcome: Offered) => void;
}

/** What became of a fact that is in the log: nothing, if something else in the same record was faster. */
export const outcomeOf = (
  fact: Fact | undefined,
  { late, status }: { readonly late: ReadonlySet<Fact>; readonly status: ExecutionStatus },
): Offered => {
  if (fact === undefined || !late.has(fact)) return "recorded";
  return status === "RUNNING" ? "lost" : "ended";
};

/** What the turn itself has ended: nothing in the state tells so. */
const isGivenUp = (fact: Fact): fact is TakenOver =>
  fact.kind === "TakenOver" && fact.drain !== undefined;

const foundInState: ReadonlySet<Fact["kind"]> = new Set([
  "TimePassed",
  "TakenOver",
  "ProgressDropped",
]);

/** Tells those who offered them what became of facts that are in the log. */
export const settleOffers = (
  offers: readonly Offer[],
  decided: Parameters<typeof outcomeOf>[1],
): void => {
  for (const { fact, settled } of offers) settled?.(outcomeOf(fact, decided));
};

const isResult = (fact: Fact): fact is ResultFact =>
  fact.kind === "ActivitySucceeded" ||
  fact.kind === "ActivitySubmitted" ||
  fact.kind === "ActivityFailed";

const isProgressDropped = (fact: Fact): fact is ProgressDropped => fact.kind === "ProgressDropped";

/** The facts that wait for the next record of a turn, in their order. */
export class Mailbox {
  #offers: Offer[] = [];
  #putBackLoss: ProgressDropped | undefined;

  get isEmpty(): boolean {
    return this.#offers.length === 0;
  }

  /** Whether all that the execution has done is about to be given up. */
  get givesUp(): boolean {
    return this.#offers.some(({ fact }) => isProgressDropped(fact));
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
    this.#putBackLoss ??= offers.map(({ fact }) => fact).find(isProgressDropped);
    const lasting = offers.filter(({ fact }) => !foundInState.has(fact.kind) || isGivenUp(fact));
    this.#offers = [...lasting, ...this.#offers];
  }

  /** That what the execution has done is given up, if that was put back since this was last asked. */
  takePutBackLoss(): ProgressDropped | undefined {
    const loss = this.#putBackLoss;
    this.#putBackLoss = undefined;
    return loss;
  }

  /** Whether the result of an attempt waits here, or that it was given up. */
  hasResult(activity: string, attempt: number): boolean {
    return this.#offers.some(
      ({ fact }) =>
        (isGivenUp(fact) &&
          fact.interrupted.some(
            (given) => given.activity === activity && given.attempt === attempt,
          )) ||
        (isResult(fact) && fact.activity === activity && fact.attempt === attempt),
    );
  }

  /** Takes out the results of attempts that are not wanted here any more; what was told from outside stays. */
  takeResults(isWanted: (activity: string, attempt: number) => boolean): ResultFact[] {
    const taken: ResultFact[] = [];
    this.#offers = this.#offers.filter(({ fact, settled }) => {
      if (settled !== undefined || !isResult(fact) || isWanted(fact.activity, fact.attempt))
        return true;
      taken.push(fact);
      return false;
    });
    return taken;
  }

  /** Empties it: nothing of what is left will be recorded here. */
  close(outcome: Offered): void {
    for (const offer of this.takeAll()) offer.settled?.(outcome);
  }
}
