import type { Item } from "./dynamo-table.ts";

/** Where an entry of an index stands in a list: its start, then its execution; the highest is the newest. */
export const placeOf = (entry: Item): string => entry["startedAt"]?.S ?? "";

/** Above every place. */
const top = "~";

/** A part of a list, newest first. */
export interface Part {
  /** What follows: some entries, none perhaps, and the place down to which they are all; absent: to the end. */
  readonly read: () => Promise<{ readonly entries: readonly Item[]; readonly reached?: string }>;
}

/** A part as far as it was read. */
interface Lane extends Part {
  /** Read and not given yet. */
  entries: readonly Item[];
  /** Down to here everything was read; empty: to the end. */
  reached: string;
}

const isStarved = ({ entries, reached }: Lane): boolean => entries.length === 0 && reached !== "";

const firstPlace = ({ entries: [first] }: Lane): string =>
  first === undefined ? "" : placeOf(first);

const highest = (places: readonly string[]): string => places.reduce((a, b) => (a > b ? a : b), "");

/**
 * Several lists as one, newest first. An entry that an index which lags has in two of them comes once. Most entries
 * of a part may not belong into the list and be left out by the database: so it is given up after about
 * `readsMax` reads, all of which are needed for the next entry, and tells where to go on.
 */
export class NewestFirst {
  readonly #lanes: readonly Lane[];
  #readsLeft: number;
  #before = "";
  #stoppedAt: string | undefined;

  constructor(parts: readonly Part[], readsMax: number) {
    this.#lanes = parts.map(({ read }) => ({ read, entries: [], reached: top }));
    this.#readsLeft = readsMax;
  }

  /** The place behind which more may be found, where it was given up. */
  get stoppedAt(): string | undefined {
    return this.#stoppedAt;
  }

  /** At most `max` of the next entries; fewer at the end, and where it is given up. */
  async take(max: number): Promise<readonly Item[]> {
    const taken: Item[] = [];
    while (taken.length < max) {
      const entry = await this.#next();
      if (entry === undefined) break;
      if (placeOf(entry) !== this.#before) taken.push(entry);
      this.#before = placeOf(entry);
    }
    return taken;
  }

  async #next(): Promise<Item | undefined> {
    let entry = this.#shift();
    while (entry === undefined && (await this.#read())) entry = this.#shift();
    return entry;
  }

  /** The newest entry, if no part that is to be read on could have a newer one. */
  #shift(): Item | undefined {
    const place = highest(this.#lanes.map(firstPlace));
    const lane = this.#lanes.find((each) => each.entries.length > 0 && firstPlace(each) === place);
    if (lane === undefined || place < this.#ceiling()) return undefined;
    const [first, ...others] = lane.entries;
    lane.entries = others;
    return first;
  }

  /** No entry above it is still to be read. */
  #ceiling(): string {
    return highest(this.#lanes.filter(isStarved).map(({ reached }) => reached));
  }

  /** Reads on where it is needed, if that is still allowed. */
  async #read(): Promise<boolean> {
    const starved = this.#lanes.filter(isStarved);
    if (starved.length === 0) return false;
    if (this.#readsLeft <= 0) {
      this.#stoppedAt = this.#ceiling();
      return false;
    }
    this.#readsLeft -= starved.length;
    await Promise.all(
      starved.map(async (lane) => {
        const { entries, reached = "" } = await lane.read();
        lane.entries = entries;
        lane.reached = reached;
      }),
    );
    return true;
  }
}
