import { stripVTControlCharacters, styleText } from "node:util";

/** Colours a text, or leaves it as it is where colours are not wanted. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Colours for a stream: none where it is not a terminal or NO_COLOR is set. */
export const paintFor =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    styleText(style, text, { stream });

/** For files, tests and pipes. */
export const unpainted: Paint = (_style, text) => text;

/**
 * Text from elsewhere, safe for a terminal and on one line: an endpoint's answer or a cause may hold
 * escape sequences and line breaks.
 */
export const printable = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}|\p{Cf}/gu, "")
    .trim();

/** At most `length` characters, the last of them an ellipsis where something is left out. */
export const shorten = (text: string, length: number): string => {
  if (text.length <= length) return text;
  const characters = [...text];
  return characters.length <= length
    ? text
    : `${characters.slice(0, Math.max(0, length - 1)).join("")}…`;
};

/** JSON on one line, cut to a length. */
export const shortJson = (value: unknown, length: number): string =>
  shorten(printable(JSON.stringify(value) ?? ""), length);

/** JSON to read; control characters inside of strings are escaped by JSON itself, except those above ASCII. */
export const prettyJson = (value: unknown): string =>
  (JSON.stringify(value, undefined, 2) ?? "").replace(/[\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });

/** `12 ms`, `1.24 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export const duration = (ms: number): string => {
  const rounded = Math.max(0, Math.round(ms));
  if (rounded < 1000) return `${rounded} ms`;
  const seconds = rounded / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const parts: (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [Math.floor(seconds) % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
};

/** `1 activity in flight`. */
export const activitiesInFlight = (count: number): string =>
  `${count} ${count === 1 ? "activity" : "activities"} in flight`;

/** Milliseconds between two instants of the API; until now where the second is missing. */
export const elapsedMs = (from: string, to: string | undefined): number =>
  (to === undefined ? Date.now() : Date.parse(to)) - Date.parse(from);

/** An instant in the reader's time zone, to the second. */
export const localTime = (instant: string): string => {
  const at = new Date(instant);
  const two = (part: number): string => String(part).padStart(2, "0");
  return (
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  );
};

/** `1 item`, `3 items`. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
