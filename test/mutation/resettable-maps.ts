/**
 * `Map` and `WeakMap` for a script whose modules keep caches: with a warm cache a test would not
 * come by all the code that it depends on.
 */
export const resettableMaps = () => {
  let isLoading = false;
  let recent = new WeakMap<object, WeakMap<object, unknown>>();
  const kept = new Map<Map<unknown, unknown>, readonly (readonly [unknown, unknown])[]>();

  class ResettableMap<K, V> extends Map<K, V> {
    constructor(entries?: Iterable<readonly [K, V]> | null) {
      super(entries);
      if (isLoading) kept.set(this, []);
    }
  }

  /** What was set after loading lies in a map of its own, which a reset forgets. */
  class ResettableWeakMap<K extends object, V> extends WeakMap<K, V> {
    readonly #isKept = isLoading;
    override get(key: K): V | undefined {
      const since = recent.get(this);
      return since?.has(key) === true ? (since.get(key) as V) : super.get(key);
    }
    override has(key: K): boolean {
      return recent.get(this)?.has(key) === true || super.has(key);
    }
    override set(key: K, value: V): this {
      if (isLoading || !this.#isKept) return super.set(key, value);
      const since = recent.get(this) ?? new WeakMap<object, unknown>();
      recent.set(this, since.set(key, value));
      return this;
    }
  }

  const whileLoading = (load: () => void): void => {
    isLoading = true;
    try {
      load();
    } finally {
      isLoading = false;
    }
    for (const map of kept.keys()) kept.set(map, [...map]);
  };

  const reset = (): void => {
    recent = new WeakMap();
    for (const [map, entries] of kept) {
      map.clear();
      for (const [key, value] of entries) map.set(key, value);
    }
  };

  return { Map: ResettableMap, WeakMap: ResettableWeakMap, whileLoading, reset };
};
