import { expect, test } from "vitest";
import { knownAgeMsMax } from "#access/limits.ts";
import { accessEnvironment, administratorToken } from "./access-environment.ts";

const process = `
kind: Process
name: rest
type: EXPRESS
definition:
  StartAt: Rest
  States:
    Rest: {Type: Wait, Seconds: 200, End: true}
`;

const stateMachineArn = "arn:aws:states:local:000000000000:stateMachine:rest";

/** Somebody starts the process by one of the doors and waits for its end. */
const environment = async (door: "rest" | "typed" | "service") => {
  const made = await accessEnvironment(undefined);
  await made.processes.deploy({ text: process, deployedBy: "key:admin" });
  const post = (token: string, path: string, body: unknown) =>
    made.call(token, { method: "POST", path, body });
  const given = { name: "shop", grants: [{ role: "Northbound", scope: { kind: "all" } }] };
  const { body: key } = await post(administratorToken, "/v1/access-keys", given);
  const starts = {
    rest: () => post(key.token, "/v1/executions", { process: "rest", name: "a", waitSeconds: 25 }),
    typed: () => post(key.token, "/v1/processes/rest/start?name=a&waitSeconds=25", {}),
    service: () =>
      made.call(key.token, {
        method: "POST",
        path: "/",
        body: { stateMachineArn, name: "a" },
        headers: { "x-amz-target": "AWSStepFunctions.StartSyncExecution" },
      }),
  };
  const waiting = starts[door]();
  await expect
    .poll(async () => (await made.executions.describe("rest:a").catch(() => undefined))?.status)
    .toBe("RUNNING");
  const end = () => made.engine.stop("rest:a", { by: "key:admin", error: "Enough" });
  const revoke = () => post(administratorToken, `/v1/access-keys/${key.keyId}/revoke`, {});
  return { ...made, waiting, end, revoke };
};

test.each(["rest", "typed", "service"] as const)(
  "whose key is revoked while it waits for the end of an execution is not told of it (%s)",
  async (door) => {
    const { waiting, end, revoke, pass, audit } = await environment(door);
    await revoke();
    pass(knownAgeMsMax);
    await end();
    const { status, body } = await waiting;
    expect(status).toBe(door === "service" ? 403 : 401);
    expect(JSON.stringify(body)).not.toContain("Enough");
    await audit.flush();
    const { entries } = await audit.list({ limit: 10, kind: "denied" });
    expect(entries).toMatchObject([{ principal: "key:shop" }]);
  },
);

test.each(["rest", "typed", "service"] as const)(
  "who still may is told, however long it waited (%s)",
  async (door) => {
    const { waiting, end, pass } = await environment(door);
    pass(knownAgeMsMax);
    await end();
    const { status, body } = await waiting;
    expect([status < 300, body.error]).toEqual([true, "Enough"]);
  },
);
