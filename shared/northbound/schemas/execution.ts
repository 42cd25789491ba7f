import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { ExecutionDescription } from "#engine/executions.ts";
import type { Head, WaitingFor } from "#ports/heads.ts";
import { pageSizeMax } from "../limits.ts";
import { z } from "../z.ts";
import { question, questionView } from "./question.ts";
import { instant, instantIfAny, instantOf, json, jsonObject, next, page } from "./shared.ts";

/** Id of an execution. */
export const executionId = z
  .string()
  .max(256)
  .openapi({ description: "`<process>:<name>`.", example: "nightly-backup:2026-11-23" });

/** Status of an execution. */
export const status = z
  .enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
  .openapi("ExecutionStatus");

/** What an execution waits for. */
export const waitingKind = z
  .enum([
    "activity",
    "timer",
    "retry",
    "worker",
    "callback",
    "signal",
    "operator",
    "execution",
    "turn",
    "drain",
    "setAside",
  ])
  .openapi("WaitingKind", {
    description:
      "`worker`: somebody who asks for the activity. `callback`: whoever has the task token. `operator`: somebody who says what became of an interrupted activity. `execution`: the end of an execution that it has started. `drain`: the end of a drain. `setAside`: an operator who releases it, for its turns ended their servers.",
  });

const waitingFor = z
  .strictObject({
    kind: waitingKind,
    state: z.string().optional(),
    since: instant,
    count: z.int().min(2).optional().openapi({ description: "How many wait, if several do." }),
    until: instant.optional().openapi({
      description: "When the wait ends by itself: its time-out, its timer, its next attempt.",
    }),
    drain: z.string().optional().openapi({ description: "Id of the drain." }),
  })
  .openapi("WaitingFor", { description: "What an execution waits for, and since when." });

const head = {
  executionId,
  process: z.string().openapi({ example: "nightly-backup" }),
  version: z.int().min(1),
  name: z.string().openapi({ example: "2026-11-23" }),
  status,
  startedAt: instant,
  startedBy: z.string().openapi({ example: "key:admin" }),
  stoppedAt: instant.optional(),
  error: z.string().optional(),
  outcome: z.enum(["failed (completed)"]).optional().openapi({
    description:
      "What the status does not say: the process did its work and ended in a Fail state that says Completed, a business failure and no technical one.",
  }),
  redriveCount: z.int().min(1).optional().openapi({ description: "How often it was redriven." }),
  redrivenAt: instant.optional().openapi({ description: "When it was redriven the last time." }),
  waitingFor: waitingFor.optional(),
};

/** An execution in a list. */
export const executionSummary = z.strictObject(head).openapi("ExecutionSummary");

/** The execution that another one does again from a point on. */
export const restartOf = z
  .strictObject({ executionId: z.string(), eventId: z.int().min(1) })
  .openapi("RestartOf", {
    description: "The execution that this one does again, and the event of the state it begins in.",
  });

/** An execution with its values. */
export const execution = z
  .strictObject({
    ...head,
    input: json,
    output: json.optional(),
    cause: z.string().optional(),
    transitionCount: z.int().min(0).openapi({ description: "States entered, retries included." }),
    eventCount: z.int().min(0),
    recordCount: z.int().min(0).openapi({ description: "Durable commits." }),
    questions: z.array(question).optional().openapi({
      description:
        "What an operator is asked, the oldest first: `POST /v1/executions/{executionId}/activities/{activity}/resolve`.",
    }),
    beginsAt: z
      .strictObject({ state: z.string(), startPoint: z.string().optional() })
      .optional()
      .openapi({ description: "Where it began, if not at the top of its process." }),
    restartOf: restartOf.optional(),
    tags: z.record(z.string(), z.string()).optional(),
    alias: z
      .string()
      .optional()
      .openapi({ description: "The alias of the process by which its version was chosen." }),
    restarts: z
      .array(z.string())
      .optional()
      .openapi({ description: "Executions that it was restarted as; only where it is read." }),
    isCondensed: z.literal(true).optional().openapi({
      description: "Only its start and its end are kept, as the persistence of its process says.",
    }),
    mapRuns: z
      .array(z.string())
      .optional()
      .openapi({ description: "Its map runs, the newest last: `/v1/map-runs/{mapRunId}`." }),
  })
  .openapi("Execution");

/** A line of the history. */
export const historyEvent = z
  .strictObject({
    id: z.int().min(1),
    previousEventId: z.int().min(0),
    type: z.string().openapi({ example: "TaskStateEntered" }),
    timestamp: instant,
    details: jsonObject,
  })
  .openapi("HistoryEvent", {
    description: "As Step Functions has it; values are JSON, not JSON text.",
  });

/** Body of a stop. */
export const stopBody = z
  .strictObject({
    error: z.string().max(256).optional(),
    cause: z.string().max(32_768).optional(),
  })
  .openapi("ExecutionStop");

/** Body of a redrive: nothing can be chosen. */
export const redriveBody = z.strictObject({}).openapi("ExecutionRedrive");

/** Body of a release: nothing can be chosen. */
export const releaseBody = z.strictObject({}).openapi("ExecutionRelease");

/** Path of one execution. */
export const executionPath = z.strictObject({ executionId });

/** A page of executions. */
export const executionPage = z
  .strictObject({ executions: z.array(executionSummary), next })
  .openapi("ExecutionPage");

const afterEvent = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Query of the history. */
export const historyQuery = z.strictObject({
  after: afterEvent.default(0).openapi({ description: "Events with a higher id only." }),
  limit: page.limit,
});

/** A page of the history. */
export const historyPage = z
  .strictObject({
    events: z.array(historyEvent).max(pageSizeMax),
    next: z.int().min(1).optional().openapi({ description: "Give it as `after`." }),
  })
  .openapi("HistoryPage");

/** Query of the events. */
export const eventsQuery = z.strictObject({ after: afterEvent.optional() });

/** Headers of the events. */
export const eventsHeaders = z.strictObject({ "last-event-id": afterEvent.optional() });

const waitingForView = (waiting: WaitingFor): z.infer<typeof waitingFor> => ({
  kind: waiting.kind,
  state: waiting.state,
  since: instantOf(waiting.sinceMs),
  count: waiting.count,
  until: instantIfAny(waiting.untilMs),
  drain: waiting.drain,
});

const waitingForIfAny = (waiting: WaitingFor | undefined) => waiting && waitingForView(waiting);

const redrivenView = ({ redriven }: Pick<Head, "redriven">) => ({
  redriveCount: redriven?.count,
  redrivenAt: instantIfAny(redriven?.atMs),
});

/** A head as the API shows it. */
export const summaryView = (shown: Head): z.infer<typeof executionSummary> => ({
  executionId: shown.executionId,
  process: shown.process,
  version: shown.version,
  name: shown.name,
  status: shown.status,
  startedAt: instantOf(shown.startedAtMs),
  startedBy: shown.startedBy,
  stoppedAt: instantIfAny(shown.stoppedAtMs),
  error: shown.error,
  outcome: shown.outcome,
  ...redrivenView(shown),
  waitingFor: waitingForIfAny(shown.waitingFor),
});

const beginsAtView = (beginsAt: ExecutionDescription["beginsAt"]) =>
  beginsAt && { state: beginsAt.state, startPoint: beginsAt.startPoint };

/** An execution as the API shows it. */
export const executionView = (shown: ExecutionDescription): z.infer<typeof execution> => ({
  executionId: shown.executionId,
  process: shown.process,
  version: shown.version,
  name: shown.name,
  status: shown.status,
  startedAt: instantOf(shown.startedAtMs),
  startedBy: shown.startedBy,
  stoppedAt: instantIfAny(shown.stoppedAtMs),
  input: shown.input,
  output: shown.output,
  error: shown.error,
  cause: shown.cause,
  outcome: shown.outcome,
  transitionCount: shown.transitionCount,
  eventCount: shown.eventCount,
  recordCount: shown.recordCount,
  ...redrivenView(shown),
  beginsAt: beginsAtView(shown.beginsAt),
  restartOf: shown.restartOf,
  tags: shown.tags,
  alias: shown.alias,
  isCondensed: shown.isCondensed,
  mapRuns: shown.mapRuns?.slice(),
  waitingFor: waitingForIfAny(shown.waitingFor),
  questions: shown.questions?.map(questionView),
});

/** An event as the API shows it. */
export const eventView = (event: HistoryEvent): z.infer<typeof historyEvent> => ({
  id: event.id,
  previousEventId: event.previousEventId,
  type: event.type,
  timestamp: instantOf(event.timestampMs),
  details: event.details,
});
