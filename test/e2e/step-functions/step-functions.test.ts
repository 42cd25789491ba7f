import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServerProcess, serverProcess } from "../fixtures/server-process.ts";
import { awsCommand } from "./aws-command.ts";
import { type Driver, machineArn } from "./driver.ts";
import { type AwsKey, awsStepFunctions, cliDriver, restDriver, sdkDriver } from "./drivers.ts";

let data: string;
let server: ServerProcess;
let aws: string;
let key: AwsKey;
let drivers: readonly [rest: Driver, sdk: Driver, cli: Driver];

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "holdfast-sfn-"));
  [server, aws] = await Promise.all([serverProcess(data, { environment: "TEST" }), awsCommand()]);
  const token = (await readFile(join(data, "admin.token"), "utf8")).trim();
  const grants = [{ role: "Administrator", scope: { kind: "all" } }];
  const created = await fetch(`${server.url}/v1/access-keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "aws", isForAws: true, grants }),
  });
  key = (await created.json()) as AwsKey;
  drivers = [
    restDriver(server.url, token),
    sdkDriver(server.url, key),
    cliDriver(aws, server.url, key),
  ];
});

afterAll(async () => {
  await server?.kill();
  await rm(data, { recursive: true });
});

const definition = {
  QueryLanguage: "JSONata",
  StartAt: "Decide",
  States: {
    Decide: {
      Type: "Choice",
      Choices: [
        { Condition: "{% $states.input.kind = 'wait' %}", Next: "Rest" },
        { Condition: "{% $states.input.kind = 'fail' %}", Next: "Break" },
      ],
      Default: "Work",
    },
    Rest: { Type: "Wait", Seconds: 3_600, End: true },
    Break: { Type: "Fail", Error: "Broken", Cause: "It was to break." },
    Work: { Type: "Pass", Output: { sum: "{% $sum($states.input.numbers) %}" }, End: true },
  },
};

const names = ["well", "fails", "stopped"] as const;

/** The whole scenario by one driver. */
const drive = async (driver: Driver, process: string): Promise<void> => {
  const { start, describe: show } = driver;
  await driver.create(process, definition);
  await start(process, "well", { kind: "work", numbers: [1, 2, 0.5] });
  await start(process, "fails", { kind: "fail" });
  await start(process, "stopped", { kind: "wait" });
  await expect
    .poll(async () => (await show(process, "fails")).status, { timeout: 60_000 })
    .toBe("FAILED");
  await driver.redrive(process, "fails");
  await driver.stop(process, "stopped", { error: "Enough", cause: "It took too long." });
  for (const name of names)
    await expect
      .poll(async () => (await show(process, name)).status, { timeout: 60_000 })
      .not.toBe("RUNNING");
};

/** What one driver sees of a scenario; times apart, in which runs may differ. */
const seen = async (driver: Driver, process: string) => ({
  executions: await Promise.all(names.map((name) => driver.describe(process, name))),
  histories: await Promise.all(names.map((name) => driver.history(process, name))),
  listed: await driver.list(process, 2),
});

const withoutTimes = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, inner) => (name.endsWith("AtMs") || name === "atMs" ? 0 : inner)),
  );

describe("one scenario driven by the REST API, the AWS SDK and the AWS CLI", () => {
  it("comes to the same, and each sees of it what the others see", async () => {
    const found = [];
    for (const [index, driver] of drivers.entries()) {
      const process = `orders-${index}`;
      await drive(driver, process);
      const [rest, sdk, cli] = [
        await seen(drivers[0], process),
        await seen(drivers[1], process),
        await seen(drivers[2], process),
      ];
      expect(sdk, `the SDK and REST on what ${driver.title} did`).toEqual(rest);
      expect(cli, `the CLI and REST on what ${driver.title} did`).toEqual(rest);
      found.push(rest);
    }
    const [first] = found;
    expect(first?.executions).toMatchObject([
      { status: "SUCCEEDED", output: { sum: 3.5 }, redriveCount: 0 },
      { status: "FAILED", error: "Broken", cause: "It was to break.", redriveCount: 1 },
      { status: "ABORTED", error: "Enough", cause: "It took too long." },
    ]);
    expect(first?.listed).toEqual(["stopped", "fails", "well"]);
    for (const other of found.slice(1)) expect(withoutTimes(other)).toEqual(withoutTimes(first));
  });

  it("is refused for the same reasons", async () => {
    for (const driver of drivers) {
      const asked = [
        () => driver.describe("orders-0", "nobody"),
        () => driver.start("nothing", "x", {}),
        () => driver.start("orders-0", "well", { another: "input" }),
        () => driver.redrive("orders-0", "well"),
      ];
      const refusals = [];
      for (const ask of asked) refusals.push(await driver.refusal(ask));
      expect([driver.title, ...refusals]).toEqual([
        driver.title,
        "ExecutionDoesNotExist",
        "StateMachineDoesNotExist",
        "ExecutionAlreadyExists",
        "ExecutionNotRedrivable",
      ]);
    }
  });
});

it("a thousand executions are listed in pages, alike by all three", async () => {
  const [rest, sdk] = drivers;
  await rest.create("many", { StartAt: "A", States: { A: { Type: "Pass", End: true } } });
  const wanted = Array.from({ length: 1_000 }, (_, index) => `n-${index}`);
  for (let from = 0; from < wanted.length; from += 20)
    await Promise.all(
      wanted
        .slice(from, from + 20)
        .map((name, index) => (index % 2 === 0 ? rest : sdk).start("many", name, { name })),
    );
  const [byRest, ...others] = await Promise.all(drivers.map((driver) => driver.list("many", 70)));
  expect(byRest?.toSorted()).toEqual(wanted.toSorted());
  for (const list of others) expect(list).toEqual(byRest);
});

it.each(["localhost", "127.0.0.1"])(
  "the AWS CLI starts synchronously, though it asks a host that begins with sync-: %s",
  async (host) => {
    const call = awsStepFunctions(aws, server.url.replace("127.0.0.1", host), key);
    await call("create-state-machine", {
      name: "quick",
      type: "EXPRESS",
      "role-arn": "arn:aws:iam::000000000000:role/any",
      definition: JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", End: true } } }),
    });
    // Nobody resolves sync-localhost, nor is sync-127.0.0.1 a name; as a proxy the server is asked for it all the same.
    const answered = await call(
      "start-sync-execution",
      { "state-machine-arn": machineArn("quick"), input: '{"a":1}' },
      { HTTP_PROXY: server.url, http_proxy: server.url, NO_PROXY: "", no_proxy: "" },
    );
    expect(answered).toMatchObject({ status: "SUCCEEDED", output: '{"a":1}' });
  },
);
