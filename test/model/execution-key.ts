/**
 * Which states of the model count as one. Two do if whatever may come of one may come of the other, up to
 * what nobody can tell apart: then it is enough to look at one of them (a quotient by a bisimulation).
 *
 * - Servers are alike: no step asks for the number of a server, so their order does not matter.
 * - Turns and attempts have no names: they are only compared for being the same, and a new one is none of
 *   those that there were. So they are named in the order in which the log speaks of them, and all turns
 *   that no server and no renewal holds any more are the same stranger.
 * - Only what the log says to someone: steps read the log by `fold` alone, up to its end or up to what a turn
 *   knows; and what a longer log says follows from what the shorter one says and the new record.
 * - Only the order of positions: what turns know, what a call saw, and what the head names is only compared,
 *   with one another and one place beside. A head behind a turn is before what the turn knows or not; turns
 *   are at one place, one apart, or further. So logs need no bound: they grow, and nothing new comes of it.
 * - What nobody reads again: a field that is written before it is read, or that only those ask for who
 *   cannot ask any more. When the activity is done, nobody asks who ran it; a turn that settled only lets
 *   its item go; where no fault is left, an item comes back from those only who stand still or lose their
 *   turn; a lease that has run out in the log names nobody.
 *
 * `execution-key.test.ts` compares the states that are merged, with all rules and without each. Besides,
 * some steps are one (`Scope.isFine` takes them apart). That is no bisimulation, but what is left out could
 * come in another order, too:
 *
 * - To be refused, and to look at the log. A refused put is refused later as well (logs only grow, heads
 *   only rise), it changes nothing, and until it has looked the turn does nothing else: so it may have been
 *   put just before it looks.
 * - To tell the parent, and to close the head. That the parent was told hinders nobody, and is only missed
 *   when the head is closed: so the worst moment to tell it is the last. A crash between both leaves no
 *   more undone than one before both.
 * - To settle, and to let the item go that no other turn was given, where no fault is left. Nothing but that
 *   can come of the turn, others do not see the item, and no goal is reached before.
 */
import { type Entry, type Folded, fold } from "./execution-log.ts";
import { Names, someoneGone } from "./execution-names.ts";
import type { Execution, Scope, Server, Turn } from "./execution-state.ts";

export const reductions = [
  "servers are alike",
  "turns and attempts have no names",
  "only what the log says to someone",
  "only the order of positions",
  "what nobody reads again",
] as const;

export type Reduction = (typeof reductions)[number];

/** Above all names, ranks and attempts that there are. */
const range = 32;
const nobody = range - 1;
const factCodes = ["start", "result", "takenOver", "claim", "signal", "empty"] as const;

/** Numbers below 2 ** 48 as a text. */
const text = (code: number): string =>
  String.fromCharCode(code & 0xffff, (code / 2 ** 16) & 0xffff, (code / 2 ** 32) & 0xffff);

/** Whether what the log says behind the records that a turn knows may still be asked of it. */
const reads = ({ isSettled, mustLook }: Turn): boolean => !isSettled && !mustLook;

class Key {
  readonly #state: Execution;
  readonly #renews: boolean;
  readonly #on: (reduction: Reduction) => boolean;
  readonly #now: Folded;
  readonly #turns: Names;
  readonly #attempts: Names;
  /** The places that are told apart, from the last, and how far from the end each seems to be. */
  readonly #positions: readonly number[];
  readonly #ranks: readonly number[];
  readonly #forgets: boolean;
  readonly #isEndRead: boolean;
  readonly #isRenewed: boolean;

  constructor(scope: Scope, on: (reduction: Reduction) => boolean, state: Execution) {
    this.#state = state;
    this.#renews = scope.renews;
    this.#on = on;
    this.#now = fold(state.log);
    this.#forgets = on("what nobody reads again");
    this.#isEndRead = !this.#forgets || scope.without === "commands of later records are repeated";
    this.#turns = new Names(on("turns and attempts have no names"));
    this.#attempts = new Names(on("turns and attempts have no names"));
    this.#positions = this.#placesApart();
    this.#ranks = this.#ranked();
    this.#isRenewed = this.#hasRenewal();
  }

  #placesApart(): readonly number[] {
    const { servers, log } = this.#state;
    const places = [log.length];
    const add = (place: number) => {
      if (!places.includes(place)) places.push(place);
    };
    for (const { turn, call } of servers) {
      if (turn !== null && this.#hasPlace(turn)) add(turn.known);
      if (call !== null && (call.step === "raise" || !this.#forgets)) add(call.at);
    }
    return places.sort((a, b) => b - a);
  }

  #ranked(): readonly number[] {
    if (!this.#on("only the order of positions")) return this.#positions;
    let rank = 0;
    return this.#positions.map((place, i) => {
      rank += i === 0 ? 0 : Math.min(2, (this.#positions[i - 1] as number) - place);
      return rank;
    });
  }

  /** Of a turn that has to look only a renewal still compares what it knows. */
  #hasPlace(turn: Turn): boolean {
    if (!this.#forgets || reads(turn)) return true;
    return !turn.isSettled && this.#renews && turn.runs > 0;
  }

  #rank(place: number): number {
    return this.#ranks[this.#positions.indexOf(place)] as number;
  }

  /** Turns that left no server and no renewal behind are all the same. */
  #say(id: number | undefined): number {
    if (id === undefined) return nobody;
    const { servers, renewal } = this.#state;
    if (!this.#on("turns and attempts have no names")) return id;
    const isThere =
      (this.#isRenewed && renewal?.turn === id) || servers.some(({ turn }) => turn?.id === id);
    return isThere ? this.#turns.say(id) : someoneGone;
  }

  #entry({ turn, fact, runs, isOutside }: Entry): string {
    const code = this.#say(turn) * 8 + factCodes.indexOf(fact);
    return String.fromCharCode(code * 4 + +runs * 2 + +isOutside);
  }

  #fold(known: number): string {
    const { attempt, begunBy, isDone, signals, leaseTurn, endedBy } = fold(this.#state.log, known);
    let code = this.#rank(known);
    const isOver = isDone && this.#forgets;
    code = code * range + (isOver ? nobody : this.#attempts.say(attempt));
    code = code * range + (isOver ? nobody : this.#say(begunBy));
    code = code * range + this.#say(leaseTurn);
    code = code * range + (this.#isEndRead ? this.#say(endedBy) : nobody);
    return text((code * 4 + signals) * 2 + +isDone);
  }

  #log(): string {
    const { log, servers } = this.#state;
    const known = [log.length];
    for (const { turn } of servers)
      if (turn !== null && (reads(turn) || !this.#forgets) && !known.includes(turn.known))
        known.push(turn.known);
    known.sort((a, b) => b - a);
    let said = String.fromCharCode(known.length);
    for (const place of known) said += this.#fold(place);
    if (this.#on("only what the log says to someone")) return said;
    return said + String.fromCharCode(log.length) + log.entries.map((e) => this.#entry(e)).join("");
  }

  #mayRenew(turn: Turn): boolean {
    if (turn.isSettled) return false;
    return turn.runs > 0 || (!turn.mustLook && !fold(this.#state.log, turn.known).isDone);
  }

  /** Whether the renewal in the head is newer than what the turn knows. */
  #isOutdated(turn: Turn): boolean {
    const { renewal } = this.#state;
    if (renewal === null || renewal.known <= turn.known) return false;
    return !this.#forgets || this.#mayRenew(turn);
  }

  /** Whether the turn runs nothing and will not. */
  #isThrough(turn: Turn): boolean {
    const { isSettled, runs, mustLook, known } = turn;
    if (isSettled) return true;
    return runs === 0 && this.#now.isDone && (mustLook || fold(this.#state.log, known).isDone);
  }

  /** A renewal that nobody compares with and that is no lease is as good as run out. */
  #hasRenewal(): boolean {
    const { renewal, servers } = this.#state;
    if (renewal === null) return false;
    if (!this.#forgets || renewal.turn === this.#now.leaseTurn) return true;
    const holder = servers.find(({ turn }) => turn?.id === renewal.turn)?.turn ?? null;
    if (holder !== null && !this.#isThrough(holder)) return true;
    return servers.some(({ turn }) => turn !== null && this.#isOutdated(turn));
  }

  #head(): number {
    const { head } = this.#state;
    if (head === null) return 0;
    const { seq, isOpen, isDue } = head;
    const flags = 1 + +isOpen * 2 + +isDue * 4;
    if (!this.#on("only the order of positions")) return seq * 8 + flags;
    const at = this.#positions.findIndex((place) => place <= seq);
    const rank = at < 0 ? nobody : (this.#ranks[at] as number);
    return (rank * 2 + +(this.#positions[at] === seq)) * 8 + flags;
  }

  #shared(bound: number): string {
    const { renewal, leaseHolds, items, isStartAnswered, isSignalAnswered, isParentTold } =
      this.#state;
    let code = this.#isRenewed ? this.#say(renewal?.turn) : nobody;
    code = code * 512 + this.#head();
    const isLeaseRead = !this.#forgets || this.#now.leaseTurn !== undefined;
    code = code * 2 + +(leaseHolds && isLeaseRead);
    code = code * 2 + items;
    code = code * 2 + +isStartAnswered;
    code = code * 2 + +isSignalAnswered;
    code = code * 2 + +isParentTold;
    code = code * 2 + +(this.#state.wrong !== "");
    code = code * 4 + this.#state.faultsLeft;
    const isExact = renewal !== null && !this.#on("only the order of positions");
    const exactly = isExact && this.#isRenewed ? renewal.known : 0;
    return text(code) + String.fromCharCode(exactly * range + bound) + this.#starts();
  }

  #starts(): string {
    const { starts } = this.#state;
    const attempts = this.#forgets ? this.#attempts.spoken : starts.map((_, i) => i + 1);
    let code = 1;
    for (const attempt of attempts) code = code * 4 + (starts[attempt - 1] ?? 0);
    return String.fromCharCode(code);
  }

  /** What a turn holds that its next steps may ask for; in `execution-key.ts`'s header why no more. */
  #flags(turn: Turn): number {
    const { isStarting, holdsItem, sharesItem, isSettled, mustLook, hasTold } = turn;
    const keeps = this.#forgets ? this.#kept(turn) : turn;
    const kept =
      (((+keeps.isLeased * 2 + +keeps.hasRenewed) * 2 + +keeps.stoodStill) * 2 + +keeps.awaits) *
        2 +
      +keeps.hasRaised;
    const looks = (+isStarting * 2 + +(mustLook && !isSettled)) * 2 + +(hasTold && !isSettled);
    return (
      (((kept * 8 + looks) * 2 + +(holdsItem && this.#mayLose(turn))) * 2 + +sharesItem) * 2 +
      +isSettled
    );
  }

  /** Whether it may ever leave its item to others: by a crash, a stand-still, or because it is done for. */
  #mayLose(turn: Turn): boolean {
    const { faultsLeft, servers, log } = this.#state;
    if (!this.#forgets || faultsLeft > 0) return true;
    if (servers.some((server) => server.turn === turn && server.isFrozen)) return true;
    return !(turn.isSettled || fold(log, turn.known).isDone);
  }

  #kept(turn: Turn): Pick<Turn, "isLeased" | "hasRenewed" | "stoodStill" | "awaits" | "hasRaised"> {
    const { id, known, runs } = turn;
    const { log } = this.#state;
    const { begunBy, leaseTurn, isDone } = this.#now;
    const sees = fold(log, known);
    const isReading = reads(turn);
    const hasLease = leaseTurn === id;
    const hasBegun = begunBy === id && !isDone && !turn.isSettled;
    const seesItself = isReading && sees.begunBy === id && !sees.isDone;
    return {
      isLeased: turn.isLeased && (hasLease || hasBegun || seesItself),
      hasRenewed: turn.hasRenewed && (hasLease || (runs > 0 && !turn.isSettled)),
      stoodStill: turn.stoodStill && hasBegun,
      awaits: turn.awaits && (isReading || (!turn.isSettled && known === log.length)),
      hasRaised: turn.hasRaised && isReading && sees.leaseTurn !== id,
    };
  }

  #known(turn: Turn): number {
    if (this.#hasPlace(turn)) return this.#rank(turn.known);
    return turn.isSettled ? 0 : +(turn.known < this.#state.log.length);
  }

  #call(call: Server["call"]): number {
    if (call === null) return 0;
    const { step, at } = call;
    if (step === "raise" || !this.#forgets)
      return this.#rank(at) * 4 + ["raise", "put", "enqueue"].indexOf(step) + 1;
    // A put is refused or not; what is put is only enqueued.
    return step === "put" ? +(at < this.#state.log.length) * 4 + 2 : 3;
  }

  #server({ isFrozen, turn, call }: Server): number {
    const own = this.#call(call) * 2 + +isFrozen;
    if (turn === null) return own;
    let code = this.#turns.of(turn.id) + 1;
    code = code * range + this.#known(turn);
    code = code * range + (turn.isSettled && this.#forgets ? 0 : this.#runs(turn));
    code = code * 2048 + this.#flags(turn);
    return (code * 2 + +this.#isOutdated(turn)) * 256 + own;
  }

  #runs({ runs }: Turn): number {
    return runs === 0 ? 0 : this.#attempts.of(runs) + 1;
  }

  whole(recordsMax: number | undefined): string {
    // Names are given by those who speak first of someone: the log, then the renewal.
    const said = this.#log();
    const shared = this.#shared(recordsMax === undefined ? 0 : this.#state.log.length);
    const own = this.#state.servers.map((server) => this.#server(server));
    if (this.#on("servers are alike")) own.sort((a, b) => a - b);
    return said + shared + own.map(text).join("");
  }
}

/** The same for states that differ in nothing that matters. */
export const keyOf =
  (scope: Scope, without: readonly Reduction[] = []) =>
  (state: Execution): string =>
    new Key(scope, (reduction) => !without.includes(reduction), state).whole(scope.recordsMax);
