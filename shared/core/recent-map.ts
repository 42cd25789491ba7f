/**
 * Remembers the last `countMax` keys that were put, and at most twice as many. Two maps take turns: a single one that
 * forgets its oldest entry at every put walks over the places of all that it has forgotten before.
 */
export class RecentMap<K, V> {
  readonly #countMax: number;
  #newer = new Map<K, V>();
  #older = new Map<K, V>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get(key: K): V | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  put(key: K, value: V): void {
    if (this.#newer.size >= this.#countMax) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, value);
  }

  delete(key: K): void {
    this.#newer.delete(key);
    this.#older.delete(key);
  }

  clear(): void {
    this.#newer.clear();
    this.#older.clear();
  }
}
