import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdfast, type Running, startEnvironment } from "./holdfast-command.ts";

let directory: string;
let server: Running;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-e2e-"));
  server = await startEnvironment(join(directory, "data"));
});

afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await rm(directory, { recursive: true });
});

const call = (...words: readonly string[]) =>
  holdfast(words, { env: { HOLDFAST_DATA: join(directory, "data") } });

const start = async (name: string) => {
  const file = join(directory, "p.asl.json");
  await writeFile(file, '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}');
  expect((await call("run", file, "--name", name, "--detach").ended).code).toBe(0);
};

test("a list that is watched shows what has changed, until Ctrl-C", async () => {
  await start("one");
  const watching = call("ps", "--watch");
  await watching.shows("p:one");
  expect(watching.output()).not.toContain("p:two");
  await start("two");
  await watching.shows("p:two");
  watching.child.kill("SIGINT");
  const { code, stderr } = await watching.ended;
  expect([code, stderr]).toEqual([0, ""]);
});

test("as JSON it is one line each time", async () => {
  const watching = call("servers", "--watch", "--json");
  await watching.shows("]\n[");
  watching.child.kill("SIGINT");
  const { code, stdout } = await watching.ended;
  expect(code).toBe(0);
  for (const line of stdout.trim().split("\n"))
    expect(JSON.parse(line)).toMatchObject([{ state: "running" }]);
});

test("what is not there is not waited for", async () => {
  const { code, stderr } = await call("show", "none:none", "--watch").ended;
  expect([code, stderr]).toEqual([2, expect.stringContaining("there is no execution")]);
});

test("a server that goes away is waited for", async () => {
  const watching = call("ps", "--watch");
  await watching.shows("EXECUTION");
  server.child.kill("SIGKILL");
  await server.ended;
  await watching.shows("No environment answers");
  server = await startEnvironment(join(directory, "data"));
  await start("three");
  await watching.shows("p:three");
  watching.child.kill("SIGINT");
  expect((await watching.ended).code).toBe(0);
});

test("Ctrl-C ends it also where an environment does not answer", { timeout: 50_000 }, async () => {
  const asked = Promise.withResolvers<void>();
  const silent = createServer(() => asked.resolve());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const watching = holdfast(["ps", "--watch", "--url", url], { env: { HOLDFAST_TOKEN: "x" } });
  await asked.promise;
  watching.child.kill("SIGINT");
  const { code } = await watching.ended;
  silent.closeAllConnections();
  silent.close();
  expect(code).toBe(0);
});
