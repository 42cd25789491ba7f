/** Takes what looks secret out of values that are written down. */
import { inOrder } from "#core/exact-json/in-order.ts";
import { isJsonObject, type Json } from "#core/json.ts";

/** Stands for what was taken out. */
export const masked = "***";

const secretKey =
  /pass(?:word|wd|phrase)|secret|token|authorization|api[-_]?key|cookie|credential|private[-_]?key/i;

/** A shorter one may be a word like any other, and stays where another key has it. */
const secretLengthMin = 6;

/** Secrets that show by themselves, wherever they stand: the first group stays. */
const shapes: readonly RegExp[] = [
  /(:\/\/)[^/\s@"]+(?=@)/g,
  /([?&](?:[\w-]*(?:token|secret|password|signature|api[-_]?key)|key|sig)=)[^&#\s"]+/gi,
  /\b((?:Bearer|Basic) )[\w.~+/=-]{6,}/g,
];

const secretsIn = (value: Json, found: Set<string>): void => {
  if (Array.isArray(value)) for (const item of value) secretsIn(item, found);
  if (!isJsonObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (secretKey.test(key) && typeof member === "string" && member.length >= secretLengthMin)
      found.add(member);
    secretsIn(member, found);
  }
};

const withoutShapes = (text: string): string =>
  shapes.reduce((left, shape) => left.replace(shape, `$1${masked}`), text);

/**
 * Values whose key says that they are secret become {@link masked}, and so do the same texts wherever
 * else they stand, passwords in URLs and access tokens.
 */
export const maskSecrets = <T extends Json>(value: T): T => {
  const secrets = new Set<string>();
  secretsIn(value, secrets);
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  const clean = (text: string): string =>
    withoutShapes(longestFirst.reduce((left, secret) => left.replaceAll(secret, masked), text));
  const mask = (given: Json): Json => {
    if (typeof given === "string") return clean(given);
    if (Array.isArray(given)) return given.map(mask);
    if (!isJsonObject(given)) return given;
    const members = Object.entries(given).map(
      ([key, member]) =>
        [
          key,
          secretKey.test(key) && typeof member === "string" && member !== ""
            ? masked
            : mask(member),
        ] as const,
    );
    return inOrder(Object.fromEntries(members), () => Object.keys(given));
  };
  return mask(value) as T;
};
