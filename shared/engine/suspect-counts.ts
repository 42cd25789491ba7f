/** What is counted of suspects, durably: a document for each. */
import type { Clock } from "#ports/clock.ts";
import type { StoredDocument } from "#ports/document-store.ts";
import type { Platform } from "#ports/platform.ts";
import { untilAnswered } from "./write-until-done.ts";

/** Key: execution; value: what was counted. */
export const suspectCollection = "suspects";

/** What is counted of a suspect since it last made progress. */
interface Count {
  /** How many stretches were begun and did not end. */
  readonly tries: number;
  /** Which: names by which a server knows its own, so that it counts each once and takes back no other's. */
  readonly open?: readonly string[];
  /** Turns. */
  readonly turns: number;
}

type Counted = Required<Pick<Count, "open" | "turns">>;

const countedIn = (stored: StoredDocument | undefined): Counted => {
  if (stored === undefined) return { open: [], turns: 0 };
  const { tries, turns, open } = stored.value as unknown as Count;
  // A release of before has kept the number only.
  const unnamed = Array.from({ length: tries }, (_, index) => `before-${index}`);
  return { open: open?.length === tries ? open : unnamed, turns };
};

/**
 * A storage that takes nothing for a while costs time: neither is a try counted for it, nor does a turn
 * end by it.
 */
export class SuspectCounts {
  readonly #options: { readonly platform: Platform; readonly clock: Clock };
  #isClosed = false;

  constructor(options: { readonly platform: Platform; readonly clock: Clock }) {
    this.#options = options;
  }

  close(): void {
    this.#isClosed = true;
  }

  async read(executionId: string): Promise<Counted> {
    return countedIn(await this.#stored(executionId));
  }

  /** Changes what is counted, as `decide` says of what is there; `undefined`: it stays. */
  async change(
    executionId: string,
    decide: (counted: Counted) => Counted | undefined,
  ): Promise<void> {
    const { documents } = this.#options.platform;
    for (;;) {
      const stored = await this.#stored(executionId);
      const decided = decide(countedIn(stored));
      if (decided === undefined) return;
      const { open, turns } = decided;
      if (open.length === 0 && turns === 0) return await this.clear(executionId);
      const value: Count = { tries: open.length, open, turns };
      const document = { collection: suspectCollection, key: executionId, value: { ...value } };
      const expected = stored?.version ?? 0;
      const outcome = await this.#untilDone(() => documents.put(document, { expected }));
      if (outcome.kind === "stored") return;
    }
  }

  async clear(executionId: string): Promise<void> {
    const { documents } = this.#options.platform;
    await this.#untilDone(() => documents.remove(suspectCollection, executionId));
  }

  #stored(executionId: string): Promise<StoredDocument | undefined> {
    const { documents } = this.#options.platform;
    return this.#untilDone(() => documents.get(suspectCollection, executionId));
  }

  #untilDone<T>(ask: () => Promise<T>): Promise<T> {
    return untilAnswered(this.#options, ask, () => !this.#isClosed);
  }
}
