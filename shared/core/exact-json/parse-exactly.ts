/**
 * Reading JSON text so that printing the value gives the text again, blanks aside. `JSON.parse` does
 * that for nearly every text, and several times faster: `needs-exact-reading.ts` tells them apart.
 */
import { putMember } from "../put-member.ts";
import { numberFromText } from "./exact-number.ts";
import { inOrder } from "./in-order.ts";

type Members = Record<string, unknown>;

/** An array or object that is not closed yet. */
interface Frame {
  readonly items: unknown[] | undefined;
  readonly members: Members;
  /** Of the members, in the order of the text. */
  readonly keys: string[];
  /** A key whose value comes next. */
  key: string | undefined;
}

const frameOf = (opening: string): Frame => ({
  items: opening === "[" ? [] : undefined,
  members: {},
  keys: [],
  key: undefined,
});

/** Of a key that comes twice the last value counts, in the place of the first, as in `JSON.parse`. */
const addMember = ({ members, keys }: Frame, key: string, value: unknown): void => {
  keys.push(key);
  putMember(members, key, value);
};

const blanks = /[\s,:]*/y;
const bareWord = /[^\s,:\]}]+/y;

/** Reads text that is known to be JSON; keeps a stack of its own, so that depth is no limit. */
class ExactReader {
  readonly #text: string;
  readonly #frames: Frame[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    for (;;) {
      const value = this.#next();
      if (value === undefined) continue;
      const frame = this.#frames.at(-1);
      if (frame === undefined) return value;
      if (frame.items !== undefined) frame.items.push(value);
      else if (frame.key === undefined) frame.key = value as string;
      else {
        addMember(frame, frame.key, value);
        frame.key = undefined;
      }
    }
  }

  /** The next value that is complete, or key; `undefined` where an array or object begins. */
  #next(): unknown {
    this.#match(blanks);
    const character = this.#text.charAt(this.#at);
    switch (character) {
      case "{":
      case "[":
        this.#at += 1;
        this.#frames.push(frameOf(character));
        return undefined;
      case "}":
      case "]": {
        this.#at += 1;
        const frame = this.#frames.pop() ?? frameOf("[");
        return frame.items ?? inOrder(frame.members, () => frame.keys);
      }
      case '"':
        return this.#string();
      default:
        return wordValue(this.#match(bareWord));
    }
  }

  #match(sticky: RegExp): string {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    this.#at = end + 1;
    const inner = this.#text.slice(start + 1, end);
    return inner.includes("\\") ? (JSON.parse(`"${inner}"`) as string) : inner;
  }

  /** Whether an odd number of backslashes stands before. */
  #isEscaped(at: number): boolean {
    let from = at;
    while (this.#text.charAt(from - 1) === "\\") from -= 1;
    return (at - from) % 2 === 1;
  }
}

const wordValue = (word: string): unknown => {
  switch (word) {
    case "true":
      return true;
    case "false":
      return false;
    case "null":
      return null;
    default:
      return numberFromText(word);
  }
};

/** Any JSON text as a value that is printed as it was read; throws what `JSON.parse` throws. */
export const parseExactly = (text: string): unknown => {
  JSON.parse(text);
  return new ExactReader(text).read();
};
