import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const gate = join(import.meta.dirname, "../../../.ci");

const reportTo = (name: string, ...statuses: readonly string[]): string =>
  `echo '${JSON.stringify({ testResults: [{ status: "passed", assertionResults: statuses.map((status) => ({ status })) }] })}' > .ci/results/${name}.json`;

const report = (...statuses: readonly string[]): string => reportTo("vitest", ...statuses);

/** Stands for npm: answers what the gate asks, and does in `npm ci`, `verify`, `test` and `test:aws` as a case says. */
const npm = (behaviour: Readonly<Record<string, string>>): string => `#!/usr/bin/env bash
case "$1 \${2:-}" in
  "pkg get") echo '"${process.versions.node}"' ;;
  "exec --call") ${behaviour["exec"] ?? 'bash -c "$3"'} ;;
  "ci "*) ${behaviour["ci"] ?? "true"} ;;
  "run verify") ${behaviour["verify"] ?? "true"} ;;
  "run test:aws") ${behaviour["aws"] ?? [reportTo("aws"), reportTo("aws-dynamodb")].join("; ")} ;;
  "test "*) ${behaviour["test"] ?? "exit 9"} ;;
  *) exit 64 ;;
esac
`;

describe("the gate", () => {
  let checkout = "";
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "holdfast-checkout-"));
    mkdirSync(join(checkout, "bin"));
    mkdirSync(join(checkout, ".ci"));
    for (const file of ["run", "count.ts"]) cpSync(join(gate, file), join(checkout, ".ci", file));
  });
  afterEach(() => rmSync(checkout, { recursive: true, force: true }));

  const run = (behaviour: Readonly<Record<string, string>>) => {
    writeFileSync(join(checkout, "bin/npm"), npm(behaviour), { mode: 0o755 });
    const path = [join(checkout, "bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(":");
    const result = spawnSync("bash", [join(checkout, ".ci/run")], {
      encoding: "utf8",
      env: { PATH: path, HOLDFAST_URL: "http://127.0.0.1:1" },
      timeout: 15_000,
    });
    return { ...result, last: result.stdout.trimEnd().split("\n").at(-1) };
  };

  it("ends green with what the reporter counted", () => {
    const { last, status } = run({ test: report("passed", "passed", "skipped") });
    expect({ last, status }).toEqual({ last: "2 passed, 0 failed, 1 skipped", status: 0 });
  });

  it("adds what was counted on the deployed environment and on DynamoDB Local", () => {
    const aws = `${reportTo("aws", "passed", "failed")}; ${reportTo("aws-dynamodb", "passed")}; exit 1`;
    const { last, status } = run({ test: report("passed"), aws });
    expect({ last, status }).toEqual({ last: "3 passed, 1 failed", status: 1 });
  });

  it.each(["aws", "aws-dynamodb"])("fails where the report %s is missing", (missing) => {
    const aws = ["aws", "aws-dynamodb"]
      .filter((name) => name !== missing)
      .map((name) => reportTo(name));
    const { last, status } = run({ test: report("passed"), aws: aws.join("; ") });
    expect({ last, status }).toEqual({ last: "1 passed, 1 failed", status: 1 });
  });

  it.each(["ci", "verify"])("says that all failed where %s fails, and goes no further", (stage) => {
    const { last, status, stdout } = run({ [stage]: "exit 3", test: report("passed") });
    expect(last).toBe("0 passed, 1 failed");
    expect(status).not.toBe(0);
    expect(stdout).not.toContain("== tests");
  });

  it("fails where the tests end badly although the reporter saw none fail", () => {
    const { last, status } = run({ test: `${report("passed")}; exit 1` });
    expect({ last, status }).toEqual({ last: "1 passed, 1 failed", status: 1 });
  });

  it("fails where the tests leave no report", () => {
    const { last, status } = run({ test: "true" });
    expect({ last, status }).toEqual({ last: "0 passed, 1 failed", status: 1 });
  });

  it("never counts a report of an earlier run", () => {
    run({ test: report("passed") });
    expect(run({ test: "true" }).last).toBe("0 passed, 1 failed");
  });

  it("says what to do where npm scripts do not run on the pinned Node.js", () => {
    const { last, status, stderr } = run({ exec: "echo v20.1.0", test: report("passed") });
    expect(last).toBe("0 passed, 1 failed");
    expect(status).not.toBe(0);
    expect(stderr).toContain("v20.1.0");
    expect(stderr).toContain("npm rebuild node");
  });

  it("does not wait for a process that a test left behind", () => {
    const { last, status } = run({ test: `sleep 60 & ${report("passed")}` });
    expect({ last, status }).toEqual({ last: "1 passed, 0 failed", status: 0 });
  });

  it("keeps the caller's environment of Holdfast from the tests, and their input closed", () => {
    const { last } = run({
      test: `[ -z "\${HOLDFAST_URL:-}" ] && ! read -r line && ${report("passed")}`,
    });
    expect(last).toBe("1 passed, 0 failed");
  });
});
