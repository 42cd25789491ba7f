import { afterAll, describe, expect, test } from "vitest";
import { roles } from "#access/roles.ts";
import { stepFunctionsOperations } from "#northbound/step-functions/step-functions.ts";
import { documented } from "../unit/northbound/documented.ts";
import { accessEnvironment } from "./access-environment.ts";
import { permissionsPage } from "./permissions-page.ts";
import { type Objects, roleMatrix } from "./role-matrix.ts";
import { matrixObjects } from "./role-matrix-objects.ts";

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
});

const environment = await accessEnvironment(
  roles.map((role) => ({ name: role, grants: [{ role, scope: { kind: "all" } }] })),
  { onEnd: (stop) => stops.push(stop), limits: { failuresPerSecondMax: 1000 } },
);
const { app, call } = environment;
const { operations } = await documented(app);

const objectsOf = await matrixObjects(environment);

test("every operation of the API has a row, and every row is of an operation", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(Object.keys(roleMatrix).sort()).toEqual(ids.sort());
});

// `npx vitest run --project contract test/contract/role-matrix.test.ts -u` writes the page.
test("the page of permissions says what is held here", async () => {
  const page = permissionsPage(
    operations.map(({ operation }) => operation),
    stepFunctionsOperations({ waitMsMax: 0 } as never),
  );
  await expect(page).toMatchFileSnapshot("../../docs/permissions.md");
});

test("a call without a token is refused, whatever it asks for", async () => {
  const objects = await objectsOf("", "key:Somebody");
  for (const [operationId, row] of Object.entries(roleMatrix)) {
    const { status } = await call("nobody", row.call(objects));
    const isPublic = ["getHealth", "getOpenApiDocument"].includes(operationId);
    expect([operationId, status]).toEqual([operationId, isPublic ? row.status : 401]);
  }
});

const cases = Object.entries(roleMatrix).flatMap(([operationId, row]) =>
  roles.flatMap((role, index) =>
    (["own", "another's"] as const).map((whose) => {
      const cell = row.cells[index] ?? "no";
      const isAllowed = cell === "all" || (cell === "own" && whose === "own");
      return { operationId, role, whose, row, cell, isAllowed };
    }),
  ),
);

describe.each(roles)("%s", (role) => {
  test.each(cases.filter((each) => each.role === role))(
    "$operationId, $whose: allowed $isAllowed",
    async ({ operationId, whose, row, cell, isAllowed }) => {
      const owner = whose === "own" ? `key:${role}` : "key:Somebody";
      const objects = await objectsOf(operationId, owner);
      const { status, body } = await call(role, row.call(objects));
      if (row.lists !== undefined && cell !== "no") {
        expect(status).toBe(200);
        expect(JSON.stringify(body).includes(row.lists(objects))).toBe(isAllowed);
        return;
      }
      if (isAllowed) expect([status, body.code === "forbidden"]).toEqual([row.status, false]);
      else if (cell === "own") expect(status).toBe(row.hidden ?? 404);
      else expect([status, body.code]).toEqual([403, "forbidden"]);
    },
  );
});

const hiding = cases.filter(
  ({ row, cell, whose }) =>
    cell === "own" && whose !== "own" && row.lists === undefined && row.hidden === undefined,
);

const nowhere: Objects = {
  process: "nowhere",
  executionId: "nobody:nothing",
  mapRunId: "nobody:nothing",
  alertId: "never",
  fresh: "fresh",
};

test.each(hiding)(
  "$role is told the same by $operationId of another's object and of one that is not there",
  async ({ operationId, role, row }) => {
    const there = await objectsOf(operationId, "key:Somebody");
    const other = await call(role, row.call(there));
    // An administrator is told the truth.
    for (const asker of ["Administrator", role]) {
      const none = await call(asker, row.call(nowhere));
      const { process, executionId, mapRunId, alertId } = there;
      const text = JSON.stringify(other.body)
        .replaceAll(mapRunId, nowhere.mapRunId)
        .replaceAll(executionId, nowhere.executionId)
        .replaceAll(alertId, nowhere.alertId)
        .replaceAll(process, nowhere.process);
      expect(other.status).toBe(none.status);
      expect({ ...JSON.parse(text), requestId: "" }).toEqual({ ...none.body, requestId: "" });
    }
  },
);
