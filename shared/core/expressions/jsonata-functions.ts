import { plainJson } from "../exact-json/plain-json.ts";
import type { Json } from "../json.ts";
import { jsonataRangeCountMax, jsonataVolumeMax } from "../limits.ts";
import { digest, digestNames } from "./digest.ts";
import { drawOfSeed, drawUuid } from "./draws.ts";
import type { JsonataCall } from "./evaluation.ts";
import { tryParseJson } from "./try-parse-json.ts";

/** What JSONata hands a native function as `this`. */
export interface Focus {
  readonly environment: { lookup(name: string): unknown };
  createSequence(): unknown[];
}

/** Name under which the call itself is bound: no expression can spell it. */
export const callBinding = "holdfast:call";

const callOf = (focus: Focus): JsonataCall => focus.environment.lookup(callBinding) as JsonataCall;

/** An error as JSONata throws them; the code is empty where JSONata has none. */
export class JsonataRefusal extends Error {
  override readonly name = "JsonataRefusal";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The service's words for an evaluation that takes too much memory. */
export const memoryExceeded = (): JsonataRefusal =>
  new JsonataRefusal("", "Expression evaluation memory limit exceeded");

/** Chunks of an array, the last one with the rest; nothing for an empty array or a chunk size of 0. */
function partition(this: Focus, items?: unknown, size?: number): unknown[][] | undefined {
  const chunkSize = Math.trunc(size ?? 0);
  if (!Array.isArray(items) || items.length === 0 || chunkSize <= 0) return undefined;
  return Array.from({ length: Math.ceil(items.length / chunkSize) }, (_, index) =>
    items.slice(index * chunkSize, (index + 1) * chunkSize),
  );
}

/** Numbers from first to last; a sequence, so that one number is not wrapped in an array. */
function range(this: Focus, ...limits: (number | undefined)[]): unknown {
  const [first, last, delta] = limits;
  if (first === undefined || last === undefined || delta === undefined) return undefined;
  const [from, to, step] = [Math.trunc(first), Math.trunc(last), Math.trunc(delta)];
  if (step === 0 || (to - from) * step < 0) return undefined;
  const count = Math.floor((to - from) / step) + 1;
  if (count > jsonataRangeCountMax) {
    throw memoryExceeded();
  }
  const numbers = this.createSequence();
  for (let index = 0; index < count; index += 1) numbers.push(from + index * step);
  return numbers;
}

/** Hexadecimal digest of a text; nothing without an algorithm. */
function hash(this: Focus, text?: string, algorithm?: string): string | undefined {
  if (text === undefined || algorithm === undefined) return undefined;
  const hexadecimal = digest(text, algorithm);
  if (hexadecimal !== undefined) return hexadecimal;
  throw new JsonataRefusal("", `The algorithm must be one of ${digestNames.join(", ")}`);
}

/** A number 0 <= x < 1: the execution's next draw, or what follows from the seed. */
function random(this: Focus, seed?: number): number {
  return seed === undefined ? callOf(this).draw() : drawOfSeed(Math.trunc(seed));
}

function uuid(this: Focus): string {
  return drawUuid(callOf(this).draw);
}

function parse(this: Focus, text?: string): Json | undefined {
  if (text === undefined) return undefined;
  const value = tryParseJson(text);
  if (value === undefined) throw new JsonataRefusal("", "The text is not JSON");
  return plainJson(value);
}

/** `$pad` as JSONata has it (to the right, to the left for a negative width), but bounded. */
function pad(this: Focus, ...args: [text?: string, width?: number, filling?: string]): unknown {
  const [text, width = 0, filling = " "] = args;
  if (text === undefined) return undefined;
  const missing = Math.abs(Math.trunc(width)) - Array.from(text).length;
  if (missing <= 0) return text;
  if (missing > jsonataVolumeMax) throw memoryExceeded();
  const unit = Array.from(filling === "" ? " " : filling);
  const padding = Array.from({ length: missing }, (_, index) => unit[index % unit.length]).join("");
  return width < 0 ? padding + text : text + padding;
}

function millis(this: Focus): number {
  return callOf(this).nowMs;
}

/** `$now`: JSONata's own formatting of the call's instant. */
function now(this: Focus, picture?: string, zone?: string): unknown {
  const fromMillis = this.environment.lookup("fromMillis") as {
    readonly implementation: (millis: number, picture?: string, zone?: string) => unknown;
  };
  return fromMillis.implementation.call(this, callOf(this).nowMs, picture, zone);
}

/** `$shuffle` by the execution's draws. */
function shuffle(this: Focus, items?: readonly unknown[]): unknown[] | undefined {
  if (items === undefined) return undefined;
  const { draw } = callOf(this);
  const shuffled: unknown[] = [];
  for (const [index, item] of items.entries()) {
    const at = Math.floor(draw() * (index + 1));
    if (at !== index) shuffled[index] = shuffled[at];
    shuffled[at] = item;
  }
  return shuffled;
}

interface NativeFunction {
  readonly implementation: (this: Focus, ...args: never[]) => unknown;
  /** JSONata's notation for parameter types. */
  readonly signature: string;
}

/** The functions that Step Functions adds to JSONata, and JSONata's own that would read clock or chance. */
export const jsonataFunctions: Readonly<Record<string, NativeFunction>> = {
  partition: { implementation: partition, signature: "<a?n?:a>" },
  range: { implementation: range, signature: "<n?n?n?:x>" },
  hash: { implementation: hash, signature: "<s?s?:s>" },
  random: { implementation: random, signature: "<n?:n>" },
  uuid: { implementation: uuid, signature: "<:s>" },
  pad: { implementation: pad, signature: "<s-ns?:s>" },
  parse: { implementation: parse, signature: "<s?:x>" },
  now: { implementation: now, signature: "<s?s?:s>" },
  millis: { implementation: millis, signature: "<:n>" },
  shuffle: { implementation: shuffle, signature: "<a:a>" },
};
