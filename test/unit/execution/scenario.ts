/** An execution under test: facts go in, commands and events come out. */

import type { StateMachine } from "#core/asl/definition.ts";
import { advance, behaviourVersion, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import type { Command } from "#core/execution/commands.ts";
import type { ExecutionStarted, Fact } from "#core/execution/facts.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { Program } from "#core/execution/program.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import type { Json } from "#core/json.ts";

export const startAtMs = 1_000_000;

export const programOf = (definition: StateMachine): Program => ({
  process: "backup",
  version: 1,
  definition,
});

export const startOf = (input: Json): ExecutionStarted => ({
  kind: "ExecutionStarted",
  process: "backup",
  version: 1,
  name: "nightly",
  input,
  startedBy: "key:admin",
  seed: "0123456789abcdef0123456789abcdef",
  behaviour: behaviourVersion,
});

export class Scenario {
  readonly program: Program;
  readonly state: ExecutionState;
  readonly events: HistoryEvent[] = [];

  constructor(definition: StateMachine, state: ExecutionState) {
    this.program = programOf(definition);
    this.state = state;
  }

  /** Commands that follow from a fact, `afterMs` after the one before. */
  async take(fact: Fact, afterMs = 0): Promise<readonly Command[]> {
    const atMs = this.state.nowMs + afterMs;
    const sink = (event: HistoryEvent) => this.events.push(event);
    return await drive(advance(this.program, this.state, { fact, atMs, sink }));
  }

  /** Lets the clock go on to the next timer. */
  async wake(): Promise<readonly Command[]> {
    const atMs = nextTimerAtMs(this.state) ?? this.state.nowMs;
    return await this.take({ kind: "TimePassed" }, Math.max(0, atMs - this.state.nowMs));
  }

  get timerInMs(): number | undefined {
    const atMs = nextTimerAtMs(this.state);
    return atMs === undefined ? undefined : atMs - this.state.nowMs;
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }
}

/** An execution that has just been started, and the commands that followed. */
export const begin = async (
  definition: StateMachine,
  input: Json = {},
): Promise<{ readonly scenario: Scenario; readonly commands: readonly Command[] }> => {
  const fact = startOf(input);
  const scenario = new Scenario(definition, initialState("e1", fact, startAtMs));
  return { scenario, commands: await scenario.take(fact) };
};

export const succeeded = (activity: string, attempt: number, output: Json = {}): Fact => ({
  kind: "ActivitySucceeded",
  activity,
  attempt,
  output,
});

export const failed = (activity: string, attempt: number, error = "Boom"): Fact => ({
  kind: "ActivityFailed",
  activity,
  attempt,
  error,
  cause: "it broke",
});

export const run = (activity: string, attempt: number): Command => ({
  kind: "RunActivity",
  activity,
  attempt,
});

export const cancel = (activity: string, attempt: number): Command => ({
  kind: "CancelActivity",
  activity,
  attempt,
});
