/** Runs map runs and their children on the core, each at once from its start to its end. */
import { advance, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import type { Command } from "#core/execution/commands.ts";
import { executionIdOf } from "#core/execution/execution-id.ts";
import type { ChildEnd, ExecutionStarted, Fact } from "#core/execution/facts.ts";
import { mapResultsResource, startsPart } from "#core/execution/map-run/part-resource.ts";
import type { PlanWriter } from "#core/execution/map-run/plan.ts";
import { itemExecutionId, partRequest } from "#core/execution/map-run/process-part.ts";
import type { Program } from "#core/execution/program.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import { isJsonObject, type Json } from "#core/json.ts";
import { type EndedChild, outputOf } from "#core/map-run/results.ts";
import { answerFact } from "./answer-fact.ts";
import type { RecordedCase } from "./case.ts";
import type { TaskReplayer } from "./recorded/compare.mjs";

interface Coming {
  readonly atMs: number;
  readonly fact: Fact;
}

const endedChild = (state: ExecutionState): EndedChild => ({
  ...state,
  executionArn: state.executionId,
  processArn: state.process,
});

const endOf = (state: ExecutionState): ChildEnd => {
  const { executionId, process, name, status, startedAtMs, stoppedAtMs = 0 } = state;
  if (status === "RUNNING") throw new TypeError(`${executionId} does not end`);
  const { output, error, cause } = state;
  return {
    ...{ executionId, process, name, status, startedAtMs, stoppedAtMs },
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
};

export class MapRunReplay {
  readonly #recorded: RecordedCase;
  readonly #program: Program;
  readonly #answers: TaskReplayer;
  readonly #ended = new Map<string, ExecutionState>();

  constructor(recorded: RecordedCase, program: Program, answers: TaskReplayer) {
    this.#recorded = recorded;
    this.#program = program;
    this.#answers = answers;
  }

  /** Runs what an activity starts as a part of its process. */
  async run(starter: ExecutionState, activity: Activity): Promise<ChildEnd> {
    const { process, version, name, input, part } = partRequest(starter, activity);
    const fact: ExecutionStarted = {
      ...{ kind: "ExecutionStarted", process, version, name, input, part },
      startedBy: "recording",
      seed: "00112233445566778899aabbccddeeff",
      behaviour: starter.behaviour,
    };
    const state = initialState(executionIdOf(process, name), fact, starter.nowMs);
    const program = { ...this.#program, process };
    const coming: Coming[] = [{ atMs: starter.nowMs, fact }];
    for (let next = coming.shift(); next !== undefined && state.status === "RUNNING"; ) {
      const commands = await drive(advance(program, state, next));
      for (const command of commands) coming.push(...(await this.#carryOut(state, command)));
      coming.sort((a, b) => a.atMs - b.atMs);
      const timerAtMs = nextTimerAtMs(state);
      next =
        timerAtMs !== undefined && timerAtMs < (coming[0]?.atMs ?? Number.POSITIVE_INFINITY)
          ? { atMs: timerAtMs, fact: { kind: "TimePassed" } }
          : coming.shift();
    }
    this.#ended.set(state.executionId, state);
    return endOf(state);
  }

  async #carryOut(state: ExecutionState, command: Command): Promise<readonly Coming[]> {
    if (command.kind !== "RunActivity") return [];
    const activity = state.activities[command.activity];
    if (activity === undefined) return [];
    const named = { activity: activity.id, attempt: activity.attempt };
    if (startsPart(activity.resource)) {
      const child = await this.run(state, activity);
      return [{ atMs: child.stoppedAtMs, fact: { kind: "ChildEnded", ...named, child } }];
    }
    const output = this.#outputOf(state, activity);
    if (output !== undefined)
      return [{ atMs: state.nowMs, fact: { kind: "ActivitySucceeded", ...named, output } }];
    const answer = this.#answers(activity.state, activity.resource, activity.parameters);
    const fact = answerFact(activity, answer);
    return fact === undefined ? [] : [{ atMs: state.nowMs + (answer.sleep ?? 0) * 1000, fact }];
  }

  #outputOf(state: ExecutionState, { resource, parameters }: Activity): Json | undefined {
    if (!isJsonObject(parameters)) return undefined;
    if (resource === mapResultsResource) {
      const children = Array.from({ length: Number(parameters["childCount"]) }, (_, index) =>
        this.#ended.get(itemExecutionId(state, index)),
      );
      const ended = children.flatMap((child) => (child === undefined ? [] : [endedChild(child)]));
      return outputOf(ended, parameters["writer"] as unknown as PlanWriter);
    }
    return this.#recorded.s3?.find(
      ({ Bucket, Key }) => Bucket === parameters["Bucket"] && Key === parameters["Key"],
    );
  }
}
