/**
 * Regular expressions of processes, so that a match never holds a server. A match cannot be
 * interrupted, and an execution whose match takes for ever would take for ever again after a restart.
 *
 * V8 goes on without backtracking where a match backtracks too often (`local/` switches that on), in
 * linear time, but not for every pattern. A pattern that it cannot take so is bounded by the length of
 * the text, and refused where no length would help: where a repetition lies within a repetition.
 */
import { regexStepsMax } from "../limits.ts";
import { type PatternShape, shapeOf } from "./pattern-shape.ts";

/** How a pattern is kept from running for ever. */
export type RegexBound =
  | { readonly kind: "linear" }
  | { readonly kind: "bounded"; readonly textLengthMax: number }
  | { readonly kind: "refused"; readonly problem: string };

/** Flags that V8 takes without backtracking. */
const linearFlags = /^[gmsy]*$/;

const boundOfShape = (pattern: RegExp, shape: PatternShape): RegexBound => {
  const hasLinearFlags = linearFlags.test(pattern.flags);
  if (hasLinearFlags && shape.obstacle === undefined) return { kind: "linear" };
  const steps = regexStepsMax / Math.exp(shape.choices);
  if (shape.hasNestedRepetition || steps < 1) {
    const obstacle = hasLinearFlags ? shape.obstacle : `the flags "${pattern.flags}"`;
    return {
      kind: "refused",
      problem: `the regular expression ${pattern} may take for ever: it repeats what holds a repetition or a choice, and ${obstacle} keeps it from being matched in linear time; write it without one of the two`,
    };
  }
  const starts = shape.isAnchored && !pattern.multiline ? 0 : 1;
  const power = Math.max(1, shape.repetitions + starts);
  return { kind: "bounded", textLengthMax: Math.floor(steps ** (1 / power)) };
};

const bounds = new WeakMap<RegExp, RegexBound>();

/** How long a text may be that a pattern is matched with, if there is a limit. */
export const regexBound = (pattern: RegExp): RegexBound => {
  let bound = bounds.get(pattern);
  if (bound === undefined) {
    bound = boundOfShape(pattern, shapeOf(pattern.source));
    bounds.set(pattern, bound);
  }
  return bound;
};

/** Thrown by a match with a text that is too long for the pattern. */
export class TextTooLong extends Error {
  override readonly name = "TextTooLong";
}

/** A regular expression that refuses, by {@link TextTooLong}, what may take too long. */
export class BoundedRegExp extends RegExp {
  readonly #textLengthMax: number;

  constructor(pattern: RegExp | string, flags?: string) {
    super(pattern, flags);
    const bound = regexBound(pattern instanceof RegExp ? pattern : this);
    if (bound.kind === "refused") throw new SyntaxError(bound.problem);
    this.#textLengthMax = bound.kind === "linear" ? Number.POSITIVE_INFINITY : bound.textLengthMax;
    // V8 interprets the first match of a pattern, ten times as slowly as the machine code of those behind it.
    if (bound.kind === "bounded") super.exec("");
  }

  override exec(text: string): RegExpExecArray | null {
    if (text.length > this.#textLengthMax)
      throw new TextTooLong(
        `The regular expression ${this} is matched with at most ${this.#textLengthMax} characters, not ${text.length}`,
      );
    return super.exec(text);
  }
}
