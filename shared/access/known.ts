import { keptCountMax, knownAgeMsMax, knownAgeMsMaxInTrouble } from "./limits.ts";

interface Entry<T> {
  readonly value: T;
  readonly atMs: number;
}

/**
 * What was read a moment ago, by key. A value is read again when it is older than `knownAgeMsMax`; while
 * the storage does not answer, an older one has to do for a while.
 */
export class Known<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #nowMs: () => number;
  readonly #read: (key: string) => Promise<T>;
  /** How often something was forgotten: what was read meanwhile may be from before. */
  #forgottenCount = 0;

  constructor(nowMs: () => number, read: (key: string) => Promise<T>) {
    this.#nowMs = nowMs;
    this.#read = read;
  }

  /** Synchronous where it is known: it is asked on every call. */
  get(key: string): T | Promise<T> {
    const known = this.#entries.get(key);
    if (known !== undefined && this.#nowMs() - known.atMs < knownAgeMsMax) return known.value;
    return this.#readAgain(key, known);
  }

  /** Forgets a value that has changed. */
  forget(key: string): void {
    this.#entries.delete(key);
    this.#forgottenCount += 1;
  }

  async #readAgain(key: string, known: Entry<T> | undefined): Promise<T> {
    const atMs = this.#nowMs();
    const forgottenCount = this.#forgottenCount;
    try {
      const value = await this.#read(key);
      if (forgottenCount !== this.#forgottenCount) return value;
      const [oldest] = this.#entries.size >= keptCountMax ? this.#entries.keys() : [];
      if (oldest !== undefined) this.#entries.delete(oldest);
      this.#entries.set(key, { value, atMs });
      return value;
    } catch (error) {
      if (known !== undefined && atMs - known.atMs < knownAgeMsMaxInTrouble) return known.value;
      throw error;
    }
  }
}
