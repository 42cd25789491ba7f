import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

const call = (...commandArguments: string[]) =>
  holdfast(commandArguments, { env: { HOLDFAST_DATA: join(directory, "data") } }).ended;

const document = (next: string) => `# kept
kind: Process
name: copy
definition: {StartAt: A, States: {A: {Type: Pass, Next: ${next}}, ${next}: {Type: Succeed}}}
`;

test("the commands find executions by tag and input, and compare and export versions", async () => {
  const file = join(directory, "copy.yaml");
  for (const [next, team] of [
    ["B", "storage"],
    ["C", "net"],
  ] as const) {
    await writeFile(file, document(next));
    const input = JSON.stringify({ n: next });
    const run = ["run", file, "--input", input, "--tag", `team=${team}`, "--tag", "a=b"];
    expect(await call(...run)).toMatchObject({ code: 0 });
  }
  const found = async (...filter: string[]) => {
    const { stdout } = await call("ps", "--json", ...filter);
    return JSON.parse(stdout).map(({ version }: { version: number }) => version);
  };
  expect(await found("--tag", "a=b")).toEqual([2, 1]);
  expect(await found("--tag", "team=storage", "--input", "n=B")).toEqual([1]);
  expect(await found("--started-by", "nobody")).toEqual([]);
  expect(await found("--until", "2026-01-01")).toEqual([]);
  expect(await found("--since", "2026-01-01", "--error", "X")).toEqual([]);
  expect((await call("run", file, "--tag", "team")).code).toBe(2);

  expect((await call("versions", "copy")).stdout).toMatch(/^VERSION .*\n2 .*\n1 /);
  expect((await call("diff", "copy")).stdout).toBe(`copy  version 1 -> 2
/definition/States/A/Next
  - "B"
  + "C"
/definition/States/C
  + {"Type":"Succeed"}
/definition/States/B
  - {"Type":"Succeed"}
`);
  expect(await call("diff", "copy", "--to", "1")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--from VERSION --to VERSION"),
  });
  expect((await call("export", "copy", "--process-version", "1")).stdout).toBe(document("B"));
  const copied = join(directory, "exported.yaml");
  expect((await call("export", "copy", "--to", copied)).code).toBe(0);
  expect(await readFile(copied, "utf8")).toBe(document("C"));
  expect((await call("export", "copy", "--to", copied)).code).toBe(2);
});
