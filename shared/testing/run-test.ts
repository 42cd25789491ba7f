/** Runs a process on the interpreter itself, with a virtual clock and mocks for its activities. */
import { compileSchema } from "#catalog/input-schema.ts";
import type { ProcessDocument } from "#catalog/process-document.ts";
import { advance, behaviourVersion, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import type { Command } from "#core/execution/commands.ts";
import type { Fact } from "#core/execution/facts.ts";
import type { Inspection } from "#core/execution/interpreter.ts";
import type { Program } from "#core/execution/program.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import type { Json } from "#core/json.ts";
import type { Answering } from "./mocks.ts";
import type { MockAnswer } from "./test-file.ts";

/** A call that the process made. */
export interface TestedCall {
  readonly state: string;
  readonly resource: string;
  readonly parameters: Json;
}

/** What came of a run. */
export interface TestedRun {
  /** RUNNING: it waits for something that never comes. REFUSED: the input does not fit. */
  readonly status: ExecutionState["status"] | "REFUSED";
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  /** States entered, in their order. */
  readonly path: readonly string[];
  readonly calls: readonly TestedCall[];
  /** Virtual time that it took. */
  readonly seconds: number;
  /** A call that no mock answers: the test can say nothing. */
  readonly unanswered?: TestedCall;
}

export interface TestRun {
  readonly document: ProcessDocument;
  readonly input: Json;
  readonly nowMs: number;
  readonly seed: number;
  readonly answering: Answering;
  readonly inspection: Inspection;
}

/** A process that takes more facts than this does not end. */
const factCountMax = 100_000;

interface Coming {
  readonly atMs: number;
  readonly fact: Fact;
}

const factOf = ({ id: activity, attempt }: Activity, answer: MockAnswer): Fact | undefined => {
  if (answer.never === true) return undefined;
  if (answer.result !== undefined)
    return { kind: "ActivitySucceeded", activity, attempt, output: answer.result };
  return {
    kind: "ActivityFailed",
    activity,
    attempt,
    ...(answer.error !== undefined && { error: answer.error }),
    ...(answer.cause !== undefined && { cause: answer.cause }),
  };
};

class Run {
  readonly #given: TestRun;
  readonly #program: Program;
  readonly #state: ExecutionState;
  readonly #coming: Coming[] = [];
  readonly #path: string[] = [];
  readonly #calls: TestedCall[] = [];
  #unanswered: TestedCall | undefined;

  constructor(given: TestRun) {
    this.#given = given;
    const { document, input, nowMs, seed } = given;
    const process = { process: document.name, version: 1 };
    const { definition, type } = document;
    this.#program = { ...process, definition, ...(type !== undefined && { type }) };
    const fact: Fact = {
      kind: "ExecutionStarted",
      ...process,
      name: "test",
      input,
      startedBy: "test",
      seed: seed.toString(16).padStart(32, "0"),
      behaviour: behaviourVersion,
    };
    this.#state = initialState(`${document.name}:test`, fact, nowMs);
    this.#coming.push({ atMs: nowMs, fact });
  }

  async toEnd(): Promise<TestedRun> {
    for (let count = 0; count < factCountMax && this.#state.status === "RUNNING"; count += 1) {
      const coming = this.#next();
      if (coming === undefined || this.#unanswered !== undefined) break;
      await this.#take(coming);
    }
    const { status, output, error, cause, nowMs, startedAtMs } = this.#state;
    return {
      status,
      ...(output !== undefined && { output }),
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
      path: this.#path,
      calls: this.#calls,
      seconds: (nowMs - startedAtMs) / 1000,
      ...(this.#unanswered !== undefined && { unanswered: this.#unanswered }),
    };
  }

  /** What comes first: an answer, or a timer that is due before it. */
  #next(): Coming | undefined {
    const timerAtMs = nextTimerAtMs(this.#state);
    const [first] = this.#coming;
    if (timerAtMs !== undefined && (first === undefined || timerAtMs < first.atMs))
      return { atMs: timerAtMs, fact: { kind: "TimePassed" } };
    return this.#coming.shift();
  }

  async #take({ fact, atMs }: Coming): Promise<void> {
    const inspection: Inspection = {
      take: (branch, clause, index) => {
        if (clause === "Entry") this.#path.push(branch.state);
        this.#given.inspection.take?.(branch, clause, index);
      },
    };
    const step = { fact, atMs, inspection };
    const commands = await drive(advance(this.#program, this.#state, step));
    for (const command of commands) this.#carryOut(command);
  }

  #carryOut(command: Command): void {
    if (command.kind !== "RunActivity" && command.kind !== "OfferActivity") return;
    const activity = this.#state.activities[command.activity];
    if (activity === undefined) return;
    const { state, resource, parameters } = activity;
    const call = { state, resource, parameters };
    this.#calls.push(call);
    const answer = this.#given.answering(activity);
    if (answer === undefined) {
      this.#unanswered ??= call;
      return;
    }
    const fact = factOf(activity, answer);
    if (fact === undefined) return;
    const atMs = this.#state.nowMs + (answer.afterSeconds ?? 0) * 1000;
    const place = this.#coming.findIndex((coming) => coming.atMs > atMs);
    this.#coming.splice(place < 0 ? this.#coming.length : place, 0, { atMs, fact });
  }
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
export const runTest = async (given: TestRun): Promise<TestedRun> => {
  const cause = refusal(given.document, given.input);
  if (cause === undefined) return new Run(given).toEnd();
  return { status: "REFUSED", cause, path: [], calls: [], seconds: 0 };
};
