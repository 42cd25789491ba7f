import { OrchestratorError } from "#core/errors.ts";
import type { Json } from "#core/json.ts";
import type { Clock } from "#ports/clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";

/** How soon every server knows of a change, ms. */
export const sharedReadEveryMs = 500;
/** Tries of a conditional write that others win. */
const triesMax = 20;

type Listener<T> = (value: T, before: T) => void;

/**
 * One document that every server of an environment knows, at most `sharedReadEveryMs` late: it is read
 * from time to time, so that whoever asks costs no read.
 */
export class SharedDocument<T extends object> {
  readonly #documents: DocumentStore;
  readonly #clock: Clock;
  readonly #collection: string;
  readonly #listeners = new Set<Listener<T>>();
  readonly #empty: T;
  readonly #readEveryMs: number;
  #value: T;
  #version = 0;
  #isKnown = false;
  #isClosed = false;
  #cancel = () => {};

  constructor(options: {
    readonly documents: DocumentStore;
    readonly clock: Clock;
    readonly collection: string;
    /** What stands for a document that is not there. */
    readonly empty: T;
    /** Infinity: it is read when it is opened and when somebody asks for it. */
    readonly readEveryMs?: number | undefined;
  }) {
    this.#documents = options.documents;
    this.#clock = options.clock;
    this.#collection = options.collection;
    this.#empty = options.empty;
    this.#value = options.empty;
    this.#readEveryMs = options.readEveryMs ?? sharedReadEveryMs;
  }

  /** As this server knows it. */
  get value(): T {
    return this.#value;
  }

  /** Reads it, and again from time to time; resolves when it is known for the first time. */
  async open(): Promise<void> {
    while (!this.#isKnown && !this.#isClosed) {
      await this.refresh();
      if (!this.#isKnown) await this.#pause();
    }
    if (this.#readEveryMs < Number.POSITIVE_INFINITY) void this.#readOn();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** Calls `listener` whenever it has changed. */
  onChange(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads it now. A read that fails leaves what is known: the storage is reported elsewhere. */
  async refresh(): Promise<void> {
    try {
      const { value, version } = await this.#read();
      this.#know(value, version);
    } catch {
      // Tried again soon.
    }
  }

  /** Puts what `decide` makes of it; the same value: nothing is to be put. Rejects: `version-conflict`, what `decide` throws. */
  async change(decide: (value: T) => T): Promise<void> {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const { value, version } = await this.#read();
      const changed = decide(value);
      if (changed === value) return;
      const document = { collection: this.#collection, key: "all", value: changed as Json };
      const outcome = await this.#documents.put(document, { expected: version });
      if (outcome.kind !== "stored") continue;
      this.#know(changed, outcome.document.version);
      return;
    }
    throw new OrchestratorError(
      "version-conflict",
      `the ${this.#collection} were changed by others ${triesMax} times meanwhile`,
      { action: "try again" },
    );
  }

  async #read(): Promise<{ readonly value: T; readonly version: number }> {
    const document = await this.#documents.get(this.#collection, "all");
    if (document === undefined) return { value: this.#empty, version: 0 };
    return { value: document.value as unknown as T, version: document.version };
  }

  #know(value: T, version: number): void {
    this.#isKnown = true;
    if (version <= this.#version) return;
    const before = this.#value;
    this.#version = version;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value, before);
  }

  async #readOn(): Promise<void> {
    while (!this.#isClosed) {
      await this.#pause();
      if (!this.#isClosed) await this.refresh();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(Math.min(this.#readEveryMs, sharedReadEveryMs), resolve);
      this.#cancel = () => {
        cancel();
        resolve();
      };
    });
  }
}
