/**
 * One execution on shared storage, as small as the rules of log, lease and head allow: it runs one
 * activity, waits for one signal, and ends by telling its parent. Servers hold copies that may be old.
 */

/** Rules that the model can leave out, to see what they are there for. */
export const rules = [
  "a put is refused where a record is",
  "an activity starts after its record",
  "a leased execution is left alone",
  "a takeover is a record",
  "a result names its attempt",
  "no start without a lease",
  "a record from outside leaves the lease",
  "a record from outside raises the head first",
  "an old head is refused",
  "an announced record that never came is replaced",
  "a head is closed when everything is done",
  "commands of later records are repeated",
  "due heads are looked at",
  "a repeated start completes the first",
  "an old renewal is refused",
  "a record that no lease protects is announced",
] as const;

export type Rule = (typeof rules)[number];

export interface Scope {
  readonly servers: number;
  readonly faults: number;
  /** What becomes of the activity if its server is lost: it runs again, or it has failed. */
  readonly restarts: boolean;
  /** Whether leases are renewed in the head; else a server that is awake keeps the one in the log. */
  readonly renews: boolean;
  /** Clients that are refused try again for ever; what comes of longer logs is no longer looked at. */
  readonly recordsMax: number;
  readonly without?: Rule;
}

export type Fact = "start" | "result" | "takenOver" | "claim" | "signal" | "empty";

export interface Entry {
  readonly turn: string;
  readonly fact: Fact;
  /** Whether it names a lease. */
  readonly runs: boolean;
  readonly isOutside: boolean;
}

export interface Turn {
  readonly id: string;
  /** Records that it knows. */
  known: number;
  /** Head and item of the start are not written yet. */
  isStarting: boolean;
  holdsItem: boolean;
  /** The attempt that it has started; 0: none. Its answer may come at once. */
  runs: number;
  /** Its lease has not run out by its own clock. */
  isLeased: boolean;
  hasRenewed: boolean;
  stoodStill: boolean;
  mustLook: boolean;
  /** A head was refused: a record is announced behind those that it knows. */
  awaits: boolean;
  /** It has announced its next record itself. */
  hasRaised: boolean;
  /** Another turn was given the same work item. */
  sharesItem: boolean;
  hasTold: boolean;
  /** What is left of its end: the head is written, the item is to go. */
  isSettled: boolean;
}

export interface Server {
  isFrozen: boolean;
  turn: Turn | null;
  /** A signal on its way into the log without a turn. */
  call: { at: number; step: "raise" | "put" | "enqueue" } | null;
}

export interface Execution {
  log: Entry[];
  head: { seq: number; isOpen: boolean; isDue: boolean } | null;
  /** Whether the lease that the log names has not run out by what the record says. */
  leaseHolds: boolean;
  /** The lease as it was renewed in the head, until it runs out. */
  renewal: { turn: string; known: number } | null;
  /** Whether a work item is visible; more of them would say no more. */
  items: 0 | 1;
  servers: Server[];
  isStartAnswered: boolean;
  isSignalAnswered: boolean;
  /** How often each attempt was started, from 1. */
  starts: number[];
  isParentTold: boolean;
  faultsLeft: number;
  wrong: string;
}

const copyTurn = (turn: Turn | null): Turn | null => (turn === null ? null : { ...turn });

export const copyOf = (state: Execution): Execution => ({
  ...state,
  log: [...state.log],
  head: state.head && { ...state.head },
  renewal: state.renewal && { ...state.renewal },
  servers: state.servers.map((server) => ({
    ...server,
    turn: copyTurn(server.turn),
    call: server.call && { ...server.call },
  })),
  starts: [...state.starts],
});

export const initialExecution = ({ servers, faults }: Scope): Execution => ({
  log: [],
  head: null,
  leaseHolds: false,
  renewal: null,
  items: 0,
  servers: Array.from({ length: servers }, () => ({
    isFrozen: false,
    turn: null,
    call: null,
  })),
  isStartAnswered: false,
  isSignalAnswered: false,
  starts: [],
  isParentTold: false,
  faultsLeft: faults,
  wrong: "",
});

/** What follows from the first records of the log. */
export interface Folded {
  readonly attempt: number;
  /** The turn that was told to run the attempt. */
  readonly begunBy: string | undefined;
  readonly isDone: boolean;
  readonly signals: number;
  readonly leaseTurn: string | undefined;
  readonly hasEnded: boolean;
  /** The turn that wrote the end. */
  readonly endedBy: string | undefined;
}

const begins = (entry: Entry): boolean =>
  entry.runs && /^(start|claim|takenOver)$/.test(entry.fact);

const isDoneBy = (entry: Entry, restarts: boolean): boolean =>
  entry.fact === "result" || (entry.fact === "takenOver" && !restarts);

export const fold = (log: readonly Entry[], known: number, restarts: boolean): Folded => {
  const entries = log.slice(0, known);
  const doneAt = entries.findIndex((entry) => isDoneBy(entry, restarts));
  const signalAt = entries.findIndex(({ fact }) => fact === "signal");
  const takeovers = entries.filter(({ fact }) => fact === "takenOver").length;
  const leasing = entries.findLast(({ isOutside }) => !isOutside);
  const hasEnded = doneAt >= 0 && signalAt >= 0;
  return {
    attempt: restarts ? takeovers + 1 : 1,
    begunBy: entries.findLast(begins)?.turn,
    isDone: doneAt >= 0,
    signals: entries.filter(({ fact }) => fact === "signal").length,
    leaseTurn: leasing?.runs === true ? leasing.turn : undefined,
    hasEnded,
    endedBy: hasEnded ? entries[Math.max(doneAt, signalAt)]?.turn : undefined,
  };
};

/** Whether the log or a renewal says that another turn may be at work. */
export const isLeased = (state: Execution, { leaseTurn }: Folded): boolean =>
  leaseTurn !== undefined && (state.leaseHolds || state.renewal?.turn === leaseTurn);
