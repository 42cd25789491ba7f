/** Runs a recorded case on the core: a virtual clock, and the recorded answers for tasks. */
import type { StateMachine } from "#core/asl/definition.ts";
import { plainFields } from "#core/asl/plain-fields.ts";
import { exactOriginal, plainJson } from "#core/exact-json/plain-json.ts";
import { advance, behaviourVersion, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import type { Command } from "#core/execution/commands.ts";
import type { ExecutionStarted, Fact } from "#core/execution/facts.ts";
import { fold } from "#core/execution/fold.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import { startsPart } from "#core/execution/map-run/part-resource.ts";
import { noteStarts } from "#core/execution/note-starts.ts";
import type { Program } from "#core/execution/program.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import { type Json, parseJson, parseStored, printStored } from "#core/json.ts";
import { answerFact } from "./answer-fact.ts";
import type { Level, RecordedCase, Replayed, Verdict } from "./case.ts";
import { compareReplayed, flattened } from "./compare-replayed.ts";
import { type TaskReplayer, taskReplayer } from "./recorded/compare.mjs";
import { MapRunReplay } from "./replay-map-run.ts";

/** Facts that come later, by the virtual clock. */
interface Coming {
  readonly atMs: number;
  readonly fact: Fact;
}

const startAtMs = Date.UTC(2026, 10, 23, 9);
/** A case that takes more facts than this does not end. */
const factsMax = 10_000;

/** The definition as the service was given it. */
export const givenDefinition = ({ definition, definitionText }: RecordedCase): Json =>
  definitionText === undefined
    ? ((exactOriginal(definition) ?? definition) as unknown as Json)
    : parseJson(definitionText);

/** The interpreter takes what the parser makes of it. */
const definitionOf = (recorded: RecordedCase): StateMachine =>
  plainFields(givenDefinition(recorded)) as unknown as StateMachine;

/** The input as the service was given it. */
export const inputOf = ({ input, inputText }: RecordedCase): Json => {
  if (inputText !== undefined) return parseJson(inputText);
  const isContainer = typeof input === "object" && input !== null;
  return (isContainer ? exactOriginal(input) : undefined) ?? input;
};

class Replay {
  readonly #recorded: RecordedCase;
  readonly #program: Program;
  readonly #answers: TaskReplayer;
  readonly #mapRuns: MapRunReplay;
  readonly #coming: Coming[] = [];
  readonly #events: HistoryEvent[] = [];
  readonly #records: LogRecord[] = [];
  /** The state after each record, as a snapshot would keep it. */
  readonly #snapshots: string[] = [];
  /** Task tokens in the order of their making: the recordings number them, `<...:1>`. */
  readonly #tokens: string[] = [];
  #submitted = 0;
  #claimed = 0;

  constructor(recorded: RecordedCase) {
    this.#recorded = recorded;
    this.#answers = taskReplayer(recorded);
    this.#program = {
      process: "process",
      version: 1,
      definition: definitionOf(recorded),
      ...(recorded.workflowType !== undefined && { type: recorded.workflowType }),
      // The service's limit: 256 KiB.
      valueSizeMax: 262_144,
      identity: { account: "111111111111", region: "us-east-1" },
    };
    this.#mapRuns = new MapRunReplay(recorded, this.#program, this.#answers);
  }

  async run(): Promise<{
    readonly replayed: Replayed;
    readonly answers: TaskReplayer;
    readonly lastedMs: number;
  }> {
    const fact: ExecutionStarted = {
      kind: "ExecutionStarted",
      process: "process",
      version: 1,
      name: "execution",
      input: inputOf(this.#recorded),
      startedBy: "recording",
      seed: "00112233445566778899aabbccddeeff",
      behaviour: behaviourVersion,
    };
    const state = initialState("execution", fact, startAtMs);
    let coming: Coming | undefined = { atMs: startAtMs, fact };
    for (let count = 0; coming !== undefined && count < factsMax; count += 1) {
      await this.#take(state, coming);
      coming = state.status === "RUNNING" ? this.#next(state) : undefined;
    }
    const lastedMs = state.nowMs - startAtMs;
    return { replayed: this.#replayed(state), answers: this.#answers, lastedMs };
  }

  /** The last state, folded again from the start and from the snapshot after each record. */
  async relive(): Promise<{ readonly lived: string; readonly folded: readonly string[] }> {
    await this.run();
    const folded: string[] = [];
    for (let from = 0; from <= this.#records.length; from += 1) {
      const text = this.#snapshots[from - 1];
      const snapshot = text === undefined ? undefined : parseStored<ExecutionState>(text);
      const records = this.#records.slice(from);
      const state = await fold(this.#program, { executionId: "execution", snapshot, records });
      folded.push(printStored(state));
    }
    return { lived: this.#snapshots.at(-1) ?? "", folded };
  }

  async #take(state: ExecutionState, { fact, atMs }: Coming): Promise<void> {
    const sink = (event: HistoryEvent) => this.#events.push(event);
    const commands = await drive(advance(this.#program, state, { fact, atMs, sink }));
    const record: LogRecord = {
      executionId: "execution",
      epoch: 0,
      seq: this.#records.length,
      commitId: "",
      server: "",
      turn: "",
      atMs,
      facts: [fact],
      commands,
      doneThrough: -1,
    };
    this.#records.push(record);
    noteStarts(state, record);
    this.#snapshots.push(printStored(state));
    for (const command of commands) await this.#carryOut(state, command);
  }

  /** The fact that comes first: an answer or, if it is earlier, a timer. */
  #next(state: ExecutionState): Coming | undefined {
    const timerAtMs = nextTimerAtMs(state);
    const [first] = this.#coming;
    if (timerAtMs !== undefined && (first === undefined || timerAtMs < first.atMs))
      return { atMs: timerAtMs, fact: { kind: "TimePassed" } };
    return this.#coming.shift();
  }

  async #carryOut(state: ExecutionState, command: Command): Promise<void> {
    if (command.kind !== "RunActivity" && command.kind !== "OfferActivity") return;
    const activity = state.activities[command.activity];
    if (activity === undefined) return;
    if (startsPart(activity.resource)) {
      const child = await this.#mapRuns.run(state, activity);
      const { id, attempt } = activity;
      const fact: Fact = { kind: "ChildEnded", activity: id, attempt, child };
      this.#expect({ atMs: child.stoppedAtMs, fact });
      return;
    }
    if (activity.token !== undefined) this.#tokens.push(activity.token);
    const parameters = plainJson(this.#named(activity.parameters));
    const answer = this.#answers(activity.state, activity.resource, parameters);
    this.#beforeTheAnswer(state, activity);
    const atMs = state.nowMs + (answer.sleep ?? 0) * 1000;
    const fact = answerFact(activity, answer);
    if (fact !== undefined) this.#expect({ atMs, fact });
  }

  /** What the service was told between the start of an activity and its answer. */
  #beforeTheAnswer(state: ExecutionState, { id: activity, attempt }: Activity): void {
    const recorded = this.#recorded.expect.events ?? [];
    const atMs = state.nowMs;
    const submitted = recorded.filter(({ type }) => type === "TaskSubmitted")[this.#submitted];
    if (submitted !== undefined) {
      this.#submitted += 1;
      const output = submitted["output"] ?? null;
      this.#expect({ atMs, fact: { kind: "ActivitySubmitted", activity, attempt, output } });
    }
    const claimed = recorded.filter(({ type }) => type === "ActivityStarted")[this.#claimed];
    if (claimed !== undefined) {
      this.#claimed += 1;
      const worker = claimed["workerName"];
      const fact: Fact = { kind: "ActivityClaimed", activity, attempt };
      this.#expect({ atMs, fact: typeof worker === "string" ? { ...fact, worker } : fact });
    }
  }

  /** A value with the tokens in it numbered as the recordings number them. */
  #named<T>(value: T): T {
    if (this.#tokens.length === 0) return value;
    let text = printStored(value);
    for (const [index, token] of this.#tokens.entries())
      text = text.replaceAll(token, `<token:${index + 1}>`);
    return parseStored<T>(text);
  }

  #expect(coming: Coming): void {
    const place = this.#coming.findIndex(({ atMs }) => atMs > coming.atMs);
    this.#coming.splice(place < 0 ? this.#coming.length : place, 0, coming);
  }

  #replayed(state: ExecutionState): Replayed {
    const expected = this.#recorded.expect.events;
    return {
      status: state.status,
      ...(state.output !== undefined && { output: state.output }),
      ...(state.error !== undefined && { error: state.error }),
      ...(state.cause !== undefined && { cause: state.cause }),
      history: this.#events.map(({ type }) => type),
      events: this.#events.map((event, index) => this.#named(flattened(event, expected?.[index]))),
    };
  }
}

/** Runs a case and folds its facts again, from the start and from every snapshot. */
export const relive = (recorded: RecordedCase) => new Replay(recorded).relive();

/** Runs a case; `lastedMs` is by its own clock. */
export const replay = (recorded: RecordedCase) => new Replay(recorded).run();

/** Runs a case and compares it on every level; a case that throws fails them all. */
export const judge = async (recorded: RecordedCase): Promise<Verdict> => {
  try {
    const { replayed, answers } = await replay(recorded);
    return { ...compareReplayed(recorded, replayed), parameters: [...answers.paramDiffs] };
  } catch (error) {
    const thrown = [`threw ${error instanceof Error ? error.stack : String(error)}`];
    const entries: Record<Level, string[]> = {
      L1: thrown,
      L2: thrown,
      L3: thrown,
      L4: thrown,
      parameters: thrown,
    };
    return entries;
  }
};
