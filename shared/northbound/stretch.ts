import { answerCharactersMax, type Limits } from "./limits.ts";

/** Events that follow each other at less than this come in one stretch, ms. */
const gatherMs = 50;

/** A part of a stream, where only whole answers are passed on; without `stretchMsMax` it is all of it. */
export interface Stretch {
  /** Aborts when the stretch is over, and when `signal` does. */
  readonly signal: AbortSignal;
  /** There is more to come, in another stretch. */
  readonly isOver: () => boolean;
  /** So many characters were told. */
  readonly told: (characters: number) => void;
  readonly close: () => void;
}

/** Begins a stretch. */
export const beginStretch = (
  { stretchMsMax }: Pick<Limits, "stretchMsMax">,
  signal: AbortSignal,
): Stretch => {
  const over = new AbortController();
  if (stretchMsMax === undefined)
    return { signal, isOver: () => false, told: () => {}, close: () => {} };
  let characters = 0;
  const endIn = (delayMs: number) => setTimeout(() => over.abort(), delayMs);
  let timer = endIn(stretchMsMax);
  return {
    signal: AbortSignal.any([signal, over.signal]),
    isOver: () => over.signal.aborted,
    told: (more) => {
      characters += more;
      clearTimeout(timer);
      if (characters >= answerCharactersMax) over.abort();
      else timer = endIn(gatherMs);
    },
    close: () => clearTimeout(timer),
  };
};
