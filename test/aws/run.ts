/**
 * `npm run test:aws [-- --reports DIRECTORY] [FILTER...]`: deploys an environment to an emulator of AWS with
 * the real CDK command, drives it through its API, and proves that each function may do what it does and nothing else.
 * Then the contract of the platform on Amazon's DynamoDB Local. With `--reports` both leave a report in JSON.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { emulatorPython, MissingProgram, mustHave, startEmulator } from "./emulator.ts";
import { startRecorder } from "./recorder.ts";
import type { Testbed } from "./testbed.ts";

const vitest = join(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);

const local = fileURLToPath(new URL("./dynamodb-local.ts", import.meta.url));
const config = fileURLToPath(new URL("./vitest.config.ts", import.meta.url));

const runNode = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> => {
  const child = spawn(process.execPath, args, {
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  process.once("exit", () => child.kill());
  return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
};

const reporting = (reports: string | undefined, name: string): readonly string[] =>
  reports === undefined
    ? []
    : [
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${join(reports, `${name}.json`)}`,
      ];

/** Runs `work` with an emulated account, which is gone afterwards. */
const withTestbed = async (work: (testbed: Testbed) => Promise<number>): Promise<number> => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-deployed-"));
  const callsFile = join(directory, "calls.jsonl");
  const clockFile = join(directory, "clock-ahead-ms");
  const standInFile = join(directory, "stand-in");
  writeFileSync(callsFile, "");
  writeFileSync(clockFile, "0");
  writeFileSync(standInFile, "");
  let emulatorPort = 0;
  const recorder = await startRecorder({ callsFile, standInFile, portOf: () => emulatorPort });
  try {
    const emulator = await startEmulator({ publicPort: recorder.port, directory, clockFile });
    emulatorPort = emulator.port;
    try {
      const endpoint = `http://127.0.0.1:${recorder.port}`;
      return await work({ endpoint, directory, callsFile, clockFile, standInFile });
    } finally {
      await emulator.close();
    }
  } finally {
    await recorder.close();
    if (process.env["HOLDFAST_KEEP_TESTBED"] === undefined)
      rmSync(directory, { recursive: true, force: true });
    else console.error(`kept: ${directory}`);
  }
};

const run = async (reports: string | undefined, args: readonly string[]): Promise<number> => {
  emulatorPython();
  mustHave("java", ["-version"], "A Java runtime, for DynamoDB Local,");
  const deployed = await withTestbed((testbed) =>
    runNode([vitest, "run", "--config", config, ...reporting(reports, "aws"), ...args], {
      HOLDFAST_AWS_TESTBED: JSON.stringify(testbed),
    }),
  );
  const contract = await runNode([local, ...reporting(reports, "aws-dynamodb"), ...args]);
  return Math.max(deployed, contract);
};

// Whoever is asked to end ends what it has started, too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  const { values, positionals } = parseArgs({
    options: { reports: { type: "string" } },
    allowPositionals: true,
  });
  const reports = values["reports"];
  process.exitCode = await run(typeof reports === "string" ? reports : undefined, positionals);
} catch (error) {
  console.error(error instanceof MissingProgram ? error.message : error);
  process.exitCode = 1;
}
