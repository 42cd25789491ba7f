import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdfast, type Running, startEnvironment } from "./holdfast-command.ts";

let data: string;
let server: Running;

const call = (...words: readonly string[]) =>
  holdfast(words, { env: { HOLDFAST_DATA: join(data, "data") } }).ended;

const json = async (...words: readonly string[]) =>
  JSON.parse((await call(...words, "--json")).stdout);

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "holdfast-e2e-"));
  server = await startEnvironment(join(data, "data"));
  const file = join(data, "p.asl.json");
  await writeFile(file, JSON.stringify({ StartAt: "A", States: { A: { Type: "Succeed" } } }));
  expect((await call("deploy", file)).code).toBe(0);
});

afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await rm(data, { recursive: true });
});

test("tags of a process are set, shown and removed", async () => {
  expect((await call("tags", "p")).stdout).toBe("no tags\n");
  expect((await call("tags", "set", "p", "team=storage", "tier=1", "note=a=b")).code).toBe(0);
  const removed = await call("tags", "remove", "p", "tier", "note", "--reason", "not needed");
  expect(removed.stdout).toMatch(/^TAG +VALUE *\nteam +storage *\n$/);
  await call("tags", "set", "p", "cost=7");
  expect(await json("tags", "p")).toEqual({ team: "storage", cost: "7" });
});

test("activities are announced, tagged, listed and forgotten", async () => {
  expect((await call("activities")).stdout).toContain("activities set NAME");
  const set = await call("activities", "set", "print", "--tag", "team=a", "--tag", "tier=1");
  expect([set.code, set.stdout]).toEqual([0, expect.stringContaining("print is announced")]);
  // Once more, without tags: those stay.
  expect(await json("activities", "set", "print")).toMatchObject({
    tags: { team: "a", tier: "1" },
  });
  expect(await json("tags", "remove", "print", "tier", "--activity")).toEqual({ team: "a" });
  expect((await call("activities")).stdout).toMatch(/^ACTIVITY +ANNOUNCED *\nprint +2/);
  expect((await call("activities", "remove", "print")).stdout).toBe("print is announced no more\n");
  expect(await json("activities")).toEqual([]);
});

test("what clients of Step Functions are shown of a process is shown and changed", async () => {
  const group = "arn:aws:logs:local:000000000000:log-group:any:*";
  const role = "arn:aws:iam::000000000000:role/any";
  const set = await call(
    ...[
      "state-machine",
      "set",
      "p",
      "--log-level",
      "ERROR",
      "--log-group-arn",
      group,
      "--log-data",
    ],
  );
  expect(set.stdout).toMatch(/logs +ERROR\nto +arn:aws:logs:.*\nwith data +yes\ntracing +off/);
  await call("state-machine", "set", "p", "--role-arn", role, "--tracing", "--no-log-data");
  expect(await json("state-machine", "p")).toEqual({
    process: "p",
    roleArn: role,
    tracingConfiguration: { enabled: true },
    loggingConfiguration: {
      level: "ERROR",
      includeExecutionData: false,
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: group } }],
    },
  });
});

test("what is wrong is said, with what to type next", async () => {
  for (const [words, said, next] of [
    [["tags", "none"], "There is no process none", "holdfast processes lists them"],
    [["tags", "set", "p"], "missing required argument 'tags'", ""],
    [["tags", "set", "p", "team"], "Write NAME=VALUE", ""],
    [["tags", "remove", "p", "colour"], "p has no tag colour", "holdfast tags p lists them"],
    [["tags", "none", "--activity"], "Nobody announced an activity none", "activities set NAME"],
    [["activities", "remove", "none"], "Nobody announced an activity none", "activities lists"],
    [["activities", "lst"], "activities has no command 'lst'", "list"],
    [["activities", "set", "a b"], "Use 1 to 80 characters", ""],
    [["state-machine", "set", "p"], "Nothing says what is to change", "--log-level"],
    [["state-machine", "set", "p", "--role-arn", "me"], "Write the ARN of a role", ""],
    [["state-machine", "set", "none", "--tracing"], "There is no process none", "processes lists"],
  ] as const) {
    const { code, stderr } = await call(...words);
    expect([words, code, stderr]).toEqual([words, 2, expect.stringContaining(said)]);
    expect(stderr).toContain(next);
  }
});

test("who takes a command for another one is told which it is", async () => {
  const document = join(data, "p.asl.json");
  for (const [words, said, next] of [
    [["start", "p"], "start runs a server", "holdfast run --process p"],
    [["start", document], "start runs a server", `holdfast run ${document}`],
    [["diff", "p"], "p has one version: there is nothing to compare", "holdfast export p"],
    [["test", document], "cannot be used", "NAME.test.yaml"],
  ] as const) {
    const { code, stderr } = await call(...words);
    expect([words, code, stderr]).toEqual([words, 2, expect.stringContaining(said)]);
    expect(stderr).toContain(next);
  }
  expect((await call("ps")).stdout).toContain("holdfast run FILE");
  expect((await call("ps", "--process", "p")).stdout).toBe("No such executions.\n");
});
