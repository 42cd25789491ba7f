import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
