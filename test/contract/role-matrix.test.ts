import { afterAll, describe, expect, test } from "vitest";
import { roles } from "#access/roles.ts";
import { documented } from "../unit/northbound/documented.ts";
import { accessEnvironment } from "./access-environment.ts";
import { permissionsPage } from "./permissions-page.ts";
import { type Objects, roleMatrix, route } from "./role-matrix.ts";

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
});

const environment = await accessEnvironment(
  roles.map((role) => ({ name: role, grants: [{ role, scope: { kind: "all" } }] })),
  { onEnd: (stop) => stops.push(stop), limits: { failuresPerSecondMax: 1000 } },
);
const { app, engine, executions, processes, stateMachines, alerts, systemEvents, call } =
  environment;
const { operations } = await documented(app);

const definitions = {
  rest: "{StartAt: Rest, States: {Rest: {Type: Wait, Seconds: 600, End: true}}}",
  print:
    "{StartAt: Print, States: {Print: {Type: Task, Resource: 'arn:aws:states:us-east-1:123456789012:activity:print', End: true}}}",
  spread: `
  StartAt: Spread
  States:
    Spread:
      Type: Map
      ItemProcessor:
        ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
        StartAt: Rest
        States: {Rest: {Type: Wait, Seconds: 600, End: true}}
      End: true`,
};

const deploy = async (name: string, definition: string, deployedBy: string) => {
  const text = `kind: Process\nname: ${name}\ndefinition: ${definition}\n`;
  const outcome = await processes.deploy({ text, deployedBy });
  expect(outcome.kind).toBe("deployed");
};
await deploy("rest", definitions.rest, "key:Somebody");
await deploy("print", definitions.print, "key:Somebody");
await deploy("spread", definitions.spread, "key:Somebody");

let count = 0;
const freshName = (): string => {
  count += 1;
  return `name-${count}`;
};

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const stopped = async (startedBy: string) => {
  const { executionId } = await engine.start({ process: "rest", input: {}, startedBy });
  await until(async () => {
    const events = await executions.history(executionId, { afterEventId: 0, limit: 10 });
    return events.find(({ type }) => type === "WaitStateEntered");
  });
  await engine.stop(executionId, { by: startedBy });
  return { executionId };
};

/** What only some operations need, and costs more to make. */
const objectsFor = {
  getMapRun: async (startedBy: string) => {
    const { executionId } = await engine.start({ process: "spread", input: [1], startedBy });
    const mapRunId = await until(async () => (await executions.describe(executionId)).mapRuns?.[0]);
    return { executionId, mapRunId };
  },
  followExecution: stopped,
  redriveExecution: stopped,
  restartExecution: stopped,
  listWaitingActivities: async (startedBy: string) => {
    const { executionId } = await engine.start({ process: "print", input: {}, startedBy });
    await until(async () => {
      const { activities } = await executions.waitingActivities("print", { limit: 1000 });
      return activities.find((activity) => activity.executionId === executionId);
    });
    return { executionId };
  },
} as const;

interface Made {
  readonly executionId: string;
  readonly mapRunId?: string;
}

const running = async (startedBy: string): Promise<Made> =>
  engine.start({ process: "rest", input: {}, startedBy });

/** New objects that a principal owns, on a process of somebody else's. */
const objectsOf = async (operationId: string, owner: string): Promise<Objects> => {
  const process = freshName();
  await deploy(process, definitions.rest, owner);
  const alias = { process, name: "live", routes: [route], createdAtMs: 1, updatedAtMs: 1 };
  await stateMachines.aliases.change(process, "live", () => alias);
  const makers: Readonly<Record<string, typeof running>> = objectsFor;
  const made = await (makers[operationId] ?? running)(owner);
  const { executionId, mapRunId = executionId } = made;
  const about = { severity: "info", executionId } as const;
  const { alertId } = await alerts.raise({ ...about, key: process, title: "It is so" });
  systemEvents.report({ ...about, kind: "operator-asked", message: "It is so" });
  return { process, executionId, mapRunId, alertId, fresh: freshName() };
};

test("every operation of the API has a row, and every row is of an operation", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(Object.keys(roleMatrix).sort()).toEqual(ids.sort());
});

// `npx vitest run --project contract test/contract/role-matrix.test.ts -u` writes the page.
test("the page of permissions says what is held here", async () => {
  const page = permissionsPage(operations.map(({ operation }) => operation));
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
