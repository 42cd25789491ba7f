import { afterAll, describe, expect, test } from "vitest";
import { roles } from "#access/roles.ts";
import { stepFunctionsOperations } from "#northbound/step-functions/step-functions.ts";
import { accessEnvironment } from "./access-environment.ts";
import type { Objects } from "./role-matrix.ts";
import { matrixObjects } from "./role-matrix-objects.ts";
import { serviceRoleMatrix } from "./service-role-matrix.ts";

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
});

const environment = await accessEnvironment(
  roles.map((role) => ({ name: role, grants: [{ role, scope: { kind: "all" } }] })),
  { onEnd: (stop) => stops.push(stop), limits: { failuresPerSecondMax: 1000, waitMsMax: 100 } },
);
const objectsOf = await matrixObjects(environment);

const offered = stepFunctionsOperations({ waitMsMax: 0 } as never).map(
  ({ operationId }) => operationId,
);

/** Calls as a role; answers the name of the error, or none, and the text of the answer. */
const call = async (role: string, operation: string, body: object) => {
  const headers = { "x-amz-target": `AWSStepFunctions.${operation}` };
  const answer = await environment.call(role, { method: "POST", path: "/", body, headers });
  const text = JSON.stringify(answer.body);
  const error: string = answer.status === 200 ? "none" : JSON.parse(text).__type;
  return { error, text };
};

test("every operation of the protocol has a row, and every row is of an operation", () => {
  expect(Object.keys(serviceRoleMatrix).sort()).toEqual(offered.toSorted());
});

test("a call without credentials is refused, whatever it asks for", async () => {
  const objects = await objectsOf("", "key:Somebody");
  for (const [operation, row] of Object.entries(serviceRoleMatrix))
    expect([operation, (await call("nobody", operation, row.input(objects))).error]).toEqual([
      operation,
      "UnrecognizedClientException",
    ]);
});

const cases = Object.entries(serviceRoleMatrix).flatMap(([operation, row]) =>
  roles.flatMap((role, index) =>
    (["own", "another's"] as const).map((whose) => {
      const cell = row.cells[index] ?? "no";
      const isAllowed = cell === "all" || (cell === "own" && whose === "own");
      return { operation, role, whose, row, cell, isAllowed };
    }),
  ),
);

describe.each(roles)("%s", (role) => {
  test.each(cases.filter((each) => each.role === role))(
    "$operation, $whose: allowed $isAllowed",
    async ({ operation, whose, row, cell, isAllowed }) => {
      const objects = await objectsOf(operation, whose === "own" ? `key:${role}` : "key:Somebody");
      const { error, text } = await call(role, operation, row.input(objects));
      if (row.lists !== undefined && cell !== "no") {
        expect(text.includes(row.lists(objects))).toBe(isAllowed);
        expect(error).toBe("none");
        return;
      }
      if (isAllowed) expect(error).toBe(row.allowed ?? "none");
      else if (cell === "own") expect(error).toBe(row.hidden);
      else expect(error).toBe("AccessDeniedException");
    },
  );
});

const nowhere: Objects = {
  process: "nowhere",
  executionId: "nobody:nothing",
  mapRunId: "nobody:nothing",
  alertId: "never",
  fresh: "fresh",
};

// Who deploys a process is told that its name is taken.
const hiding = cases.filter(
  ({ operation, cell, whose }) =>
    cell === "own" && whose !== "own" && operation !== "CreateStateMachine",
);

test.each(hiding)(
  "$role is told the same by $operation of another's object and of one that is not there",
  async ({ operation, role, row }) => {
    const there = await objectsOf(operation, "key:Somebody");
    const other = await call(role, operation, row.input(there));
    const none = await call(role, operation, row.input(nowhere));
    const { process, executionId, mapRunId } = there;
    const text = other.text
      .replaceAll(mapRunId, nowhere.mapRunId)
      .replaceAll(executionId, nowhere.executionId)
      .replaceAll(process, nowhere.process);
    expect([other.error, text]).toEqual([none.error, none.text]);
  },
);
