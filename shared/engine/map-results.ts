/**
 * Collects the results of a map run: reads what its children have become from their logs, a page at a
 * time, and gives it back or hands it to whoever writes files.
 */

import { arnOf } from "#core/execution/arns.ts";
import { mapResultsResource } from "#core/execution/map-run/part-resource.ts";
import type { PlanWriter } from "#core/execution/map-run/plan.ts";
import { itemExecutionId } from "#core/execution/map-run/process-part.ts";
import { executionArn } from "#core/execution/states/child.ts";
import { type Json, printJson } from "#core/json.ts";
import { valueSizeMax } from "#core/limits.ts";
import { type EndedChild, outputOf } from "#core/map-run/results.ts";
import type { ActivityRequest, ActivityResult, ActivityRunner } from "#ports/activity-runner.ts";
import type { EngineContext } from "./context.ts";
import { loadExecution } from "./loading.ts";
import { writeResults } from "./result-files.ts";
import { untilAnswered } from "./write-until-done.ts";

/** Children read at a time. */
const pageSize = 100;

/** What a map run asks for. */
export interface ResultsRequest {
  readonly process: string;
  readonly name: string;
  readonly mapRunArn: string;
  readonly childCount: number;
  readonly writer: PlanWriter;
}

interface Reading extends Pick<EngineContext, "platform" | "program" | "clock"> {
  /** False: nobody waits for the results any more. */
  readonly isWanted: () => boolean;
}

const childAt = async (
  context: Reading,
  request: ResultsRequest,
  index: number,
): Promise<readonly EndedChild[]> => {
  // A storage that does not answer for a while fails no map run.
  const loaded = await untilAnswered(
    context,
    () => loadExecution(context, itemExecutionId(request, index)),
    context.isWanted,
  );
  // A child that could not be started has left nothing.
  if (loaded === undefined) return [];
  const { state, program } = loaded;
  const { name, status, input, output, error, cause, startedAtMs, stoppedAtMs } = state;
  return [
    {
      ...{ name, status, input, output, error, cause, startedAtMs, stoppedAtMs },
      executionArn: executionArn(program, state.executionId),
      processArn: arnOf(program.identity, "stateMachine", state.process),
    },
  ];
};

/** The children in the order of their items, page by page. */
async function* childPages(
  context: Reading,
  request: ResultsRequest,
): AsyncGenerator<readonly EndedChild[]> {
  for (let from = 0; from < request.childCount; from += pageSize) {
    const length = Math.min(pageSize, request.childCount - from);
    const page = Array.from({ length }, (_, at) => childAt(context, request, from + at));
    yield (await Promise.all(page)).flat();
  }
}

const tooLarge: ActivityResult = {
  kind: "failed",
  error: "States.DataLimitExceeded",
  cause: `The results of the map run have more than ${valueSizeMax} characters. Export them with a ResultWriter.`,
};

const collect = async (context: Reading, request: ResultsRequest): Promise<ActivityResult> => {
  const output: Json[] = [];
  let size = 0;
  for await (const children of childPages(context, request)) {
    for (const result of outputOf(children, request.writer)) {
      size += printJson(result).length + 1;
      if (size > valueSizeMax) return tooLarge;
      output.push(result);
    }
  }
  return { kind: "succeeded", output };
};

type Collecting = Pick<EngineContext, "platform" | "program" | "clock" | "runner">;

const resultsOf = (collecting: Collecting, asked: ActivityRequest): Promise<ActivityResult> => {
  const context = { ...collecting, isWanted: () => !asked.signal.aborted };
  const request = asked.parameters as unknown as ResultsRequest;
  return request.writer.resource === undefined
    ? collect(context, request)
    : writeResults(context.runner, { asked, request, pages: childPages(context, request) });
};

/** A runner that collects the results of map runs and leaves everything else to the one that there is. */
export const withMapResults = (context: Collecting): ActivityRunner => ({
  run: (asked) =>
    asked.resource === mapResultsResource ? resultsOf(context, asked) : context.runner.run(asked),
  mayRestart: (resource, parameters) =>
    resource === mapResultsResource || context.runner.mayRestart(resource, parameters),
  mayVerify: context.runner.mayVerify,
});
