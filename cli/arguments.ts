/** What is checked of arguments before a command is called. */
import { InvalidArgumentError } from "commander";

/** A whole number within bounds. */
export const integerFrom =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Write a whole number from ${minimum} to ${maximum}.`);
  };

/** The empty name would stand for the working directory, which nobody means. */
export const directoryName = (text: string): string => {
  if (text !== "") return text;
  throw new InvalidArgumentError("Write the path of a directory.");
};

/** The id of an execution or an alert. */
export const someId = (text: string): string => {
  if (text !== "") return text;
  throw new InvalidArgumentError("Write an id; ps and alerts list them.");
};

/** `NAME=VALUE`, together with what was given before. */
export const tagFrom = (
  text: string,
  given: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => {
  const at = text.indexOf("=");
  if (at > 0) return { ...given, [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError("Write NAME=VALUE.");
};

/** A version that an alias leads to, and its share of the starts: 100 % where it says none. */
export const routeFrom = (
  text: string,
  given: readonly { readonly version: number; readonly weight: number }[] = [],
) => {
  const [, version, weight = "100"] = /^([1-9]\d{0,9})(?:=(\d{1,3}))?$/.exec(text) ?? [];
  if (version !== undefined)
    return [...given, { version: Number(version), weight: Number(weight) }];
  throw new InvalidArgumentError("Write VERSION, or VERSION=PERCENT of two.");
};

/** An instant in a form that every machine reads alike. */
export const instantText = (text: string): string => {
  const isInstant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(
    text,
  );
  if (isInstant && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError("Write an instant such as 2026-11-23T08:00:00Z.");
};

const secondsIn = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A duration such as 90s, 10m, 2h or 1d, in seconds; a bare number is seconds. */
export const durationSeconds = (text: string): number => {
  const [, count, unit = "s"] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * secondsIn[unit as keyof typeof secondsIn];
  throw new InvalidArgumentError("Write a duration such as 90s, 10m, 2h or 1d.");
};

/** Seconds after which a wait of a kind is too long; infinite: it never is. */
export type WaitAges = Readonly<Record<string, number>>;

const waitAgesInvalid = (kinds: readonly string[]) =>
  new InvalidArgumentError(
    `Write kinds and durations such as callback=3d,worker=15m,operator=off. Kinds: ${kinds.join(", ")}.`,
  );

/** `KIND=DURATION` or `KIND=off`, with commas between. */
export const waitAges =
  (kinds: readonly string[]) =>
  (text: string): WaitAges => {
    const entries = text.split(",").map((part) => {
      const [kind = "", age = "", ...more] = part.trim().split("=");
      if (!kinds.includes(kind) || age === "" || more.length > 0) throw waitAgesInvalid(kinds);
      return [kind, age === "off" ? Number.POSITIVE_INFINITY : durationSeconds(age)] as const;
    });
    return Object.fromEntries(entries);
  };

/** What {@link waitAges} reads. */
export const waitAgesText = (ages: WaitAges): string =>
  Object.entries(ages)
    .map(([kind, seconds]) => `${kind}=${Number.isFinite(seconds) ? `${seconds}s` : "off"}`)
    .join(",");
