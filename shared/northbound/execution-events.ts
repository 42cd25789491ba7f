import { z } from "@hono/zod-openapi";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import { type Json, printJson } from "#core/json.ts";
import type { Executions } from "#engine/executions.ts";
import { eventStream, sentEvent } from "./event-stream.ts";
import type { Limits } from "./limits.ts";
import { onExecution } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { problemOf } from "./problem.ts";
import {
  eventsHeaders,
  eventsQuery,
  eventView,
  executionPath,
  executionView,
} from "./schemas/execution.ts";
import { beginStretch } from "./stretch.ts";

const historyLine = (event: HistoryEvent): string =>
  sentEvent("history", printJson(eventView(event)), event.id);

/** How soon a client comes back: that lost the connection, and for the next stretch. */
const retryLine = "retry: 1000\n\n";
const soonLine = "retry: 200\n\n";

const example = `${retryLine}${sentEvent("history", '{"id":1,"type":"ExecutionStarted"}', 1)}`;

/** The last line of a stretch that is not the last one. */
const moreLine = sentEvent("more", "{}");

/** The stream of what happens to one execution. */
export const eventOperations = (options: {
  readonly executions: Executions;
  readonly limits: Limits;
  readonly log: (entry: { message: string; requestId: string; error: unknown }) => void;
}): readonly Operation[] => {
  const { executions, limits, log } = options;

  const lines = async function* (executionId: string, from: Resume): AsyncGenerator<string> {
    yield limits.stretchMsMax === undefined ? retryLine : soonLine;
    const stretch = beginStretch(limits, from.signal);
    const { afterEventId } = from;
    const following = { afterEventId, signal: stretch.signal };
    try {
      for await (const event of executions.follow(executionId, following)) {
        const line = historyLine(event);
        stretch.told(line.length);
        yield line;
      }
      if (from.signal.aborted) return;
      if (stretch.isOver()) return yield moreLine;
      const ended = executionView(await executions.describe(executionId));
      yield sentEvent("end", printJson(ended as Json));
    } catch (error) {
      const { requestId } = from;
      log({ message: "a stream of events ended in an error", requestId, error });
      yield sentEvent("problem", printJson(problemOf(error, requestId).body as Json));
    } finally {
      stretch.close();
    }
  };

  return [
    operation({
      method: "get",
      path: "/v1/executions/{executionId}/events",
      operationId: "followExecution",
      tag: "executions",
      needs: onExecution("execution:read"),
      summary: "Follow an execution as server-sent events",
      description:
        "Each event of the history as `event: history` with its id, and at the end `event: end` with the execution. After a lost connection Last-Event-ID resumes. An environment behind API Gateway, which passes on whole answers only, tells what there is, waits for some seconds where there is nothing, and ends with `event: more`: ask at once for the next stretch with Last-Event-ID. `event: problem` says that the server had to give up; resume likewise.",
      request: { params: executionPath, query: eventsQuery, headers: eventsHeaders },
      answers: {
        200: {
          description: "The stream.",
          schema: z.string(),
          mediaType: "text/event-stream",
          example,
        },
      },
      problems: ["execution-not-found"],
      answer: async ({ params: { executionId }, query, headers, requestId, signal }) => {
        await executions.describe(executionId);
        const afterEventId = headers["last-event-id"] ?? query.after ?? 0;
        const chunks = (ending: AbortSignal) =>
          lines(executionId, { afterEventId, signal: ending, requestId });
        return {
          status: 200,
          headers: { "x-accel-buffering": "no" },
          body: eventStream({ chunks, signal: signal(), limits }),
        };
      },
    }),
  ];
};

interface Resume {
  readonly afterEventId: number;
  readonly signal: AbortSignal;
  readonly requestId: string;
}
