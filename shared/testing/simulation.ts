/** Executions on one virtual clock: the process under test, and the map runs and children that it starts. */
import type { ProcessDocument } from "#catalog/process-document.ts";
import { advance, behaviourVersion, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import type { Command } from "#core/execution/commands.ts";
import { executionIdOf } from "#core/execution/execution-id.ts";
import type { ExecutionStarted, Fact } from "#core/execution/facts.ts";
import type { Clause, Inspection } from "#core/execution/interpreter.ts";
import {
  mapResultsResource,
  mapRunResource,
  startsPart,
} from "#core/execution/map-run/part-resource.ts";
import { partRequest } from "#core/execution/map-run/process-part.ts";
import type { Program } from "#core/execution/program.ts";
import type { Activity, Branch, ExecutionState } from "#core/execution/state.ts";
import { inFlight } from "#core/execution/states/task.ts";
import { digest } from "#core/expressions/digest.ts";
import { drive } from "#core/expressions/drive.ts";
import type { Json } from "#core/json.ts";
import { childEndOf, factsOf, heartbeatOf, type Timed } from "./answer-facts.ts";
import { testedResults } from "./map-results.ts";
import type { Answering } from "./mocks.ts";
import type { MockAnswer } from "./test-file.ts";

/** A call that the process made. */
export interface TestedCall {
  readonly state: string;
  readonly resource: string;
  readonly parameters: Json;
}

/** What is run, and who answers. */
export interface Simulated {
  readonly document: ProcessDocument;
  readonly input: Json;
  readonly nowMs: number;
  readonly seed: number;
  readonly answering: Answering;
  readonly inspection: Inspection;
}

/** An execution that takes more facts, or enters more states, than this does not end. */
export const testedStateCountMax = 100_000;

interface Running {
  readonly program: Program;
  readonly state: ExecutionState;
}

interface Coming extends Timed {
  readonly executionId: string;
  /** What answers the attempt: its heart may go on beating. */
  readonly answer?: MockAnswer;
}

export class Simulation {
  readonly #given: Simulated;
  readonly #root: Running;
  /** Those that have ended too: the results of a map run are collected from its children. */
  readonly #executions = new Map<string, Running>();
  readonly #live = new Set<Running>();
  readonly #coming: Coming[] = [];
  readonly path: string[] = [];
  readonly calls: TestedCall[] = [];
  unanswered: TestedCall | undefined;
  /** Waits for signals that were asked about. */
  readonly #waits = new Set<string>();
  #tokenCount = 0;
  #factCount = 0;

  constructor(given: Simulated) {
    this.#given = given;
    const { document, input, nowMs } = given;
    const process = { process: document.name, version: 1 };
    const start = { ...process, name: "test", input, startedBy: "test" };
    this.#root = this.#start(start, nowMs);
  }

  get state(): ExecutionState {
    return this.#root.state;
  }

  get isEndless(): boolean {
    return this.#factCount >= testedStateCountMax || this.path.length >= testedStateCountMax;
  }

  /** What is in flight and is not answered any more. */
  get waitsFor(): readonly TestedCall[] {
    return [...this.#live].flatMap(({ state }) =>
      Object.values(state.activities)
        .filter(({ resource }) => !startsPart(resource))
        .map(callOf),
    );
  }

  /** Until the process has ended, waits for something that never comes, or a call is unanswered. */
  async toEnd(): Promise<void> {
    while (this.state.status === "RUNNING" && this.unanswered === undefined && !this.isEndless) {
      const coming = this.#next();
      if (coming === undefined) return;
      this.#factCount += 1;
      await this.#take(coming);
    }
  }

  #start(asked: Omit<ExecutionStarted, "kind" | "seed" | "behaviour">, atMs: number): Running {
    const executionId = executionIdOf(asked.process, asked.name);
    const seed =
      asked.parent === undefined
        ? this.#given.seed.toString(16).padStart(32, "0")
        : (digest(`${this.#given.seed}/${executionId}`, "SHA-256") ?? "").slice(0, 32);
    const fact: ExecutionStarted = {
      kind: "ExecutionStarted",
      ...asked,
      seed,
      behaviour: behaviourVersion,
    };
    const { process, version } = asked;
    const { definition, type } = this.#given.document;
    const program = { process, version, definition, ...(type !== undefined && { type }) };
    const running = { program, state: initialState(executionId, fact, atMs) };
    this.#executions.set(executionId, running);
    this.#live.add(running);
    this.#expect({ executionId, atMs, fact });
    return running;
  }

  #expect(coming: Coming): void {
    const place = this.#coming.findIndex(({ atMs }) => atMs > coming.atMs);
    this.#coming.splice(place < 0 ? this.#coming.length : place, 0, coming);
  }

  /** What comes first: an answer, or a timer that is due before it. */
  #next(): Coming | undefined {
    let first = this.#coming[0];
    let isTimer = false;
    for (const { state } of this.#live) {
      const atMs = nextTimerAtMs(state);
      if (atMs === undefined || (first !== undefined && atMs >= first.atMs)) continue;
      first = { executionId: state.executionId, atMs, fact: { kind: "TimePassed" } };
      isTimer = true;
    }
    return isTimer ? first : this.#coming.shift();
  }

  #see({ part }: ExecutionState): Inspection {
    return {
      take: (branch: Branch, clause: Clause, index: number) => {
        // A map run stands in its Map state, which its own execution has entered already.
        if (part?.kind === "mapRun") return;
        if (clause === "Entry") this.path.push(branch.state);
        this.#given.inspection.take?.(branch, clause, index);
      },
    };
  }

  async #take({ executionId, fact, atMs, answer }: Coming): Promise<void> {
    const running = this.#executions.get(executionId);
    if (running === undefined) return;
    const { program, state } = running;
    if (fact.kind === "ActivityHeartbeat" && inFlight(state, fact) === undefined) return;
    const secret = () => {
      this.#tokenCount += 1;
      return `test${this.#tokenCount}`;
    };
    const step = { fact, atMs, secret, inspection: this.#see(state) };
    const commands = await drive(advance(program, state, step));
    if (state.status !== "RUNNING") this.#live.delete(running);
    if (fact.kind === "ActivityHeartbeat" && answer !== undefined)
      this.#expectHeartbeat(state, { fact, answer });
    for (const command of commands) await this.#carryOut(running, command);
    this.#askForSignals(state);
  }

  /** Nobody is told to run a wait for signals: a mock says what has come. */
  #askForSignals(state: ExecutionState): void {
    for (const activity of Object.values(state.activities)) {
      const wait = `${state.executionId}/${activity.id}/${activity.attempt}`;
      if (activity.phase !== "waitingForSignals" || this.#waits.has(wait)) continue;
      this.#waits.add(wait);
      const answer = this.#ask(activity);
      if (answer !== undefined) this.#answer(state, activity, answer);
    }
  }

  #expectHeartbeat(
    { executionId, nowMs }: ExecutionState,
    beating: {
      readonly fact: { readonly activity: string; readonly attempt: number };
      readonly answer: MockAnswer;
    },
  ): void {
    const { fact, answer } = beating;
    const next = heartbeatOf(fact, answer, nowMs);
    if (next !== undefined) this.#expect({ executionId, ...next, answer });
  }

  async #carryOut(running: Running, command: Command): Promise<void> {
    const { state } = running;
    const { executionId, nowMs: atMs } = state;
    if (command.kind === "NotifyParent" && state.parent !== undefined) {
      const { executionId: parent, activity, attempt } = state.parent;
      const fact: Fact = { kind: "ChildEnded", activity, attempt, child: childEndOf(state) };
      this.#expect({ executionId: parent, atMs, fact });
    }
    if (command.kind === "StopChild")
      this.#expect({
        executionId: command.child,
        atMs,
        fact: { kind: "StopRequested", by: `execution:${executionId}` },
      });
    if (command.kind !== "RunActivity" && command.kind !== "OfferActivity") return;
    const activity = state.activities[command.activity];
    if (activity !== undefined) await this.#run(running, activity);
  }

  async #run(running: Running, activity: Activity): Promise<void> {
    const { state } = running;
    if (activity.resource === mapResultsResource) return this.#collect(running, activity);
    const { resource } = activity;
    const answer = startsPart(resource) ? this.#standInForMap(activity) : this.#ask(activity);
    if (answer !== undefined) return this.#answer(state, activity, answer);
    if (!startsPart(resource)) return;
    const { id, attempt } = activity;
    const parent = {
      executionId: state.executionId,
      activity: id,
      attempt,
      isAwaited: true,
    } as const;
    const request = partRequest(state, activity);
    this.#start({ ...request, startedBy: `execution:${state.executionId}`, parent }, state.nowMs);
  }

  /** A mock that names a distributed Map state stands for all of its map run. */
  #standInForMap(activity: Activity): MockAnswer | undefined {
    if (activity.resource !== mapRunResource) return undefined;
    const answer = this.#given.answering.answer(activity);
    if (answer !== undefined) this.calls.push(callOf(activity));
    return answer;
  }

  #ask(activity: Activity): MockAnswer | undefined {
    const call = callOf(activity);
    this.calls.push(call);
    const answer = this.#given.answering.answer(activity);
    if (answer === undefined) this.unanswered ??= call;
    return answer;
  }

  #answer(state: ExecutionState, activity: Activity, answer: MockAnswer): void {
    const { executionId, nowMs } = state;
    for (const timed of factsOf(state, activity, answer)) this.#expect({ executionId, ...timed });
    const { id, attempt } = activity;
    const claimedMs = (answer.claimedAfterSeconds ?? 0) * 1000;
    const beat = heartbeatOf({ activity: id, attempt }, answer, nowMs + claimedMs);
    if (beat !== undefined) this.#expect({ executionId, ...beat, answer });
  }

  async #collect({ state, program }: Running, activity: Activity): Promise<void> {
    const run = { mapRun: state, program, activity };
    const fact = await testedResults(run, {
      child: (executionId) => this.#executions.get(executionId)?.state,
      ask: (call) => this.#ask({ ...activity, ...call }),
    });
    if (fact !== undefined)
      this.#expect({ executionId: state.executionId, atMs: state.nowMs, fact });
  }
}

const callOf = ({ state, resource, parameters }: Activity): TestedCall => ({
  state,
  resource,
  parameters,
});
