import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openEmbeddedPlatform } from "#platforms/embedded/embedded-platform.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { accessEnvironment } from "./access-environment.ts";
import { type AwsServers, openEnvironment, startAwsServers } from "./aws-servers.ts";
import type { OpenedPlatform } from "./fixture.ts";

const all = { kind: "all" } as const;
const each = ["memory", "embedded", "aws"];

const document = (name: string, states: string, rest = "") =>
  `{kind: Process, name: ${name}, ${rest} definition: {StartAt: A, States: {${states}}}}`;

let servers: AwsServers;
beforeAll(async () => {
  servers = await startAwsServers();
});
afterAll(() => servers.stop());

const embedded = (): OpenedPlatform => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-contract-"));
  const platform = openEmbeddedPlatform({ directory, clock: systemClock, entropy: systemEntropy });
  const close = async () => {
    await platform.close();
    rmSync(directory, { recursive: true });
  };
  return { platform, close };
};

/** Each finds by indexes of its own: what is found must not depend on them. */
const platforms: Readonly<Record<string, () => OpenedPlatform | Promise<OpenedPlatform>>> = {
  memory: () => ({ platform: memoryPlatform({ clock: systemClock }), close: async () => {} }),
  embedded,
  aws: () => openEnvironment(servers, systemClock),
};

const environment = async (on = "memory") => {
  const { platform, close } = (await platforms[on]?.()) ?? embedded();
  // What is to be done last is said first.
  onTestFinished(close);
  const made = await accessEnvironment(
    [
      { name: "ann", grants: [{ role: "Administrator", scope: all }] },
      { name: "bob", grants: [{ role: "Administrator", scope: all }] },
      { name: "own", grants: [{ role: "Northbound", scope: all }] },
    ],
    { platform },
  );
  const get = async (path: string) => (await made.call("ann", { method: "GET", path })).body;
  const post = async (path: string, body: unknown = {}, name = "ann") =>
    made.call(name, { method: "POST", path, body });
  const deploy = (text: string) => post("/v1/processes", { document: text });
  /** Names of the executions on all pages of a query, and how many pages there were. */
  const find = async (query: string) => {
    const names: string[] = [];
    let pages = 0;
    let after: string | undefined;
    do {
      const page = await get(`/v1/executions?${query}${after ? `&after=${after}` : ""}`);
      names.push(...page.executions.map(({ name }: { name: string }) => name));
      after = page.next;
      pages += 1;
    } while (after !== undefined);
    return { names, pages };
  };
  const named = async (query: string) => (await find(query)).names;
  return { ...made, get, post, deploy, find, named };
};

test.each(each)(
  "executions are found by starter, error, tag and a value of their input, on %s",
  async (on) => {
    const { deploy, post, named, get } = await environment(on);
    await deploy(document("rest", "A: {Type: Wait, Seconds: 600, End: true}"));
    await deploy(document("broken", "A: {Type: Fail, Error: Disk.Full}"));
    const start = (name: string, more: object, by = "ann") =>
      post("/v1/executions", { process: "rest", name, ...more }, by);
    await start("a", { input: { n: 5, s: "5" }, tags: { team: "storage", "a b": "=" } });
    await start("b", { input: { n: "5" }, tags: { team: "net" } }, "bob");
    await start("c", { input: [{ n: 5 }] });
    await post("/v1/executions", { process: "broken", name: "d", waitSeconds: 20 });
    expect(await named("startedBy=key:bob")).toEqual(["b"]);
    expect(await named("error=Disk.Full")).toEqual(["d"]);
    expect(await named("error=Disk")).toEqual([]);
    expect(await named("tag=team%3Dstorage")).toEqual(["a"]);
    expect(await named("tag=a%20b%3D%3D")).toEqual(["a"]);
    expect(await named("tag=team%3Dstor")).toEqual([]);
    expect(await named("tag=constructor%3D")).toEqual([]);
    expect(await named("input=n%3D5")).toEqual(["b", "a"]);
    expect(await named("input=s%3D5&tag=team%3Dstorage")).toEqual(["a"]);
    expect(await named("input=n%3D5&startedBy=key:ann")).toEqual(["a"]);
    expect(await get("/v1/executions/rest:a")).toMatchObject({
      tags: { team: "storage", "a b": "=" },
    });
    expect(await get("/v1/executions?tag=team")).toMatchObject({ code: "request-invalid" });
  },
);

test.each(each)("tags are bounded, and those of the first start stay, on %s", async (on) => {
  const { deploy, post, get } = await environment(on);
  await deploy(document("rest", "A: {Type: Wait, Seconds: 600, End: true}"));
  const start = (tags: unknown) => post("/v1/executions", { process: "rest", name: "a", tags });
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ""]));
  for (const tags of [many, { "a=b": "" }, { "": "" }, { a: "x".repeat(257) }, { a: 1 }, "a"])
    expect((await start(tags)).body).toMatchObject({ code: "request-invalid" });
  expect((await start({ a: "1" })).status).toBe(201);
  expect((await start({ a: "2" })).status).toBe(200);
  expect(await get("/v1/executions/rest:a")).toMatchObject({ tags: { a: "1" } });
});

test.each(each)(
  "executions are found by when they were started, page by page, on %s",
  async (on) => {
    const { deploy, engine, find, get } = await environment(on);
    await deploy(document("quick", "A: {Type: Pass, End: true}"));
    const startedAt: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      const start = { process: "quick", name: `n${n}`, input: { n }, startedBy: "key:ann" };
      const { startedAtMs } = await engine.start(start);
      startedAt.push(new Date(startedAtMs).toISOString());
      await expect.poll(() => Date.now()).toBeGreaterThan(startedAtMs);
    }
    const [, since = "", , , until = ""] = startedAt;
    expect((await find(`startedSince=${since}&startedUntil=${until}&limit=2`)).names).toEqual([
      "n3",
      "n2",
      "n1",
    ]);
    expect((await find(`startedUntil=${startedAt[0]}`)).names).toEqual([]);
    const { next } = await get("/v1/executions?startedBy=key:ann&limit=2");
    expect(await get(`/v1/executions?startedBy=key:bob&limit=2&after=${next}`)).toMatchObject({
      code: "request-invalid",
    });
  },
);

test.each(each)(
  "a search among many looks at a bounded number on each call, and says where it goes on, on %s",
  async (on) => {
    const { deploy, engine, find } = await environment(on);
    await deploy(document("quick", "A: {Type: Pass, End: true}"));
    await engine.start({ process: "quick", name: "wanted", input: { x: 1 }, startedBy: "key:bob" });
    await Promise.all(
      Array.from({ length: 300 }, (_, n) =>
        engine.start({ process: "quick", name: `n${n}`, input: {}, startedBy: "key:ann" }),
      ),
    );
    expect(await find("startedBy=key:bob")).toEqual({ names: ["wanted"], pages: 1 });
    const small = await find("input=x%3D1&limit=2");
    expect(small.names).toEqual(["wanted"]);
    expect(small.pages).toBeGreaterThan(1);
  },
);

test.each(each)("a search shows nothing that the caller may not read, on %s", async (on) => {
  const { deploy, post, call } = await environment(on);
  await deploy(document("rest", "A: {Type: Wait, Seconds: 600, End: true}"));
  for (const by of ["own", "ann"])
    await post("/v1/executions", { process: "rest", name: by, tags: { a: "1" } }, by);
  const found = await call("own", { method: "GET", path: "/v1/executions?tag=a%3D1" });
  expect(found.body.executions).toMatchObject([{ name: "own" }]);
});

test("a process is started with its input as the body, and the fields that do not fit are named", async () => {
  const { deploy, post, call } = await environment();
  const schema =
    "{type: object, required: [disks], properties: {disks: {type: array, items: {type: string}}}}";
  await deploy(document("typed", "A: {Type: Pass, End: true}", `inputSchema: ${schema},`));
  const wrong = await post("/v1/processes/typed/start", { disks: ["a", 2] });
  expect(wrong.status).toBe(422);
  expect(wrong.body).toMatchObject({ code: "input-invalid", problems: [{ path: "/disks/1" }] });
  expect((await post("/v1/processes/typed/start")).body.problems).toEqual([
    { path: "/disks", message: "is required" },
  ]);
  const path = "/v1/processes/typed/start?name=a&waitSeconds=20";
  const body = { disks: ["a"], name: 1, constructor: [] };
  const started = await post(path, body);
  expect(started.status).toBe(201);
  expect(started.body).toMatchObject({ name: "a", status: "SUCCEEDED", input: body, output: body });
  expect((await post(path, body)).status).toBe(200);
  expect((await post("/v1/processes/none/start")).body.code).toBe("process-not-found");
  expect((await post("/v1/processes/typed/start", [])).body.code).toBe("request-invalid");
  expect((await call("own", { method: "POST", path, body: {} })).body.code).toBe("input-invalid");
});

test("the versions of a process are listed, shown and compared", async () => {
  const { deploy, get } = await environment();
  await deploy(document("p", "A: {Type: Pass, Next: B}, B: {Type: Succeed}"));
  await deploy(document("p", "A: {Type: Pass, Next: C}, C: {Type: Succeed}", "description: two,"));
  await deploy(document("p", "A: {Type: Succeed}"));
  const numbers = (page: { versions: readonly { version: number }[] }) =>
    page.versions.map(({ version }) => version);
  const first = await get("/v1/processes/p/versions?limit=2");
  expect(numbers(first)).toEqual([3, 2]);
  const second = await get(`/v1/processes/p/versions?limit=2&after=${first.next}`);
  expect([numbers(second), second.next]).toEqual([[1], undefined]);
  expect(await get("/v1/processes/p?version=2")).toMatchObject({ description: "two" });
  expect((await get("/v1/processes/p/versions/1/diff/2")).differences).toEqual([
    { kind: "added", path: "/description", after: "two" },
    { kind: "changed", path: "/definition/States/A/Next", before: "B", after: "C" },
    { kind: "added", path: "/definition/States/C", after: { Type: "Succeed" } },
    { kind: "removed", path: "/definition/States/B", before: { Type: "Succeed" } },
  ]);
  expect((await get("/v1/processes/p/versions/2/diff/2")).differences).toEqual([]);
  for (const path of ["/v1/processes/none/versions", "/v1/processes/p/versions/1/diff/4"])
    expect((await get(path)).code).toBe("process-not-found");
});

test("an execution that is to wait longer than dates can tell fails and says why; one until the last date is shown", async () => {
  const { deploy, post, get, named } = await environment();
  await deploy(document("patient", "A: {Type: Wait, SecondsPath: $.seconds, End: true}"));
  await deploy(document("waiting", "A: {Type: Wait, TimestampPath: $.at, End: true}"));
  for (const [name, seconds] of [
    ["long", 1e12],
    ["longer", 1e300],
  ] as const) {
    const started = { process: "patient", name, input: { seconds }, waitSeconds: 20 };
    expect((await post("/v1/executions", started, "own")).status).toBe(201);
    const { error, cause } = await get(`/v1/executions/patient:${name}`);
    expect([error, cause]).toEqual(["States.Runtime", expect.stringContaining("99999999")]);
  }
  const input = { at: "9999-12-31T23:59:59Z" };
  await post("/v1/executions", { process: "waiting", name: "last", input }, "own");
  await expect.poll(() => named("waitingFor=timer")).toEqual(["last"]);
  expect((await get("/v1/executions/waiting:last")).waitingFor).toMatchObject({
    kind: "timer",
    until: "9999-12-31T23:59:59.000Z",
  });
});
