import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdfast, type Running, startEnvironment } from "./holdfast-command.ts";

let data: string;
let server: Running;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "holdfast-e2e-"));
  server = await startEnvironment(join(data, "data"));
});

afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await rm(data, { recursive: true });
});

const call = (...words: readonly string[]) =>
  holdfast(words, { env: { HOLDFAST_DATA: join(data, "data") } }).ended;

test("an alias is set, listed, started by and removed", async () => {
  const file = join(data, "p.asl.json");
  for (const Result of [1, 2]) {
    const states = { A: { Type: "Pass", Result, End: true } };
    await writeFile(file, JSON.stringify({ StartAt: "A", States: states }));
    expect((await call("deploy", file)).code).toBe(0);
  }
  expect((await call("aliases", "p")).stdout).toContain("p has no aliases");
  const set = await call("aliases", "set", "p", "live", "--route", "1");
  expect([set.code, set.stdout]).toEqual([0, "live of p is version 1\n"]);
  await call("aliases", "set", "p", "next", "--route", "1=90", "2=10", "--description", "Trial");
  const { stdout } = await call("aliases", "p");
  expect(stdout).toMatch(/live +1 /);
  expect(stdout).toMatch(/next +1 \(90 %\), 2 \(10 %\) .*Trial/);
  const run = await call("run", "--process", "p", "--alias", "live", "--json");
  expect(JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ output: 1 });
  const newest = await call("run", "--process", "p", "--json");
  expect(JSON.parse(newest.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ output: 2 });
  expect((await call("aliases", "remove", "p", "live")).code).toBe(0);
  expect(JSON.parse((await call("aliases", "p", "--json")).stdout)).toMatchObject([
    { name: "next", routes: [{ version: 1, weight: 90 }, { version: 2 }] },
  ]);
});

test("what is wrong with an alias or a choice of what to run is said", async () => {
  for (const [words, said] of [
    [["aliases", "set", "p", "live"], "--route"],
    [["aliases", "set", "p", "live", "--route", "x"], "Write VERSION"],
    [["aliases", "set", "p", "live", "--route", "1=50"], "must make 100"],
    [["aliases", "set", "p", "live", "--route", "7"], "no process p version 7"],
    [["aliases", "remove", "p", "none"], "There is no alias none"],
    [["run"], "--process NAME"],
    [["run", "p.asl.json", "--process", "p"], "Give one of them"],
    [["run", "p.asl.json", "--alias", "live"], "--process NAME"],
    [["run", "--process", "p", "--alias", "none"], "There is no alias none"],
  ] as const) {
    const { code, stderr } = await call(...words);
    expect([words, code, stderr]).toEqual([words, 2, expect.stringContaining(said)]);
  }
});

test("what is not there is said, with what to type next", async () => {
  for (const [words, said, next] of [
    [["show", "nothing"], "there is no execution nothing", "holdfast ps lists them"],
    [["versions", "none"], "There is no process none", "holdfast processes lists them"],
    [["aliases", "remove", "p", "none"], "There is no alias", "holdfast aliases PROCESS"],
    [["alert", "show", "x"], "There is no alert x", "holdfast alerts lists them"],
    [["resume", "target", "x"], "there is no drain target:x", "holdfast drains lists them"],
    [["keys", "create", "a", "--role", "King"], "Allowed choices are Administrator", ""],
    [["assignments", "create", "key:a", "King"], "Allowed choices are Administrator", ""],
  ] as const) {
    const { code, stderr } = await call(...words);
    expect([words, code, stderr]).toEqual([words, 2, expect.stringContaining(said)]);
    expect(stderr).toContain(next);
  }
});

test("help has the commands in groups, and what most have in common behind what is their own", async () => {
  const { stdout } = await call("--help");
  expect(stdout).toMatch(/\nProcesses:\n {2}run .*\nExecutions:\n {2}ps .*\nAccess:\n/s);
  const own = (await call("aliases", "set", "--help")).stdout;
  expect(own).toMatch(/\nOptions:\n.*--route.*\nWhich environment:\n.*--url/s);
});

test("what answers but is no environment is called so", async () => {
  const other = createServer((_, response) => {
    response.writeHead(404, { "content-type": "text/html" });
    response.end("<p>Not found</p>");
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const env = { HOLDFAST_TOKEN: "x", HOLDFAST_DATA: join(data, "none") };
  const { code, stderr } = await holdfast(["ps", "--url", url], { env }).ended;
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining(`What answers at ${url} is not a Holdfast environment`),
  ]);
  other.close();
});
