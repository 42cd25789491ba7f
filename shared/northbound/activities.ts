import { parseToken } from "#core/execution/task-token.ts";
import { taskNotFound, taskTokenInvalid } from "#engine/answering.ts";
import type { Answered, Engine } from "#engine/engine.ts";
import type { Executions } from "#engine/executions.ts";
import type { WaitingActivity } from "#engine/waiting-activities.ts";
import { askingAgain } from "./asking-again.ts";
import { pageOf } from "./cursor.ts";
import { pollSecondsMax } from "./limits.ts";
import { type NeededPermission, onEach, onEnvironment } from "./needs.ts";
import { type Call, type Change, type Operation, operation } from "./operation.ts";
import { mayRead, readablePage } from "./readable-page.ts";
import {
  activityPath,
  answered,
  answeredView,
  claim,
  claimBody,
  claimView,
  failureBody,
  heartbeatBody,
  successBody,
  waitingPage,
  waitingQuery,
  waitingView,
} from "./schemas/activity.ts";

/** What the operations on activities need. */
export interface ActivitiesOptions {
  readonly engine: Engine;
  readonly executions: Executions;
  readonly nowMs: () => number;
}

const tag = "activities";

/** What may be wrong with a token; `error` in these problems is the name that Step Functions has for it. */
const tokenProblems = [
  "task-token-invalid",
  "task-not-found",
  "task-not-waiting",
  "execution-set-aside",
] as const;

/** Needs the answer of the execution that the token of a call is of. */
export const onTokenOf = <C>(tokenOf: (call: C) => string): NeededPermission<C> => ({
  action: "execution:answer",
  object: (call) => {
    const executionId = parseToken(tokenOf(call))?.executionId;
    return executionId === undefined ? { kind: "environment" } : { kind: "execution", executionId };
  },
  hidden: (call) => {
    const executionId = parseToken(tokenOf(call))?.executionId;
    return executionId === undefined ? taskTokenInvalid() : taskNotFound(executionId);
  },
});

const onToken = onTokenOf(({ body }: { readonly body: { readonly token: string } }) => body.token);

/** Answers of workers, who are nothing else, are the hot path, and what they did is in the log of the execution. */
export const isByPerson = ({ access }: Pick<Call, "access">): boolean =>
  access.principal.grants.some(({ role }) => role !== "Server");

/** What the audit is told of the answer of a task token, whichever protocol it came by. */
export const answerChange = (
  { executionId, state }: Answered,
  answer: { readonly kind: "succeeded" | "failed"; readonly error?: string | undefined },
): Change => ({ object: executionId, after: { state, answer: answer.kind, error: answer.error } });

const answers = { 200: { description: "The answer is durable.", schema: answered } };

const succeed = ({ engine }: ActivitiesOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/task-tokens/success",
    operationId: "sendTaskSuccess",
    tag,
    needs: onToken,
    isAudited: isByPerson,
    summary: "Answer a task token with a result",
    description:
      "For workers, and for whoever was called with `.waitForTaskToken`. A problem has in `error` the name that Step Functions has for it: InvalidToken, TaskDoesNotExist, TaskTimedOut.",
    request: { body: successBody },
    bodyExample: { token: "order:1/0.1/5f0c3c1e", output: { approved: true } },
    answers,
    problems: tokenProblems,
    answer: async ({ body: { token, output = {} }, principal: by }) => {
      const answer = { kind: "succeeded", output, by } as const;
      const told = await engine.answer(token, answer);
      return { status: 200, body: answeredView(told), change: answerChange(told, answer) };
    },
  });

const fail = ({ engine }: ActivitiesOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/task-tokens/failure",
    operationId: "sendTaskFailure",
    tag,
    needs: onToken,
    isAudited: isByPerson,
    summary: "Answer a task token with a failure",
    description: "Retry and Catch of the Task state see `error`.",
    request: { body: failureBody },
    bodyExample: { token: "order:1/0.1/5f0c3c1e", error: "Declined", cause: "Too expensive." },
    answers,
    problems: tokenProblems,
    answer: async ({ body: { token, ...failure }, principal: by }) => {
      const answer = { kind: "failed", ...failure, by } as const;
      const told = await engine.answer(token, answer);
      return { status: 200, body: answeredView(told), change: answerChange(told, answer) };
    },
  });

const beat = ({ engine }: ActivitiesOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/task-tokens/heartbeat",
    operationId: "sendTaskHeartbeat",
    tag,
    needs: onToken,
    isAudited: () => false,
    summary: "Say that the work on a task token goes on",
    description:
      "Moves the deadline of HeartbeatSeconds; that of TimeoutSeconds stays. Whoever is given the next attempt is given the newest checkpoint with it.",
    request: { body: heartbeatBody },
    bodyExample: { token: "order:1/0.1/5f0c3c1e", checkpoint: { copiedFiles: 1200 } },
    answers,
    problems: [...tokenProblems, "checkpoint-too-large"],
    answer: async ({ body: { token, ...saved } }) => ({
      status: 200,
      body: answeredView(await engine.answer(token, { kind: "heartbeat", ...saved })),
    }),
  });

/** Who claims. It is asked again before it is handed anything: its key may have ended while it waited. */
export const claimBy = (
  call: Pick<Call, "principal" | "signal" | "mustStillBeAllowed">,
  nowMs: () => number,
) => ({ by: call.principal, mayTake: askingAgain(call, nowMs), signal: call.signal() });

const take = ({ engine, nowMs }: ActivitiesOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/activities/{activity}/tasks",
    operationId: "claimActivity",
    tag,
    needs: onEnvironment("activity:claim"),
    isAudited: () => false,
    summary: "Ask for the next task of an activity",
    description:
      "For workers. Waits until there is one. Whoever is given a task has it alone, and answers by its token; a worker that is lost with it is noticed by TimeoutSeconds and HeartbeatSeconds of the Task state. Give the connection five seconds more than the wait.",
    request: { params: activityPath, body: claimBody },
    bodyExample: { worker: "printer-3", waitSeconds: 20 },
    answers: { 200: { description: "A task, or none in time.", schema: claim } },
    problems: ["server-stopping"],
    answer: async ({ params: { activity }, body, ...call }) => {
      const { waitSeconds = pollSecondsMax, ...given } = body;
      const request = { ...given, ...claimBy(call, nowMs), timeoutMs: waitSeconds * 1000 };
      return { status: 200, body: claimView(await engine.claim(activity, request)) };
    },
  });

const list = ({ executions }: ActivitiesOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/activities/{activity}/tasks",
    operationId: "listWaitingActivities",
    tag,
    needs: onEach("activity:read"),
    summary: "List what waits for a worker, the oldest first",
    description: "What waits for the answer of a token: `GET /v1/executions?waitingFor=callback`.",
    request: { params: activityPath, query: waitingQuery },
    answers: { 200: { description: "A page.", schema: waitingPage } },
    problems: [],
    answer: async ({ params: { activity }, query, access, cursors }) => {
      const found = await pageOf({ query, cursors }, `activities ${activity}`, (place) =>
        readablePage(place, {
          read: (page) => executions.waitingActivities(activity, page),
          itemsOf: (page) => page.activities,
          keep: mayRead(access, "activity:read", ({ executionId }: WaitingActivity) => ({
            kind: "execution",
            executionId,
          })),
        }),
      );
      return { status: 200, body: { tasks: found.items.map(waitingView), next: found.next } };
    },
  });

/** Operations on activities that are carried out elsewhere: workers, and who holds a task token. */
export const activityOperations = (options: ActivitiesOptions): readonly Operation[] =>
  [succeed, fail, beat, take, list].map((made) => made(options));
