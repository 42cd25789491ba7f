/**
 * One execution on shared storage, as small as the rules of log, lease and head allow: it runs one
 * activity, waits for one signal, and ends by telling its parent. Servers hold copies that may be old.
 */

import { emptyLog, type Folded, type Log } from "./execution-log.ts";

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
  /** What comes of longer logs is not looked at; absent: logs have no end. */
  readonly recordsMax?: number;
  readonly without?: Rule;
  /** Steps that could as well be one are taken apart (`execution-key.ts`). */
  readonly isFine?: boolean;
}

export interface Turn {
  readonly id: number;
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
  log: Log;
  head: { seq: number; isOpen: boolean; isDue: boolean } | null;
  /** Whether the lease that the log names has not run out by what the record says. */
  leaseHolds: boolean;
  /** The lease as it was renewed in the head, until it runs out. */
  renewal: { turn: number; known: number } | null;
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
  head: state.head && { ...state.head },
  renewal: state.renewal && { ...state.renewal },
  servers: state.servers.map((server) => ({
    ...server,
    turn: copyTurn(server.turn),
    call: server.call && { ...server.call },
  })),
  starts: [...state.starts],
});

export const initialExecution = ({ servers, faults, restarts }: Scope): Execution => ({
  log: emptyLog(restarts),
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

/** Whether the log or a renewal says that another turn may be at work. */
export const isLeased = (state: Execution, { leaseTurn }: Folded): boolean =>
  leaseTurn !== undefined && (state.leaseHolds || state.renewal?.turn === leaseTurn);
