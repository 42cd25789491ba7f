import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { count, verdictLine } from "../../../.ci/count.ts";

const vitest = join(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);
const counter = join(import.meta.dirname, "../../../.ci/count.ts");

/** Files that vitest runs for real, outside this checkout and without its configuration. */
const runVitest = (root: string, files: Readonly<Record<string, string>>) => {
  const directory = mkdtempSync(join(root, "fixture-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const report = join(directory, "report.json");
  const run = spawnSync(
    process.execPath,
    [vitest, "run", "--globals", "--root", directory, "--reporter=json", `--outputFile=${report}`],
    { cwd: directory, encoding: "utf8", env: { PATH: process.env["PATH"], CI: "true" } },
  );
  return { report, exitCode: run.status ?? 1 };
};

const passing = 'it("holds", () => { expect(1).toBe(1); });\n';
const failing = 'it("does not hold", () => { expect(1).toBe(2); });\n';
const skipping = 'it.skip("waits", () => {}); it.todo("is to come");\n';
const notImportable = 'import "./gone.js";\nit("is never seen", () => {});\n';
const unhandled =
  'it("passes", async () => { void Promise.reject(new Error("nobody looks")); await new Promise((r) => setTimeout(r, 50)); });\n';
const brokenHook =
  'beforeAll(() => { throw new Error("no set-up"); });\nit("never ran", () => {});\n';

describe("the closing line of the gate", () => {
  let root = "";
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "holdfast-gate-"));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const verdictOf = (files: Readonly<Record<string, string>>) => {
    const { report, exitCode } = runVitest(root, files);
    return { line: verdictLine(count([report], exitCode)), exitCode, report };
  };

  it("counts passed and skipped tests of a green run", () => {
    expect(verdictOf({ "a.test.js": passing + passing, "b.test.js": passing })).toMatchObject({
      line: "3 passed, 0 failed",
      exitCode: 0,
    });
    expect(verdictOf({ "a.test.js": passing + skipping }).line).toBe(
      "1 passed, 0 failed, 2 skipped",
    );
  });

  it("counts each failed test", () => {
    expect(verdictOf({ "a.test.js": passing + failing, "b.test.js": failing }).line).toBe(
      "1 passed, 2 failed",
    );
  });

  it("names each failed test at the end, with what it said", () => {
    const { report } = verdictOf({ "a.test.js": passing + failing });
    const { stderr } = spawnSync(process.execPath, [counter, "1", report], { encoding: "utf8" });
    expect(stderr).toMatch(/a\.test\.js > does not hold: .*expected 1 to be 2/);
    expect(stderr).not.toContain("> holds");
  });

  it("counts a file that cannot be imported as one failure", () => {
    expect(verdictOf({ "a.test.js": passing, "b.test.js": notImportable }).line).toBe(
      "1 passed, 1 failed",
    );
  });

  it("counts a file whose set-up throws as one failure", () => {
    expect(verdictOf({ "a.test.js": passing, "b.test.js": brokenHook }).line).toMatch(
      /^1 passed, 1 failed/,
    );
  });

  it("counts an unhandled rejection as a failure although every test passed", () => {
    const { line, exitCode } = verdictOf({ "a.test.js": unhandled });
    expect(exitCode).not.toBe(0);
    expect(line).toBe("1 passed, 1 failed");
  });

  it("fails where nothing ran, and where all was skipped", () => {
    expect(verdictOf({ "notes.txt": "no test here" }).line).toBe("0 passed, 1 failed");
    expect(verdictOf({ "a.test.js": skipping }).line).toBe("0 passed, 1 failed, 2 skipped");
  });

  it("fails where a report is missing or is not a report", () => {
    expect(verdictLine(count([join(root, "gone.json")], 0))).toBe("0 passed, 1 failed");
    writeFileSync(join(root, "torn.json"), '{"testResults": [');
    expect(verdictLine(count([join(root, "torn.json")], 0))).toBe("0 passed, 1 failed");
    writeFileSync(join(root, "other.json"), "{}");
    expect(verdictLine(count([join(root, "other.json")], 0))).toBe("0 passed, 1 failed");
  });

  it("sums the reports of several runners", () => {
    const first = runVitest(root, { "a.test.js": passing });
    const second = runVitest(root, { "a.test.js": passing + failing });
    expect(verdictLine(count([first.report, second.report], second.exitCode))).toBe(
      "2 passed, 1 failed",
    );
  });

  it("is printed by the program as the only line, with an exit code that agrees", () => {
    const { report } = runVitest(root, { "a.test.js": passing });
    const program = (...args: string[]) =>
      spawnSync(process.execPath, [counter, ...args], { encoding: "utf8" });
    expect(program("0", report)).toMatchObject({ stdout: "1 passed, 0 failed\n", status: 0 });
    expect(program("1", report)).toMatchObject({ stdout: "1 passed, 1 failed\n", status: 1 });
    expect(program("0")).toMatchObject({ stdout: "0 passed, 1 failed\n", status: 1 });
  });
});
