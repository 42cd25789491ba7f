/** Runs a process on the interpreter itself, with a virtual clock and mocks for its activities. */
import { compileSchema } from "#catalog/input-schema.ts";
import type { ProcessDocument } from "#catalog/process-document.ts";
import type { ExecutionOutcome, ExecutionState } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import { type Simulated, Simulation, type TestedCall } from "./simulation.ts";

/** What came of a run. */
export interface TestedRun {
  /**
   * RUNNING: it waits for something that never comes. ENDLESS: it was stopped after as many states as
   * no test needs. REFUSED: the input does not fit.
   */
  readonly status: ExecutionState["status"] | "ENDLESS" | "REFUSED";
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly outcome?: ExecutionOutcome;
  /** States entered, in their order. */
  readonly path: readonly string[];
  readonly calls: readonly TestedCall[];
  /** Virtual time that it took. */
  readonly seconds: number;
  /** A call that no mock answers: the test can say nothing. */
  readonly unanswered?: TestedCall;
  /** Of one that is RUNNING: calls that are never answered. */
  readonly waitsFor?: readonly TestedCall[];
}

const refusal = ({ inputSchema }: ProcessDocument, input: Json): string | undefined => {
  if (inputSchema === undefined) return undefined;
  const compiled = compileSchema(inputSchema);
  if (compiled.kind !== "compiled") return undefined;
  const problems = compiled.problems(input);
  return problems.length === 0
    ? undefined
    : problems
        .map(({ path, message }) => `${path === "" ? "the input" : path} ${message}`)
        .join("; ");
};

/** Runs a process to its end; the same test gives the same run. */
export const runTest = async (given: Simulated): Promise<TestedRun> => {
  const refused = refusal(given.document, given.input);
  if (refused !== undefined)
    return { status: "REFUSED", cause: refused, path: [], calls: [], seconds: 0 };
  const simulation = new Simulation(given);
  await simulation.toEnd();
  const { state, path, calls, unanswered, isEndless, waitsFor } = simulation;
  const { status, output, error, cause, outcome, nowMs, startedAtMs } = state;
  const isWaiting = status === "RUNNING" && !isEndless;
  return {
    status: status === "RUNNING" && isEndless ? "ENDLESS" : status,
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
    ...(outcome !== undefined && { outcome }),
    path,
    calls,
    seconds: (nowMs - startedAtMs) / 1000,
    ...(unanswered !== undefined && { unanswered }),
    ...(isWaiting && unanswered === undefined && { waitsFor }),
  };
};
