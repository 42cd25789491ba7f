import { type DrainScope, defaultPool } from "#engine/drain.ts";
import type { DrainOperations } from "#engine/drain-operations.ts";
import { onEnvironment } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { HttpProblem } from "./problem.ts";
import {
  drain,
  drainBody,
  drainList,
  drainPath,
  drainView,
  endedDrain,
  endedDrainView,
} from "./schemas/drain.ts";

const tag = "operations";

const invalid = (path: string, message: string) =>
  new HttpProblem("request-invalid", `The body is not valid. ${path}: ${message}`, {
    details: { problems: [{ in: "body", path, message }] },
  });

/** A scope and a name that go together. */
const checkName = (scope: DrainScope, name: string | undefined): void => {
  if (scope === "environment" && name !== undefined)
    throw invalid("/name", "The environment has no name here: leave it out.");
  if (scope !== "environment" && name === undefined) throw invalid("/name", `Which ${scope}?`);
  if (scope === "pool" && name !== defaultPool)
    throw invalid("/name", `There is one pool: ${defaultPool}.`);
};

const begin = (drains: DrainOperations, nowMs: () => number): Operation =>
  operation({
    method: "post",
    path: "/v1/drains",
    operationId: "beginDrain",
    tag,
    needs: onEnvironment("drain:begin"),
    summary: "Let nothing new begin within a scope",
    description:
      "Activities in flight finish; starts, signals, answers and timers are recorded as ever. A drain that is there stays, and takes the deadline that is given.",
    request: { body: drainBody },
    bodyExample: { scope: "target", name: "orders.example.net", reason: "Its disk is replaced." },
    answers: {
      201: { description: "A new drain.", schema: drain },
      200: { description: "The drain that was there.", schema: drain },
    },
    problems: ["too-many-drains", "version-conflict"],
    answer: async ({ body: { deadlineSeconds, ...given }, principal }) => {
      checkName(given.scope, given.name);
      const deadlineAtMs =
        deadlineSeconds === undefined ? undefined : nowMs() + deadlineSeconds * 1000;
      const { report, isNew } = await drains.begin({
        ...given,
        by: principal,
        ...(deadlineAtMs !== undefined && { deadlineAtMs }),
      });
      const after = isNew ? { ...given, deadlineSeconds } : undefined;
      const change = { object: report.drainId, after };
      return { status: isNew ? 201 : 200, body: drainView(report), change };
    },
  });

const list = (drains: DrainOperations): Operation =>
  operation({
    method: "get",
    path: "/v1/drains",
    operationId: "listDrains",
    tag,
    needs: onEnvironment("drain:read"),
    summary: "List the drains, and what they wait for",
    answers: { 200: { description: "All of them.", schema: drainList } },
    problems: [],
    answer: async () => ({
      status: 200,
      body: { drains: (await drains.list()).map(drainView) },
    }),
  });

const get = (drains: DrainOperations): Operation =>
  operation({
    method: "get",
    path: "/v1/drains/{drainId}",
    operationId: "getDrain",
    tag,
    needs: onEnvironment("drain:read"),
    summary: "Show a drain, and what it waits for",
    request: { params: drainPath },
    answers: { 200: { description: "The drain.", schema: drain } },
    problems: ["drain-not-found"],
    answer: async ({ params }) => ({
      status: 200,
      body: drainView(await drains.get(params.drainId)),
    }),
  });

const end = (drains: DrainOperations): Operation =>
  operation({
    method: "delete",
    path: "/v1/drains/{drainId}",
    operationId: "endDrain",
    tag,
    needs: onEnvironment("drain:end"),
    summary: "Resume: what the drain held goes on at once",
    request: { params: drainPath },
    answers: { 200: { description: "The drain as it was.", schema: endedDrain } },
    problems: ["drain-not-found", "version-conflict"],
    answer: async ({ params, principal }) => ({
      status: 200,
      body: endedDrainView(await drains.end(params.drainId, principal)),
    }),
  });

/** Operations on drains. */
export const drainOperations = (
  drains: DrainOperations,
  nowMs: () => number,
): readonly Operation[] => [begin(drains, nowMs), list(drains), get(drains), end(drains)];
