import type { Json } from "../json.ts";
import type { Evaluating, JsonataCall } from "./evaluation.ts";
import { evaluateJsonata } from "./jsonata-evaluator.ts";

type Evaluate = (call: JsonataCall) => Promise<Json | undefined> | Json | undefined;

const isPromise = (value: Promise<Json | undefined> | Json | undefined) => value instanceof Promise;

/**
 * Runs a generator to its end. The answer is synchronous when no JSONata call had to be awaited; a
 * failing evaluation is thrown into the generator, which may catch it.
 */
export const drive = <T>(
  evaluating: Evaluating<T>,
  evaluate: Evaluate = evaluateJsonata,
): T | Promise<T> => {
  let turn = evaluating.next();
  while (turn.done !== true) {
    let answer: Promise<Json | undefined> | Json | undefined;
    try {
      answer = evaluate(turn.value);
    } catch (failure) {
      turn = evaluating.throw(failure);
      continue;
    }
    if (isPromise(answer)) return driveOn(evaluating, evaluate, answer);
    turn = evaluating.next(answer);
  }
  return turn.value;
};

/** The rest of {@link drive}, from the first answer that is not there yet. */
const driveOn = async <T>(
  evaluating: Evaluating<T>,
  evaluate: Evaluate,
  first: Promise<Json | undefined>,
): Promise<T> => {
  let pending: Promise<Json | undefined> | Json | undefined = first;
  for (;;) {
    let answer: Json | undefined;
    let turn: IteratorResult<JsonataCall, T>;
    try {
      answer = await pending;
      turn = evaluating.next(answer);
    } catch (failure) {
      turn = evaluating.throw(failure);
    }
    if (turn.done === true) return turn.value;
    pending = evaluate(turn.value);
  }
};
