import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdfast, type Running, root, startEnvironment } from "./holdfast-command.ts";

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

const env = () => ({ HOLDFAST_DATA: join(directory, "data"), TMPDIR: directory });

const call = (...words: readonly string[]) => holdfast(words, { env: env() }).ended;

const documentOf = (name: string, result: number): string => `# mine
kind: Process
name: ${name}
definition: {StartAt: A, States: {A: {Type: Pass, Result: ${result}, End: true}}}
`;

/** Deploys a process and answers the file of its document. */
const deployed = async (name: string, result = 1): Promise<string> => {
  const file = join(directory, `${name}.yaml`);
  await writeFile(file, documentOf(name, result));
  expect((await call("deploy", file)).code).toBe(0);
  return file;
};

/** An editor that does this to the text of the file that it is given. */
const editor = async (name: string, script: string): Promise<string> => {
  const file = join(directory, `${name}.mjs`);
  await writeFile(
    file,
    `import { readFileSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
const file = process.argv[2];
const text = readFileSync(file, "utf8");
${script}`,
  );
  return `"${process.execPath}" "${file}"`;
};

const edit = (name: string, EDITOR: string) =>
  holdfast(["edit", name], { env: { ...env(), EDITOR } }).ended;

describe("edit", () => {
  test("deploys what the editor has made of the document, and nothing where it is the same", async () => {
    await deployed("counted");
    const change = await editor(
      "change",
      `writeFileSync(file, text.replace("Result: 1", "Result: 2"));`,
    );
    const { code, stdout } = await edit("counted", change);
    expect([code, stdout]).toEqual([0, "counted version 2 (new)\n"]);
    expect((await call("export", "counted")).stdout).toBe(documentOf("counted", 2));
    const look = await edit("counted", await editor("look", ""));
    expect([look.code, look.stdout]).toEqual([0, "counted version 2 is as it was\n"]);
  });

  test("keeps the text and deploys nothing where somebody else was faster, or it is wrong", async () => {
    await deployed("shared");
    const theirs = join(directory, "theirs.yaml");
    await writeFile(theirs, documentOf("shared", 7));
    const late = await editor(
      "late",
      `execFileSync(process.execPath, [${JSON.stringify(join(root, "cli/bin.js"))}, "deploy", ${JSON.stringify(theirs)}]);
writeFileSync(file, text.replace("Result: 1", "Result: 2"));`,
    );
    const { code, stderr } = await edit("shared", late);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("another version was deployed meanwhile"),
    ]);
    const kept = /holdfast deploy (\S+)/.exec(stderr)?.[1] ?? "";
    expect(await readFile(kept, "utf8")).toBe(documentOf("shared", 2));
    expect((await call("export", "shared")).stdout).toBe(documentOf("shared", 7));

    const wrong = await edit(
      "shared",
      await editor("wrong", `writeFileSync(file, text.replace("Pass", "Pas"));`),
    );
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("holdfast deploy ")]);
    expect((await call("versions", "shared", "--json")).stdout).not.toContain('"version":3');
  });

  test("of a plain definition is of that process", async () => {
    const file = join(directory, "plain.asl.json");
    await writeFile(file, '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}');
    expect((await call("deploy", file)).code).toBe(0);
    const change = await editor("rename", `writeFileSync(file, text.replaceAll('"A"', '"B"'));`);
    expect((await edit("plain", change)).stdout).toBe("plain version 2 (new)\n");
  });

  test("says what is missing", async () => {
    const none = await holdfast(["edit", "counted"], { env: { ...env(), EDITOR: "", VISUAL: "" } })
      .ended;
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("EDITOR")]);
    const failing = await edit("counted", await editor("failing", "process.exit(3);"));
    expect([failing.code, failing.stderr]).toEqual([2, expect.stringContaining("exit code 3")]);
  });
});

test("whatever an environment answers, the editor is all that is run", async () => {
  const name = 'p"; cd "$TMPDIR"; touch owned; "';
  const environment = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ name, version: 1, document: "a: 1" }));
  });
  await new Promise<void>((resolve) => environment.listen(0, "127.0.0.1", resolve));
  const { port } = environment.address() as AddressInfo;
  const words = ["edit", "p", "--url", `http://127.0.0.1:${port}`];
  const more = { EDITOR: await editor("nothing", ""), HOLDFAST_TOKEN: "x" };
  const { code } = await holdfast(words, { env: { ...env(), ...more } }).ended;
  environment.close();
  expect(await readdir(directory)).not.toContain("owned");
  expect(code).toBe(0);
});

test("an alias is changed only as it was read, and keeps what is not said anew", async () => {
  const alias = { process: "p", name: "live", description: "Mine", routes: [], updatedAt: "" };
  const asked: unknown[] = [];
  const environment = createServer(async (request, response) => {
    const body = await text(request);
    const { "if-match": ifMatch } = request.headers;
    if (request.method === "PUT") asked.push({ ifMatch, body: JSON.parse(body) });
    response.writeHead(200, { "content-type": "application/json", etag: '"seen"' });
    response.end(JSON.stringify(alias));
  });
  await new Promise<void>((resolve) => environment.listen(0, "127.0.0.1", resolve));
  const { port } = environment.address() as AddressInfo;
  const words = [
    "aliases",
    "set",
    "p",
    "live",
    "--route",
    "2",
    "--url",
    `http://127.0.0.1:${port}`,
  ];
  const { code } = await holdfast(words, { env: { ...env(), HOLDFAST_TOKEN: "x" } }).ended;
  environment.close();
  const body = { description: "Mine", routes: [{ version: 2, weight: 100 }] };
  expect([code, asked]).toEqual([0, [{ ifMatch: '"seen"', body }]]);
});

test("deploy can be told which version the document was made from", async () => {
  const file = await deployed("based");
  await writeFile(file, documentOf("based", 2));
  expect((await call("deploy", file, "--if-version", "1")).stdout).toBe("based version 2 (new)\n");
  await writeFile(file, documentOf("based", 3));
  const late = await call("deploy", file, "--if-version", "1");
  expect([late.code, late.stderr]).toEqual([2, expect.stringContaining("holdfast diff")]);
  expect((await call("export", "based")).stdout).toBe(documentOf("based", 2));
});

test("a process and a version of it are removed", async () => {
  const file = await deployed("gone");
  await writeFile(file, documentOf("gone", 2));
  await call("deploy", file);
  const newest = await call("remove", "gone", "--process-version", "2");
  expect([newest.code, newest.stderr]).toEqual([2, expect.stringContaining("is the newest")]);
  const version = await call("remove", "gone", "--process-version", "1");
  expect([version.code, version.stdout]).toEqual([0, "gone version 1 is removed\n"]);
  const all = await call("remove", "gone");
  expect([all.code, all.stdout]).toEqual([0, "gone is removed; its executions stay\n"]);
  const again = await call("remove", "gone");
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("There is no process")]);
});

test("a map run is shown, and goes on as it is told", async () => {
  const file = join(directory, "spread.asl.json");
  const ItemProcessor = {
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
    StartAt: "Rest",
    States: { Rest: { Type: "Wait", Seconds: 600, End: true } },
  };
  const Spread = { Type: "Map", ItemProcessor, MaxConcurrency: 1, End: true };
  await writeFile(file, JSON.stringify({ StartAt: "Spread", States: { Spread } }));
  await call("run", file, "--input", "[1,2,3]", "--name", "a", "--detach");
  const mapRunOf = async () =>
    JSON.parse((await call("show", "spread:a", "--json")).stdout).mapRuns;
  await expect.poll(mapRunOf, { timeout: 20_000 }).toHaveLength(1);
  const [id] = await mapRunOf();
  expect((await call("show", "spread:a")).stdout).toContain(id);
  const shown = await call("map-run", id);
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining("at once")]);
  const set = await call("map-run", "set", id, "--max-concurrency", "2", "--json");
  expect(JSON.parse(set.stdout)).toMatchObject({ mapRunId: id, concurrency: 2 });
  const nothing = await call("map-run", "set", id);
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining("--max-concurrency")]);
});

test("a command that there is not is said, and the nearest ones", async () => {
  for (const [words, said] of [
    [["help", "NOPE"], "unknown command 'NOPE'"],
    [["help", "deplyo"], 'did you mean "deploy"?'],
    [["help", "keys", "creat"], 'did you mean "create"?'],
    [["help", "ps", "NOPE"], "unknown command 'NOPE'"],
    [["keys", "craete", "ci"], 'did you mean "create"?'],
    [["aliases", "ste", "p", "live"], 'did you mean "set"?'],
    [["audit", "verfiy"], 'did you mean "verify"?'],
    [["servers", "NOPE"], "servers has no command 'NOPE'"],
    [["ps", "NOPE"], "too many arguments"],
  ] as const) {
    const { code, stdout, stderr } = await call(...words);
    expect([words, code, stdout, stderr]).toEqual([words, 2, "", expect.stringContaining(said)]);
    expect(stderr.split("\n").length).toBeLessThan(4);
  }
  for (const [words, said] of [
    [["help"], "Usage: holdfast [options]"],
    [["help", "deploy"], "Usage: holdfast deploy"],
    [["help", "keys", "create"], "Usage: holdfast keys create"],
    [["keys", "help", "create"], "Usage: holdfast keys create"],
  ] as const) {
    const { code, stdout } = await call(...words);
    expect([words, code, stdout]).toEqual([words, 0, expect.stringContaining(said)]);
  }
});
