/** A state as a short text, to wait in until it is looked at; nothing is left out. */
import { logAt } from "./execution-log.ts";
import type { Execution, Server, Turn } from "./execution-state.ts";

/** Numbers of some bits each, put into characters of sixteen bits. */
class Bits {
  #text = "";
  #held = 0;
  #size = 0;

  add(value: number, bits: number): void {
    if (value < 0 || value >= 1 << bits) throw new RangeError(`${value} needs over ${bits} bits`);
    if (this.#size + bits > 16) this.#flush();
    this.#held |= value << this.#size;
    this.#size += bits;
  }

  #flush(): void {
    this.#text += String.fromCharCode(this.#held);
    this.#held = 0;
    this.#size = 0;
  }

  end(): string {
    this.#flush();
    return this.#text;
  }
}

class BitsOf {
  readonly #text: string;
  #at = 0;
  #size = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(bits: number): number {
    if (this.#size + bits > 16) {
      this.#at += 1;
      this.#size = 0;
    }
    const value = (this.#text.charCodeAt(this.#at) >>> this.#size) & ((1 << bits) - 1);
    this.#size += bits;
    return value;
  }

  is(): boolean {
    return this.take(1) === 1;
  }
}

const callSteps = ["raise", "put", "enqueue"] as const;

const packTurn = (turn: Turn, bits: Bits): void => {
  bits.add(turn.id, 5);
  bits.add(turn.known, 5);
  bits.add(turn.runs, 3);
  bits.add(+turn.isStarting, 1);
  bits.add(+turn.holdsItem, 1);
  bits.add(+turn.isLeased, 1);
  bits.add(+turn.hasRenewed, 1);
  bits.add(+turn.stoodStill, 1);
  bits.add(+turn.mustLook, 1);
  bits.add(+turn.awaits, 1);
  bits.add(+turn.hasRaised, 1);
  bits.add(+turn.sharesItem, 1);
  bits.add(+turn.hasTold, 1);
  bits.add(+turn.isSettled, 1);
};

const unpackTurn = (bits: BitsOf): Turn => ({
  id: bits.take(5),
  known: bits.take(5),
  runs: bits.take(3),
  isStarting: bits.is(),
  holdsItem: bits.is(),
  isLeased: bits.is(),
  hasRenewed: bits.is(),
  stoodStill: bits.is(),
  mustLook: bits.is(),
  awaits: bits.is(),
  hasRaised: bits.is(),
  sharesItem: bits.is(),
  hasTold: bits.is(),
  isSettled: bits.is(),
});

const packServer = ({ isFrozen, turn, call }: Server, bits: Bits): void => {
  bits.add(+isFrozen, 1);
  bits.add(+(turn !== null), 1);
  bits.add(call === null ? 0 : callSteps.indexOf(call.step) + 1, 2);
  if (call !== null) bits.add(call.at, 5);
  if (turn !== null) packTurn(turn, bits);
};

const unpackServer = (bits: BitsOf): Server => {
  const isFrozen = bits.is();
  const hasTurn = bits.is();
  const step = callSteps[bits.take(2) - 1];
  return {
    isFrozen,
    call: step === undefined ? null : { step, at: bits.take(5) },
    turn: hasTurn ? unpackTurn(bits) : null,
  };
};

export const packed = (state: Execution): string => {
  const bits = new Bits();
  const { log, head, renewal } = state;
  bits.add(log.number % 2 ** 15, 15);
  bits.add(Math.floor(log.number / 2 ** 15), 15);
  bits.add(head === null ? 0 : head.seq + 1, 5);
  bits.add(+(head?.isOpen === true), 1);
  bits.add(+(head?.isDue === true), 1);
  bits.add(renewal === null ? 0 : renewal.turn, 5);
  bits.add(renewal?.known ?? 0, 5);
  bits.add(+state.leaseHolds, 1);
  bits.add(state.items, 1);
  bits.add(+state.isStartAnswered, 1);
  bits.add(+state.isSignalAnswered, 1);
  bits.add(+state.isParentTold, 1);
  bits.add(state.faultsLeft, 2);
  bits.add(state.starts.length, 3);
  for (const count of state.starts) bits.add(count, 2);
  for (const server of state.servers) packServer(server, bits);
  return bits.end();
};

/** `initial`: any state of the same model. States in which something is wrong are not packed. */
export const unpacked = (text: string, initial: Execution): Execution => {
  const bits = new BitsOf(text);
  const log = logAt(initial.log, bits.take(15) + bits.take(15) * 2 ** 15);
  const seq = bits.take(5);
  const head = { seq: seq - 1, isOpen: bits.is(), isDue: bits.is() };
  const renewal = { turn: bits.take(5), known: bits.take(5) };
  return {
    log,
    head: seq === 0 ? null : head,
    renewal: renewal.turn === 0 ? null : renewal,
    leaseHolds: bits.is(),
    items: bits.is() ? 1 : 0,
    isStartAnswered: bits.is(),
    isSignalAnswered: bits.is(),
    isParentTold: bits.is(),
    faultsLeft: bits.take(2),
    starts: Array.from({ length: bits.take(3) }, () => bits.take(2)),
    servers: initial.servers.map(() => unpackServer(bits)),
    wrong: "",
  };
};
