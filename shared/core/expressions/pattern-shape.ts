import { Cursor } from "./cursor.ts";

/** What of a regular expression decides how long a match may take. */
export interface PatternShape {
  /** Open repetitions one after the other: each may try every length. */
  readonly repetitions: number;
  /** Natural logarithm of the number of ways that all bounded repetitions and choices offer. */
  readonly choices: number;
  /** Whether a repetition lies within an open one: the ways double with every character. */
  readonly hasNestedRepetition: boolean;
  /** What V8 can match by backtracking only. */
  readonly obstacle: string | undefined;
  /** Whether a match can begin at the start only. */
  readonly isAnchored: boolean;
}

interface Ways {
  readonly repetitions: number;
  readonly choices: number;
  /** Those of the look-around that has most: each is done when what follows begins. */
  readonly aside: { readonly repetitions: number; readonly choices: number };
}

interface Repeat {
  readonly least: number;
  readonly most: number;
}

/** V8 writes out a counted repetition at most so often. */
const copiesMax = 16;

const none: Ways = { repetitions: 0, choices: 0, aside: { repetitions: 0, choices: 0 } };

const larger = (a: Ways["aside"], b: Ways["aside"]): Ways["aside"] => ({
  repetitions: Math.max(a.repetitions, b.repetitions),
  choices: Math.max(a.choices, b.choices),
});

const inTurn = (a: Ways, b: Ways): Ways => ({
  repetitions: a.repetitions + b.repetitions,
  choices: a.choices + b.choices,
  aside: larger(a.aside, b.aside),
});

const either = (parts: readonly Ways[]): Ways => ({
  repetitions: Math.max(...parts.map(({ repetitions }) => repetitions)),
  choices: Math.max(...parts.map(({ choices }) => choices)) + Math.log(parts.length),
  aside: parts.map(({ aside }) => aside).reduce(larger),
});

const setAside = ({ repetitions, choices, aside }: Ways): Ways => ({
  ...none,
  aside: { repetitions: repetitions + aside.repetitions, choices: choices + aside.choices },
});

const characterClass = /\[\^?(?:[^\\\]]|\\.)*\]/sy;
const backreference = /\\(?:[1-9]|k<)/y;
const escapedCharacter = /\\./sy;
const lookAround = /\(\?<?[=!]/y;
const groupOpening = /\((?:\?(?::|<[^>]*>))?/y;
const modifiedGroup = /\(\?[a-z-]*:/y;
const counts = /\{(\d+)(,?)(\d*)\}/y;

/** Reads the source of a regular expression that is known to be one. */
class ShapeReader {
  obstacle: string | undefined;
  hasNestedRepetition = false;
  topAlternatives = 0;
  private readonly cursor: Cursor;
  /** How often V8 would write out what was read last, where it counts furthest. */
  private mostCopies = 1;

  constructor(source: string) {
    this.cursor = new Cursor(source);
  }

  alternatives(): Ways {
    const parts: Ways[] = [];
    let copies = 1;
    do {
      parts.push(this.sequence());
      copies = Math.max(copies, this.mostCopies);
    } while (this.cursor.accept("|"));
    this.topAlternatives = parts.length;
    this.mostCopies = copies;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : either(parts);
  }

  private sequence(): Ways {
    let ways = none;
    let copies = 1;
    while (!this.cursor.isAtEnd && this.cursor.next !== "|" && this.cursor.next !== ")") {
      this.mostCopies = 1;
      const atom = this.atom();
      const repeat = this.repeat();
      ways = inTurn(ways, repeat === undefined ? atom : this.repeated(atom, repeat));
      copies = Math.max(copies, this.mostCopies);
    }
    this.mostCopies = copies;
    return ways;
  }

  private atom(): Ways {
    const { cursor } = this;
    if (cursor.match(characterClass) !== undefined) return none;
    if (cursor.match(lookAround) !== undefined) {
      this.obstacle ??= "looking ahead or behind";
      return setAside(this.closed());
    }
    if (cursor.match(groupOpening) !== undefined) {
      if (cursor.next === "?") this.modified();
      return this.closed();
    }
    if (cursor.match(backreference) !== undefined) this.obstacle ??= "a reference back to a group";
    else if (cursor.match(escapedCharacter) === undefined) cursor.position += 1;
    return none;
  }

  private modified(): void {
    this.obstacle ??= "a change of flags";
    this.cursor.position -= 1;
    this.cursor.match(modifiedGroup);
  }

  private closed(): Ways {
    const ways = this.alternatives();
    this.cursor.accept(")");
    return ways;
  }

  private repeat(): Repeat | undefined {
    const { cursor } = this;
    const open = { "*": 0, "+": 1 }[cursor.next];
    let repeat: Repeat | undefined;
    if (open !== undefined) repeat = { least: open, most: Number.POSITIVE_INFINITY };
    else if (cursor.next === "?") repeat = { least: 0, most: 1 };
    if (repeat === undefined) repeat = this.counted();
    else cursor.position += 1;
    if (repeat !== undefined) cursor.accept("?");
    return repeat;
  }

  private counted(): Repeat | undefined {
    const text = this.cursor.match(counts);
    if (text === undefined) return undefined;
    const [least = 0, most] = text.slice(1, -1).split(",");
    if (most === undefined) return { least: Number(least), most: Number(least) };
    return { least: Number(least), most: most === "" ? Number.POSITIVE_INFINITY : Number(most) };
  }

  private repeated(atom: Ways, { least, most }: Repeat): Ways {
    const isOpen = most === Number.POSITIVE_INFINITY;
    // An open repetition is written out once more than it must be matched.
    this.mostCopies *= Math.max(1, isOpen ? least + 1 : most);
    if (this.mostCopies > copiesMax)
      this.obstacle ??= `a repetition that counts further than ${copiesMax}`;
    const isVaried = atom.repetitions > 0 || atom.choices > 0;
    if (isOpen && isVaried) this.hasNestedRepetition = true;
    if (isOpen) return { ...atom, repetitions: 1 };
    return {
      repetitions: atom.repetitions * most,
      choices: atom.choices * most + Math.log(most - least + 1),
      aside: atom.aside,
    };
  }
}

/** The shape of a regular expression, by its source. */
export const shapeOf = (source: string): PatternShape => {
  const reader = new ShapeReader(source);
  const { repetitions, choices, aside } = reader.alternatives();
  return {
    repetitions: repetitions + aside.repetitions,
    choices: choices + aside.choices,
    hasNestedRepetition: reader.hasNestedRepetition,
    obstacle: reader.obstacle,
    isAnchored: source.startsWith("^") && reader.topAlternatives === 1,
  };
};
