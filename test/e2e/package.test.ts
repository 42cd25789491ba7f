import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { awsServers, type awsServers as Servers } from "../unit/adapters/aws-servers.ts";
import { type Ended, execute, root } from "./holdfast-command.ts";

let directory: string;
let project: string;

const npm = async (cwd: string, ...commandArguments: string[]): Promise<string> => {
  const { code, stdout, stderr } = await execute("npm", commandArguments, { cwd }).ended;
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

const installed = (): string => join(project, "node_modules/.bin/holdfast");

const call = (...commandArguments: string[]): Promise<Ended> =>
  execute(process.execPath, [installed(), ...commandArguments], { cwd: project }).ended;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-package-"));
  project = join(directory, "project");
  await npm(root, "pack", "--pack-destination", directory);
  const [tarball = ""] = (await readdir(directory)).filter((name) => name.endsWith(".tgz"));
  await mkdir(project);
  await writeFile(join(project, "package.json"), "{}");
  // With an empty cache and no registry: what the package needs must be in it.
  const offline = ["--offline", "--cache", join(directory, "cache"), "--omit=optional"];
  await npm(project, "install", ...offline, join(directory, tarball));
});

afterAll(() => rm(directory, { recursive: true }));

it("brings all that it needs along, with the licences", async () => {
  expect(
    (await readdir(join(project, "node_modules"))).filter((name) => !name.startsWith(".")),
  ).toEqual(["holdfast"]);
  const holdfast = join(project, "node_modules/holdfast");
  const licences = await readFile(join(holdfast, "dist/LICENSES.txt"), "utf8");
  for (const name of ["commander", "jsonata", "rou3", "undici", "yaml", "zod"]) {
    expect(licences).toContain(`\n${name} `);
  }
});

it("runs the server and every kind of command where it is installed", async () => {
  const server = execute(process.execPath, [installed(), "start", "--port", "0"], { cwd: project });
  await server.shows("Ready.");
  const hello = join(project, "node_modules/holdfast/examples/hello");
  const ran = await call("run", hello, "--name", "first");
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: "" });
  expect(ran.stdout).toContain('"greeting": "Hello, world!"');
  const health = '{"endpoints": [{"url": "http://127.0.0.1:9/"}]}';
  const checked = await call(
    "run",
    join(dirname(hello), "service-health"),
    "--input",
    health,
    "--json",
  );
  expect(checked.code).toBe(0);
  expect((await call("ps")).stdout).toContain("hello:first");
  expect((await call("alerts")).stdout).toContain("http://127.0.0.1:9/ is down");
  expect((await call("backup", "copy")).code).toBe(0);
  expect((await call("restore", "copy", "--data", "restored")).code).toBe(0);
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
});

it("starts in little more than Node.js itself needs", async () => {
  const ours: number[] = [];
  const plain: number[] = [];
  const timed = async (times: number[], start: () => Promise<{ readonly stdout: string }>) => {
    const startedAt = performance.now();
    const { stdout } = await start();
    times.push(performance.now() - startedAt);
    return stdout;
  };
  for (let round = 0; round < 5; round += 1) {
    expect(await timed(ours, () => call("--version"))).toMatch(/^\d+\.\d+\.\d+\n$/);
    await timed(plain, () => execute(process.execPath, ["--eval", "0"]).ended);
  }
  expect(Math.min(...ours)).toBeLessThan(10 * Math.min(...plain));
});

it("calls AWS by the clients that lie beside it, and says how to get one that does not", async () => {
  const servers: Awaited<ReturnType<typeof Servers>> = await awsServers();
  const start = ["start", "--port", "0", "--data", "aws"];
  const running = { cwd: project, env: servers.variables };
  const server = execute(process.execPath, [installed(), ...start], running);
  await server.shows("Ready.");
  const QueueUrl = servers.queues.createQueue("q").queueUrl;
  const Send = {
    Type: "Task",
    Resource: "arn:aws:states:::sqs:sendMessage",
    Parameters: { QueueUrl, MessageBody: "from the package" },
    End: true,
  };
  const document = {
    kind: "Process",
    name: "send",
    definition: { StartAt: "Send", States: { Send } },
  };
  await writeFile(join(project, "send.json"), JSON.stringify(document));
  const without = await call("run", "send.json", "--data", "aws");
  expect(without.stdout).toContain("npm install @aws-sdk/client-sqs");
  // What npm install would do, but for the download.
  await symlink(join(root, "node_modules/@aws-sdk"), join(project, "node_modules/@aws-sdk"));
  const { code, stdout } = await call("run", "send.json", "--data", "aws");
  expect(code, stdout).toBe(0);
  const [message] = servers.queues.inspectQueue("q")?.messages.ready ?? [];
  expect(message?.body).toBe("from the package");
  server.child.kill("SIGTERM");
  await server.ended;
  await servers.close();
});
