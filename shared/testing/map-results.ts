/** The results of a map run under test: collected from its children, or written through mocked calls. */
import { unreachable } from "#core/errors.ts";
import { arnOf } from "#core/execution/arns.ts";
import type { Fact } from "#core/execution/facts.ts";
import { itemExecutionId } from "#core/execution/map-run/process-part.ts";
import type { Program } from "#core/execution/program.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import { executionArn } from "#core/execution/states/child.ts";
import type { Json } from "#core/json.ts";
import { type EndedChild, outputOf } from "#core/map-run/results.ts";
import type { ResultsRequest } from "#engine/map-results.ts";
import { writeResults } from "#engine/result-files.ts";
import type { ActivityResult } from "#ports/activity-runner.ts";
import type { MockAnswer } from "./test-file.ts";

/** A map run whose children have all ended, and the activity that asks for their results. */
export interface EndedMapRun {
  readonly mapRun: ExecutionState;
  readonly program: Program;
  readonly activity: Activity;
}

/** Where children are found, and who answers the calls that write files. */
export interface ResultsSource {
  readonly child: (executionId: string) => ExecutionState | undefined;
  readonly ask: (call: {
    readonly resource: string;
    readonly parameters: Json;
  }) => MockAnswer | undefined;
}

const childrenOf = (
  { mapRun, program }: EndedMapRun,
  request: ResultsRequest,
  source: ResultsSource,
): readonly EndedChild[] =>
  Array.from({ length: request.childCount }, (_, index) =>
    source.child(itemExecutionId(mapRun, index)),
  ).flatMap((state) =>
    state === undefined
      ? []
      : [
          {
            ...state,
            executionArn: executionArn(program, state.executionId),
            processArn: arnOf(program.identity, "stateMachine", state.process),
          },
        ],
  );

/** The fact that ends the collecting; `undefined` where a call that writes is not answered. */
export const testedResults = async (
  run: EndedMapRun,
  source: ResultsSource,
): Promise<Fact | undefined> => {
  const { activity } = run;
  const request = activity.parameters as unknown as ResultsRequest;
  const children = childrenOf(run, request, source);
  const named = { activity: activity.id, attempt: activity.attempt };
  if (request.writer.resource === undefined) {
    const output = [...outputOf(children, request.writer)];
    return { kind: "ActivitySucceeded", ...named, output };
  }
  let isUnanswered = false;
  const result = await writeResults(
    {
      mayRestart: () => true,
      mayVerify: () => false,
      run: async ({ resource, parameters }): Promise<ActivityResult> => {
        const answer = source.ask({ resource, parameters });
        isUnanswered ||= answer === undefined;
        return answer?.result !== undefined
          ? { kind: "succeeded", output: answer.result }
          : {
              kind: "failed",
              error: answer?.error ?? "States.TaskFailed",
              cause: answer?.cause ?? "",
            };
      },
    },
    {
      request,
      pages: pagesOf(children),
      asked: {
        executionId: run.mapRun.executionId,
        process: run.mapRun.process,
        state: activity.state,
        activity: activity.id,
        attempt: activity.attempt,
        resource: activity.resource,
        parameters: activity.parameters,
        signal: new AbortController().signal,
        heartbeat: async () => undefined,
        saveCheckpoint: async () => undefined,
      },
    },
  );
  return isUnanswered ? undefined : factOf(named, result);
};

async function* pagesOf(children: readonly EndedChild[]) {
  yield children;
}

const factOf = (
  named: { readonly activity: string; readonly attempt: number },
  result: ActivityResult,
): Fact => {
  switch (result.kind) {
    case "succeeded":
      return { kind: "ActivitySucceeded", ...named, output: result.output };
    case "failed":
      return { kind: "ActivityFailed", ...named, error: result.error, cause: result.cause };
    default:
      return unreachable(result);
  }
};
