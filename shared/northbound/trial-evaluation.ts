import { setImmediate as breathe } from "node:timers/promises";
import type { JsonataCall } from "#core/expressions/evaluation.ts";
import { evaluateJsonata } from "#core/expressions/jsonata-evaluator.ts";
import { trialMsMax } from "./limits.ts";
import { HttpProblem } from "./problem.ts";

const tooLong = (): HttpProblem =>
  new HttpProblem(
    "request-invalid",
    `The expressions of the state take longer than ${trialMsMax / 1_000} s.`,
    { action: "Test it with less data, or with fewer expressions." },
  );

/**
 * Evaluates the expressions of a state that is tested. Each may take a second and a state can have
 * thousands: others are served between two of them, and the test is given up after a while.
 */
export const trialEvaluation = (signal: AbortSignal) => {
  const endsAtMs = performance.now() + trialMsMax;
  return async (call: JsonataCall) => {
    await breathe();
    if (signal.aborted || performance.now() > endsAtMs) throw tooLong();
    return evaluateJsonata(call);
  };
};
