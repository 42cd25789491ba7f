/** How hostile a simulation is: every rate is drawn from the seed, and many of them are nil. */
import type { Random } from "./random.ts";

export interface FaultRates {
  /** Of a server's crash right before, and right after, a single write. */
  readonly crashAtWrite: number;
  /** Of a batch that is broken off after a write: what came before is durable, the call rejects. */
  readonly cutBatch: number;
  /** Of a batch that is durable as a whole although the call rejects. */
  readonly lostAck: number;
  readonly refusedRead: number;
  /** Of a call that is refused before any of its writes. */
  readonly throttledWrite: number;
  /** Of a list that is answered as it was a while ago. */
  readonly staleList: number;
  /** Of a call or a single write that takes long. */
  readonly delay: number;
  readonly delayMsMax: number;
  /** Weights of what befalls the world as time goes on. */
  readonly kill: number;
  readonly close: number;
  readonly freeze: number;
  readonly outage: number;
  readonly loseItem: number;
  readonly doubleItem: number;
  readonly hideItem: number;
  readonly jump: number;
  readonly stop: number;
  readonly restart: number;
  /** Mean time between two of these, ms. */
  readonly everyMs: number;
  /** How long the faults go on, ms. */
  readonly lastsMs: number;
}

const rateOf =
  (random: Random) =>
  (most: number): number =>
    random.chance(0.45) ? 0 : random.fraction() * most;

/** Faults that only seeds of the widest kind draw. */
export const drawMoreRates = (random: Random): Partial<FaultRates> => {
  const rate = rateOf(random);
  return { throttledWrite: rate(0.1), staleList: rate(0.3) };
};

export const drawRates = (random: Random): FaultRates => {
  const rate = rateOf(random);
  return {
    throttledWrite: 0,
    staleList: 0,
    crashAtWrite: rate(0.03),
    cutBatch: rate(0.06),
    lostAck: rate(0.06),
    refusedRead: rate(0.05),
    delay: rate(0.2),
    delayMsMax: random.pick([5, 200, 4_000, 12_000]),
    kill: rate(3),
    close: rate(1),
    freeze: rate(3),
    outage: rate(1),
    loseItem: rate(3),
    doubleItem: rate(3),
    hideItem: rate(2),
    jump: random.chance(0.8) ? 0 : random.fraction(),
    stop: rate(1),
    restart: rate(2),
    everyMs: random.pick([200, 1_000, 4_000]),
    lastsMs: random.int(5_000, 90_000),
  };
};
