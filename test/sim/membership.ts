/**
 * How the servers of a simulation know of each other, as the embedded platform lets them: a run that is
 * over is known to be over some time later, and for certain; what load the others have is half a second old.
 */
import type { Peers } from "#ports/peers.ts";
import { hashOf } from "./random.ts";

/** A run of a server, as the others see it. */
export interface Member {
  /** Begins the names of its turns. */
  readonly run: string;
  /** The next run under the same name begins only when this one is over. */
  readonly name: string;
  readonly isDead: () => boolean;
  readonly isSilent: () => boolean;
  readonly isLeaving: () => boolean;
  readonly load: () => number;
}

interface Known extends Member {
  beat: { readonly atMs: number; readonly load: number };
  /** When its end is known to all. */
  goneAtMs?: number;
}

const beatEveryMs = 500;
/** Who is silent for so long counts for nothing when work is shared, ms. */
const silentMs = 2_000;

const runOf = (turn: string): string => turn.slice(0, turn.lastIndexOf("-"));

export class Membership {
  readonly #nowMs: () => number;
  readonly #knownAfterMs: () => number;
  readonly #members = new Map<string, Known>();

  constructor(options: {
    /** Never runs backwards. */
    readonly nowMs: () => number;
    /** How long after the end of a run the others know of it. */
    readonly knownAfterMs: () => number;
  }) {
    this.#nowMs = options.nowMs;
    this.#knownAfterMs = options.knownAfterMs;
  }

  /** A name that no living server has. */
  freeName(): string {
    for (let number = 1; ; number += 1) {
      const name = `m${number}`;
      const isTaken = this.#all.some((member) => member.name === name && !member.isDead());
      if (!isTaken) return name;
    }
  }

  join(member: Member): void {
    this.#members.set(member.run, { ...member, beat: { atMs: this.#nowMs(), load: 0 } });
  }

  /** Notes who has died; answers the instants at which that is known to all. */
  look(): readonly number[] {
    const nowMs = this.#nowMs();
    const died = this.#all.filter((member) => member.goneAtMs === undefined && member.isDead());
    return died.map((member) => {
      member.goneAtMs = nowMs + this.#knownAfterMs();
      return member.goneAtMs;
    });
  }

  /** Whether the run of a turn is over, known or not. */
  isOver(turn: string): boolean {
    return this.#members.get(runOf(turn))?.isDead() === true;
  }

  /** Whether everybody knows that a run is over: nothing of it may come any more. */
  isKnownGone(run: string): boolean {
    const { goneAtMs = Number.POSITIVE_INFINITY } = this.#members.get(run) ?? {};
    return goneAtMs <= this.#nowMs();
  }

  peersOf(run: string, name: string): Peers {
    const others = () => this.#others(run);
    return {
      isGone: (turn) => {
        const member = this.#members.get(runOf(turn));
        if (member === undefined || member.run === run) return false;
        return member.name === name || this.isKnownGone(member.run);
      },
      names: () =>
        this.#all
          .filter((member) => member.run !== run && !this.isKnownGone(member.run))
          .map((member) => member.name),
      loads: () => others().map(({ beat }) => beat.load),
      isFirstFor: (executionId) => {
        const names = [name, ...others().map((member) => member.name)].sort();
        return names[hashOf(executionId) % names.length] === name;
      },
    };
  }

  get #all(): readonly Known[] {
    return [...this.#members.values()];
  }

  /** Those that work, as their last heartbeats say. */
  #others(run: string): readonly Known[] {
    const nowMs = this.#nowMs();
    return this.#all.filter((member) => {
      if (member.run === run || this.isKnownGone(member.run)) return false;
      const beats = !member.isDead() && !member.isSilent();
      if (beats && nowMs - member.beat.atMs >= beatEveryMs)
        member.beat = { atMs: nowMs, load: member.load() };
      return nowMs - member.beat.atMs < silentMs && !member.isLeaving();
    });
  }
}
