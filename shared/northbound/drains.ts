import { type Drain, type DrainScope, defaultPool } from "#engine/drain.ts";
import type { DrainOperations } from "#engine/drain-operations.ts";
import { onEnvironment } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { contentEtag, matching, mustMatch, preconditions } from "./precondition.ts";
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

/** Of what it is, not of what it waits for. */
const etagOf = (found: Drain): string => contentEtag(endedDrainView(found));

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
      "Activities in flight finish; starts, signals, answers and timers are recorded as ever. A drain that is there stays, and takes the deadline that is given: with If-Match only if it still has that ETag, with If-None-Match: * not at all.",
    request: { headers: preconditions, body: drainBody },
    bodyExample: { scope: "target", name: "orders.example.net", reason: "Its disk is replaced." },
    answers: {
      201: { description: "A new drain.", schema: drain },
      200: { description: "The drain that was there.", schema: drain },
    },
    problems: ["too-many-drains", "version-conflict", "precondition-failed"],
    answer: async ({ headers, body: { deadlineSeconds, ...given }, principal }) => {
      checkName(given.scope, given.name);
      const deadlineAtMs =
        deadlineSeconds === undefined ? undefined : nowMs() + deadlineSeconds * 1000;
      const { report, before } = await drains.begin({
        ...given,
        by: principal,
        ...(deadlineAtMs !== undefined && { deadlineAtMs }),
        check: (found) => mustMatch(headers, found && etagOf(found)),
      });
      return {
        status: before === undefined ? 201 : 200,
        headers: { etag: etagOf(report) },
        body: drainView(report),
        change: {
          object: report.drainId,
          before: before && endedDrainView(before),
          after: endedDrainView(report),
        },
      };
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
    description: "What it waits for is no part of its ETag.",
    request: { params: drainPath },
    answers: { 200: { description: "The drain.", schema: drain } },
    problems: ["drain-not-found"],
    answer: async ({ params }) => {
      const found = await drains.get(params.drainId);
      return { status: 200, headers: { etag: etagOf(found) }, body: drainView(found) };
    },
  });

const end = (drains: DrainOperations): Operation =>
  operation({
    method: "delete",
    path: "/v1/drains/{drainId}",
    operationId: "endDrain",
    tag,
    needs: onEnvironment("drain:end"),
    summary: "Resume: what the drain held goes on at once",
    request: { params: drainPath, headers: matching },
    answers: { 200: { description: "The drain as it was.", schema: endedDrain } },
    problems: ["drain-not-found", "version-conflict", "precondition-failed"],
    answer: async ({ params, headers, principal }) => {
      const ended = await drains.end(params.drainId, principal, (found) =>
        mustMatch(headers, etagOf(found)),
      );
      const before = endedDrainView(ended);
      return { status: 200, body: before, change: { before } };
    },
  });

/** Operations on drains. */
export const drainOperations = (
  drains: DrainOperations,
  nowMs: () => number,
): readonly Operation[] => [begin(drains, nowMs), list(drains), get(drains), end(drains)];
