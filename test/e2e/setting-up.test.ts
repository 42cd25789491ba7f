import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { serverUrl } from "./fixtures/server-url.ts";
import { execute, holdfast, type Running, startEnvironment } from "./holdfast-command.ts";

let directory: string;
let data: string;
let server: Running;
let url: string;
let config: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-e2e-"));
  data = join(directory, "data");
  server = await startEnvironment(data);
  url = await serverUrl(data);
});

afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await rm(directory, { recursive: true });
});

beforeEach(async () => {
  config = await mkdtemp(join(directory, "config-"));
});

/** Calls in a directory where no environment is. */
const call = (commandArguments: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  holdfast(commandArguments, { cwd: config, env: { HOLDFAST_CONFIG: config, ...env } }).ended;

const json = async (...commandArguments: string[]) =>
  JSON.parse((await call([...commandArguments, "--json"])).stdout);

test("a context keeps an environment and its token under a name, for its owner alone", async () => {
  expect((await call(["ps"])).code).toBe(2);
  const tokenFile = join(data, "admin.token");
  expect(
    (await call(["context", "add", "far", "--url", url, "--token-file", tokenFile])).code,
  ).toBe(0);
  expect((await call(["context", "add", "near", "--data", data])).code).toBe(0);
  const file = join(config, "contexts.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const token = (await readFile(tokenFile, "utf8")).trim();
  expect(await readFile(file, "utf8")).toContain(token);
  const listed = await call(["context", "--json"]);
  expect(listed.stdout).not.toContain(token);
  expect(JSON.parse(listed.stdout)).toEqual([
    { name: "far", isCurrent: true, url },
    { name: "near", isCurrent: false, data },
  ]);
  expect(await json("ps")).toEqual([]);
  expect(await json("context", "use", "near")).toEqual({ name: "near", isCurrent: true });
  expect(await json("ps")).toEqual([]);
  expect((await call(["context", "remove", "near"])).code).toBe(0);
  expect((await call(["ps"])).code).toBe(2);
  expect(await json("ps", "--context", "far")).toEqual([]);
  expect((await call(["ps"], { HOLDFAST_CONTEXT: "far" })).code).toBe(0);
});

test("what is said in the call comes before a context, and a context before what the shell says", async () => {
  await call(["context", "add", "near", "--data", data]);
  await call(["context", "add", "none", "--data", join(config, "none")]);
  expect((await call(["ps", "--context", "none"])).code).toBe(2);
  expect((await call(["ps", "--data", data], { HOLDFAST_CONTEXT: "none" })).code).toBe(0);
  expect((await call(["ps"], { HOLDFAST_DATA: join(config, "other") })).code).toBe(2);
  expect((await call(["ps", "--context", "near"], { HOLDFAST_DATA: "other" })).code).toBe(0);
  expect(
    (await call(["ps", "--context", "near"], { HOLDFAST_URL: "http://127.0.0.1:1" })).code,
  ).toBe(0);
  expect((await call(["ps", "--context", "near", "--data", data])).stderr).toContain(
    "Give one of them",
  );
});

test("what is wrong with a context is said, with what to do", async () => {
  for (const [words, said] of [
    [["add", "a"], "Give one of --url URL and --data DIR"],
    [["add", "a", "--url", "x", "--data", "y"], "Give one of --url URL and --data DIR"],
    [["add", "a", "--url", "example.net"], "is not the URL"],
    [["add", "a", "--url", url], "There is no access token"],
    [["use", "a"], "holdfast context add NAME"],
    [["remove", "constructor"], "There is no context constructor"],
  ] as const) {
    const { code, stderr } = await call(["context", ...words]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
  }
  await writeFile(join(config, "contexts.json"), "[");
  expect((await call(["ps"])).stderr).toContain("move it away");
});

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly mend?: string;
}

const statesOf = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ check, state }) => [check, state]));

test("the doctor finds a sound environment sound", async () => {
  const { code, stdout } = await call(["doctor", "--data", data, "--json"]);
  const findings: readonly Finding[] = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(statesOf(findings)).toMatchObject({
    node: "ok",
    data: "ok",
    server: "ok",
    clock: "ok",
    version: "ok",
    token: "ok",
    access: "warning",
  });
  expect(findings.every(({ state, mend }) => state === "ok" || mend)).toBe(true);
  expect((await call(["doctor", "--data", data])).stdout).toMatch(/^ok +node +Node.js /);
});

test("the doctor names what is wrong and what mends it", async () => {
  const wrong = join(config, "wrong.token");
  await writeFile(wrong, "nobody\n");
  const refused = await call(["doctor", "--url", url, "--token-file", wrong, "--json"]);
  expect([refused.code, statesOf(JSON.parse(refused.stdout))]).toMatchObject([
    2,
    { token: "problem" },
  ]);
  const silent = await call([
    "doctor",
    "--url",
    "http://127.0.0.1:1",
    "--token-file",
    wrong,
    "--json",
  ]);
  expect([silent.code, statesOf(JSON.parse(silent.stdout))]).toMatchObject([
    2,
    { server: "problem" },
  ]);

  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as { port: number };
  const none = await call(["doctor", "--port", String(port), "--json"]);
  expect([none.code, statesOf(JSON.parse(none.stdout))]).toMatchObject([
    2,
    { data: "ok", server: "warning", port: "problem" },
  ]);
  taken.close();

  const token = join(data, "admin.token");
  await chmod(token, 0o644);
  const open = await call(["doctor", "--data", data]);
  await chmod(token, 0o600);
  expect([open.code, open.stdout]).toEqual([2, expect.stringContaining(`chmod 600 ${token}`)]);

  const damaged = join(config, "damaged");
  await mkdir(damaged);
  await writeFile(join(damaged, "holdfast.db"), "what is this");
  const found = await call(["doctor", "--data", damaged]);
  expect([found.code, found.stdout]).toEqual([2, expect.stringContaining("is no database")]);
});

test("a shell completes commands, options and choices", async () => {
  const candidates = async (...words: string[]) =>
    (await call(["complete", "--", ...words])).stdout.trim().split("\n");
  expect(await candidates("")).toEqual(expect.arrayContaining(["run", "ps", "context", "doctor"]));
  expect(await candidates("")).not.toContain("complete");
  expect(await candidates("vers")).toEqual(["versions"]);
  expect(await candidates("context", "u")).toEqual(["use"]);
  expect(await candidates("ps", "--sta")).toEqual(["--status", "--started-by"]);
  expect(await candidates("ps", "--status", "F")).toEqual(["FAILED"]);
  expect(await candidates("ps", "--process", "ps", "--all", "--u")).toEqual(["--url", "--until"]);
  expect(await candidates("drain", "p")).toEqual(["pool", "process"]);
  expect(await candidates("run", "")).toEqual([""]);
});

test("the completion of bash works in bash", async () => {
  const script = (await call(["completion", "bash"])).stdout;
  const shell = `holdfast() { "${process.execPath}" "${join(import.meta.dirname, "../../cli/bin.js")}" "$@"; }
${script}
COMP_WORDS=(holdfast context r); COMP_CWORD=2; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await execute("bash", ["-c", shell], {}).ended;
  expect([stdout, stderr]).toEqual(["remove\n", ""]);
  for (const name of ["zsh", "fish"])
    expect((await call(["completion", name])).stdout).toContain("holdfast complete --");
  expect((await call(["completion", "tcsh"])).code).toBe(2);
});

test("the region and the account of the first start are in every ARN, and stay", async () => {
  const own = join(config, "data");
  const startWith = (...more: readonly string[]): Running =>
    holdfast(["start", "--port", "0", "--data", own, ...more], { cwd: config });
  const end = async (running: Running): Promise<void> => {
    running.child.kill("SIGTERM");
    await running.ended;
  };
  const file = join(config, "named.json");
  const definition = {
    QueryLanguage: "JSONata",
    StartAt: "Name",
    States: { Name: { Type: "Pass", Output: "{% $states.context.Execution.Id %}", End: true } },
  };
  await writeFile(file, JSON.stringify({ kind: "Process", name: "named", definition }));
  const arnOf = async (name: string): Promise<string> => {
    const env = { HOLDFAST_DATA: own };
    expect(await call(["run", file, "--name", name], env)).toMatchObject({ code: 0 });
    return JSON.parse((await call(["show", `named:${name}`, "--json"], env)).stdout).output;
  };

  const wrong = await startWith("--region", "EU", "--account", "1").ended;
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('"EU" cannot be the region of ARNs');

  const first = startWith("--region", "eu-central-1", "--account", "123456789012");
  await first.shows("Ready.");
  expect(await arnOf("a")).toBe("arn:aws:states:eu-central-1:123456789012:execution:named:a");
  await end(first);
  const again = startWith();
  await again.shows("Ready.");
  expect(await arnOf("b")).toBe("arn:aws:states:eu-central-1:123456789012:execution:named:b");
  await end(again);
  const moved = await startWith("--region", "eu-west-1").ended;
  expect(moved.code).not.toBe(0);
  expect(moved.stderr).toContain(
    "the ARNs of this environment have the region eu-central-1, not eu-west-1",
  );
});

test("a server says to programs where it is, and so does each of several", async () => {
  const one = holdfast(["start", "--json", "--port", "0", "--data", join(config, "one")]);
  await one.shows("\n");
  const [line = ""] = one.output().split("\n");
  const said = JSON.parse(line);
  expect(said).toMatchObject({
    isReady: true,
    environment: "PRODUCTION",
    pid: one.child.pid,
    data: join(config, "one"),
  });
  expect(said.url).toBe(`http://127.0.0.1:${said.port}`);
  expect((await stat(said.tokenFile)).isFile()).toBe(true);
  one.child.kill("SIGTERM");
  const { code, stdout } = await one.ended;
  expect([code, stdout]).toEqual([0, `${line}\n`]);
  const two = holdfast([
    ...["start", "--json", "--servers", "2", "--port", "0", "--data", join(config, "two")],
  ]);
  await expect
    .poll(() => two.output().match(/"isReady":true/g)?.length, { timeout: 30_000 })
    .toBe(2);
  two.child.kill("SIGTERM");
  const lines = (await two.ended).stdout.trim().split("\n");
  const found = lines.map((text) => JSON.parse(text));
  expect(new Set(found.map(({ pid }) => pid)).size).toBe(2);
  expect(new Set(found.map(({ url: at }) => at)).size).toBe(2);
});
