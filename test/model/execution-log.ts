/**
 * The records of an execution and what follows from them. Logs are few and shared: each is made once, with
 * what its beginnings say, so a state holds one by its number.
 */

export type Fact = "start" | "result" | "takenOver" | "claim" | "signal" | "empty";

export interface Entry {
  readonly turn: number;
  readonly fact: Fact;
  /** Whether it names a lease. */
  readonly runs: boolean;
  readonly isOutside: boolean;
}

/** What follows from the first records of a log. */
export interface Folded {
  readonly attempt: number;
  /** The turn that was told to run the attempt. */
  readonly begunBy: number | undefined;
  readonly isDone: boolean;
  readonly signals: number;
  readonly leaseTurn: number | undefined;
  readonly hasEnded: boolean;
  /** The turn that wrote the end. */
  readonly endedBy: number | undefined;
}

export interface Log {
  readonly number: number;
  readonly length: number;
  readonly entries: readonly Entry[];
  /** What its first records say, by how many they are. */
  readonly folds: readonly Folded[];
  readonly shelf: Shelf;
}

interface Shelf {
  readonly restarts: boolean;
  readonly logs: Log[];
  readonly numbers: Map<string, number>;
}

const nothing: Folded = {
  attempt: 1,
  begunBy: undefined,
  isDone: false,
  signals: 0,
  leaseTurn: undefined,
  hasEnded: false,
  endedBy: undefined,
};

/** Records that, with a lease, tell a turn to run the activity. */
const beginning: ReadonlySet<Fact> = new Set<Fact>(["start", "claim", "takenOver"]);

const folded = (before: Folded, entry: Entry, restarts: boolean): Folded => {
  const { fact, turn, runs, isOutside } = entry;
  const isBegun = runs && beginning.has(fact);
  const isDone = before.isDone || fact === "result" || (fact === "takenOver" && !restarts);
  const signals = before.signals + (fact === "signal" ? 1 : 0);
  const hasEnded = isDone && signals > 0;
  const own = runs ? turn : undefined;
  return {
    attempt: before.attempt + (fact === "takenOver" && restarts ? 1 : 0),
    begunBy: isBegun ? turn : before.begunBy,
    isDone,
    signals,
    leaseTurn: isOutside ? before.leaseTurn : own,
    hasEnded,
    endedBy: hasEnded && !before.hasEnded ? turn : before.endedBy,
  };
};

const shelve = (shelf: Shelf, log: Omit<Log, "number" | "length" | "shelf">): Log => {
  const number = shelf.logs.length;
  const shelved = { ...log, number, length: log.entries.length, shelf };
  shelf.logs.push(shelved);
  return shelved;
};

/** `restarts`: an activity whose server is lost runs again; else it has failed. */
export const emptyLog = (restarts: boolean): Log =>
  shelve({ restarts, logs: [], numbers: new Map() }, { entries: [], folds: [nothing] });

export const fold = ({ folds, length }: Log, known = length): Folded => folds[known] as Folded;

export const appended = ({ number, entries, folds, shelf, length }: Log, entry: Entry): Log => {
  const { fact, turn, runs, isOutside } = entry;
  const name = `${number} ${turn} ${fact} ${runs} ${isOutside}`;
  const known = shelf.numbers.get(name);
  if (known !== undefined) return shelf.logs[known] as Log;
  const next = folded(folds[length] as Folded, entry, shelf.restarts);
  const log = shelve(shelf, { entries: [...entries, entry], folds: [...folds, next] });
  shelf.numbers.set(name, log.number);
  return log;
};

/** The log of a number that was made beside `log`. */
export const logAt = ({ shelf }: Log, number: number): Log => shelf.logs[number] as Log;
