import { countPrinted } from "./exact-number.ts";

/** JavaScript lists a key like this before all others, in the order of the numbers. */
const isIndexKey = (key: string): boolean => /^(?:0|[1-9]\d{0,9})$/.test(key);

const hasIndexKey = (members: object): boolean => {
  // If there is one, the first is one.
  for (const key in members) return isIndexKey(key);
  return false;
};

/**
 * The members, listed in the order of `keys`: the object itself unless JavaScript lists them
 * otherwise. Whoever lists its keys, `JSON.stringify` included, gets them in that order.
 */
export const inOrder = <T extends object>(members: T, keys: () => readonly string[]): T => {
  if (!hasIndexKey(members)) return members;
  const own = Object.keys(members);
  const wanted = [...new Set(keys())];
  if (wanted.every((key, index) => key === own[index])) return members;
  return new Proxy(members, {
    ownKeys: () => {
      countPrinted();
      return wanted;
    },
  });
};
