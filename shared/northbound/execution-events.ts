import type { HistoryEvent } from "#core/execution/history-event.ts";
import { type Json, printJson } from "#core/json.ts";
import type { Executions } from "#engine/executions.ts";
import { askingAgain } from "./asking-again.ts";
import { eventStream, sentEvent } from "./event-stream.ts";
import type { Limits } from "./limits.ts";
import { onExecution } from "./needs.ts";
import { type Call, type Operation, operation } from "./operation.ts";
import { problemOf } from "./problem.ts";
import {
  eventsHeaders,
  eventsQuery,
  eventView,
  executionPath,
  executionView,
} from "./schemas/execution.ts";
import { beginStretch, type Stretch } from "./stretch.ts";
import { z } from "./z.ts";

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
  readonly nowMs: () => number;
  readonly log: (entry: { message: string; requestId: string; error: unknown }) => void;
}): readonly Operation[] => {
  const { executions, limits, log, nowMs } = options;

  const history = async function* (executionId: string, following: Following) {
    const { afterEventId, stretch, ask } = following;
    for await (const event of executions.follow(executionId, {
      afterEventId,
      signal: stretch.signal,
    })) {
      await ask();
      const line = historyLine(event);
      stretch.told(line.length);
      yield line;
    }
  };

  const lines = async function* (executionId: string, from: Resume): AsyncGenerator<string> {
    yield limits.stretchMsMax === undefined ? retryLine : soonLine;
    const stretch = beginStretch(limits, from.signal);
    const ask = askingAgain(from, nowMs);
    try {
      yield* history(executionId, { ...from, stretch, ask });
      if (from.signal.aborted) return;
      if (stretch.isOver()) return yield moreLine;
      await ask();
      const ended = executionView(await executions.describe(executionId));
      yield sentEvent("end", printJson(ended as Json));
    } catch (error) {
      const { requestId } = from;
      const { status, body } = problemOf(error, requestId);
      if (status >= 500) log({ message: "a stream of events ended in an error", requestId, error });
      yield sentEvent("problem", printJson(body as Json));
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
      answer: async ({ params: { executionId }, query, headers, signal, ...call }) => {
        const { requestId, mustStillBeAllowed } = call;
        await executions.describe(executionId);
        const afterEventId = headers["last-event-id"] ?? query.after ?? 0;
        const chunks = (ending: AbortSignal) =>
          lines(executionId, { afterEventId, signal: ending, requestId, mustStillBeAllowed });
        return {
          status: 200,
          headers: { "x-accel-buffering": "no" },
          body: eventStream({ chunks, signal: signal(), limits }),
        };
      },
    }),
  ];
};

interface Resume extends Pick<Call, "requestId" | "mustStillBeAllowed"> {
  readonly afterEventId: number;
  readonly signal: AbortSignal;
}

interface Following extends Pick<Resume, "afterEventId"> {
  readonly stretch: Stretch;
  readonly ask: () => Promise<void>;
}
