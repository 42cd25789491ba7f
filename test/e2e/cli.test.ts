import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Endpoints, openEndpoints } from "./endpoints.ts";
import { serverUrl } from "./fixtures/server-url.ts";
import {
  type Ended,
  execute,
  holdfast,
  type Running,
  root,
  startEnvironment,
} from "./holdfast-command.ts";

let directory: string;
let data: string;
let server: Running;
let endpoints: Endpoints;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-e2e-"));
  data = join(directory, "data");
  [server, endpoints] = await Promise.all([startEnvironment(data), openEndpoints()]);
});

afterAll(async () => {
  server.child.kill("SIGKILL");
  await Promise.all([server.ended, endpoints.close()]);
  await rm(directory, { recursive: true });
});

const call = (...commandArguments: string[]): Promise<Ended> =>
  holdfast(commandArguments, { env: { HOLDFAST_DATA: data } }).ended;

const json = async <T>(...commandArguments: string[]): Promise<T> => {
  const { stdout, stderr, code } = await call(...commandArguments, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as T;
};

/** A document of its own for a test. */
const write = async (name: string, text: string): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
};

const waiting = (seconds: number): Promise<string> =>
  write(
    `wait-${seconds}.json`,
    JSON.stringify({
      kind: "Process",
      name: `wait-${seconds}`,
      definition: {
        StartAt: "Wait",
        States: { Wait: { Type: "Wait", Seconds: seconds, End: true } },
      },
    }),
  );

const lastLine = (text: string): unknown => JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");

/** True where every field that `expected` names is the same in `actual`. */
const matching = (expected: unknown): unknown => {
  if (Array.isArray(expected)) return expected.map(matching);
  if (typeof expected !== "object" || expected === null) return expected;
  const fields = Object.entries(expected).map(([name, value]) => [name, matching(value)]);
  return expect.objectContaining(Object.fromEntries(fields));
};

interface ExampleCase {
  readonly case: string;
  readonly input: unknown;
  readonly status: string;
  readonly output: unknown;
  readonly alerts?: readonly string[];
}

const casesOf = async (example: string): Promise<readonly ExampleCase[]> => {
  const text = await readFile(join(root, "examples", example, "expect.json"), "utf8");
  return JSON.parse(
    text.replace(/\{\{(\w+)\}\}/g, (_whole, name: string) => endpoints.urls[name] ?? "?"),
  ) as ExampleCase[];
};

describe("the server", () => {
  it("says where it is, where its token lies, and that it is a single one", () => {
    const output = server.output();
    expect(output).toContain("Holdfast environment PRODUCTION");
    expect(output).toMatch(/url {5}http:\/\/127\.0\.0\.1:\d+\n/);
    expect(output).toContain(`token   ${join(data, "admin.token")}\n`);
    expect(output).toContain(`data    ${data}\n`);
    expect(output).toContain("no high availability");
  });

  it("keeps its token to its owner", async () => {
    expect((await stat(join(data, "admin.token"))).mode & 0o777).toBe(0o600);
  });

  it("refuses a second server on the same data, and a port in use, and says what to do", async () => {
    const second = await call("start", "--port", "0");
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/^error {2}.+\n {7}\S.+\n$/);
    const url = serverUrl(data);
    const other = join(directory, "port-in-use");
    const taken = await call("start", "--port", new URL(url).port, "--data", other);
    expect(taken.code).toBe(2);
    expect(taken.stderr).toContain(new URL(url).port);
  });
});

describe("examples", () => {
  it.each(["hello", "service-health"])("%s give what they promise", async (example) => {
    for (const { case: title, input, status, output, alerts } of await casesOf(example)) {
      const path = join("examples", example);
      const ran = await call("run", path, "--input", JSON.stringify(input), "--json");
      const execution = lastLine(ran.stdout) as { executionId: string };
      expect(execution, title).toMatchObject({ status, output: matching(output) });
      expect(ran.code, title).toBe(0);
      if (alerts === undefined) continue;
      const raised = await json<{ title: string; executionId: string }[]>(
        "alerts",
        "--limit",
        "1000",
      );
      const own = raised.filter(({ executionId }) => executionId === execution.executionId);
      expect(own.map((alert) => alert.title).sort(), title).toEqual([...alerts].sort());
    }
  });

  it("guarded-rollout passes its tests, and every state is reached", async () => {
    const { code, stdout } = await call("test", "examples/guarded-rollout");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/8 tests passed, 0 failed, 100 %/)]);
  });

  it("guarded-rollout goes on with an approval, takes the mirror that has it, and ends in peace", async () => {
    const { missing, fast } = endpoints.urls;
    const input = { mirrors: [missing, fast], hosts: [fast], pauseSeconds: 0, watchSeconds: 1 };
    const path = "examples/guarded-rollout";
    const started = ["run", path, "--name", "go", "--detach", "--input", JSON.stringify(input)];
    expect((await call(...started)).code).toBe(0);
    const signal = ["signal", "guarded-rollout:go", "approved", "--id", "change-1"];
    const sent = await call(...signal, "--payload", '{"by": "ann"}');
    expect(sent).toMatchObject({
      code: 0,
      stdout: "guarded-rollout:go has the signal approved (change-1)\n",
    });
    expect(await json(...signal)).toMatchObject({ name: "approved", id: "change-1" });
    const followed = await call("history", "guarded-rollout:go", "--follow");
    expect(followed.stdout).toMatch(/✓ Find the release .* 2 of 2 items/);
    expect(followed.stdout).toMatch(/✓ Until healthy .* 1 iteration\n/);
    const ended = await json<{ output: unknown }>("show", "guarded-rollout:go");
    expect(ended).toMatchObject({ status: "SUCCEEDED", output: { release: fast, hosts: [fast] } });
    expect(await call(...signal.with(4, "change-2"))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has ended already"),
    });
  });

  it("guarded-rollout has done its work when it is rejected", async () => {
    const { fast } = endpoints.urls;
    const input = JSON.stringify({ mirrors: [fast], hosts: [fast] });
    await call("run", "examples/guarded-rollout", "--name", "no", "--detach", "--input", input);
    await call("signal", "guarded-rollout:no", "rejected");
    const { code, stdout } = await call("history", "guarded-rollout:no", "--follow");
    expect([code, stdout]).toEqual([1, expect.stringContaining("FAILED (completed)")]);
  });

  it("service-health tries a silent endpoint three times", async () => {
    expect(endpoints.requests.get("/silent")).toBe(3);
  });

  it("service-health copes with a thousand endpoints, and the terminal with its output", async () => {
    const urls = Array.from({ length: 1000 }, (_, index) => {
      const url = index % 100 === 99 ? endpoints.urls["failing"] : endpoints.urls["fast"];
      return { url: `${url}?${index}` };
    });
    const input = await write(
      "thousand.json",
      JSON.stringify({ endpoints: urls, concurrency: 50 }),
    );
    const { code, stdout } = await call("run", "examples/service-health", "--input", `@${input}`);
    expect(code).toBe(0);
    expect(stdout).toContain('"summary": "990 of 1000 up, 0 slow, 0 wrong status, 10 down"');
    expect(stdout).toContain("  Check endpoints  500 of 1000 items");
    expect(stdout.slice(0, stdout.indexOf("{")).split("\n").length).toBeLessThan(40);
  });

  it("service-health refuses an input that does not fit, and names the field", async () => {
    const input = '{"endpoints": [{"url": "ftp://example.com"}]}';
    const { code, stderr } = await call("run", "examples/service-health", "--input", input);
    expect(code).toBe(2);
    expect(stderr).toContain("/endpoints/0/url");
  });
});

describe("run", () => {
  it("shows states, attempts and the output on plain lines where there is no terminal", async () => {
    const input = JSON.stringify({ endpoints: [{ name: "c", url: endpoints.urls["closed"] }] });
    const { code, stdout, stderr } = await execute(
      "npx",
      ["holdfast", "run", "examples/service-health", "--input", "-", "--name", "plain"],
      { env: { HOLDFAST_DATA: data, npm_config_loglevel: "silent" }, stdin: input },
    ).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^service-health:plain {2}service-health version 1/);
    expect(stdout).toMatch(/\n {2}\[0\] ▸ Request\n/);
    expect(stdout).toMatch(
      /\[0\] ↻ Request {2}attempt 1 failed after .* retry 1 of 2 within 1\.00 s\n/,
    );
    expect(stdout).toMatch(/\[0\] ✗ Request {2}attempt 3 failed after .*: Http\.ConnectFailed: /);
    expect(stdout).toMatch(/\[0\] ! Request {2}caught Http\.ConnectFailed {2}.* {2}attempt 3\n/);
    expect(stdout).toMatch(/\n✓ Check endpoints {2}.* {2}1 of 1 item\n/);
    expect(stdout).toMatch(/\nSUCCEEDED in .*, 2 retries\n\{\n/);
  });

  it("answers the same execution to the same name and input, and refuses another input", async () => {
    const again = () => call("run", "examples/hello", "--name", "once", "--detach");
    expect((await again()).stdout).toBe("hello:once\n");
    expect((await again()).stdout).toBe("hello:once\n");
    const other = await call("run", "examples/hello", "--name", "once", "--input", '{"name":"B"}');
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("once");
  });

  it("writes one JSON line an event and then the description", async () => {
    const { stdout } = await call("run", "examples/hello", "--json");
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ id: 1, type: "ExecutionStarted" });
    expect(lines.at(-2)).toMatchObject({ type: "ExecutionSucceeded" });
    expect(lines.at(-1)).toMatchObject({ status: "SUCCEEDED", process: "hello" });
  });

  it("exits with 1 when the execution fails, and says where, why and what to look at", async () => {
    const path = await write(
      "failing.yaml",
      "kind: Process\nname: failing\ndefinition:\n  StartAt: Give up\n  States:\n" +
        "    Give up: { Type: Fail, Error: TooHard, Cause: It is late }\n",
    );
    const { code, stdout } = await call("run", path);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /\nFAILED in .*\n {2}state {2}Give up\n {2}error {2}TooHard\n {2}cause {2}It is late\n/,
    );
    expect(stdout).toMatch(
      / {2}next {3}npx holdfast history failing:\S+\n {2}or {5}npx holdfast redrive failing:\S+\n$/,
    );
  });

  it("shows what a restart from a state would do, and does it with the mended process", async () => {
    const document = (text: string) =>
      "kind: Process\nname: mended\ndefinition:\n  StartAt: First\n  States:\n" +
      "    First: { Type: Task, Resource: 'holdfast:core:echo', Parameters: { a: 1 }, Next: Write }\n" +
      `    Write: { Type: Task, Resource: 'holdfast:file:write', Parameters: { path: mended.txt, text: ${text} }, End: true }\n`;
    await call("run", await write("mended.yaml", document("[]")), "--name", "first");
    await call("deploy", await write("mended.yaml", document("done")));
    const restart = ["restart", "mended:first", "--from", "Write", "--process-version", "newest"];
    const asked = await call(...restart);
    expect(asked.code).toBe(2);
    expect(asked.stdout).toContain(
      'mended:first again from the state "Write", with mended version 2',
    );
    expect(asked.stdout).toMatch(/Write +Task +holdfast:file:write +1 time +may be repeated/);
    expect(asked.stdout).toContain('although it had run before: "Write".');
    expect(asked.stderr).toContain("--yes");
    expect(await json(...restart, "--preview")).toMatchObject({ version: 2, input: { a: 1 } });
    expect((await call("show", "mended:first")).stdout).not.toContain("restarts");
    const done = await call(...restart, "--name", "second", "--yes");
    expect(done.stdout).toContain("mended:second does mended:first again from there");
    await call("history", "mended:second", "--follow");
    expect((await call("show", "mended:second")).stdout).toMatch(
      /began at +Write\nrestart of +mended:first\nstatus +SUCCEEDED\n/,
    );
    expect((await call("show", "mended:first")).stdout).toMatch(/restarts +mended:second\n/);
    const nowhere = await call("restart", "mended:first", "--yes");
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining("--from")]);
    expect((await call("run", "examples/hello", "--start-point", "none")).stderr).toContain(
      "no start point",
    );
  });

  it("says that a process which ended with no has done its work", async () => {
    const path = await write(
      "asking.yaml",
      "kind: Process\nname: asking\ndefinition:\n  StartAt: No\n  States:\n" +
        "    No: { Type: Fail, Error: Refused, Orchestration: { Completed: true } }\n",
    );
    const { code, stdout } = await call("run", path, "--name", "asked");
    expect([code, stdout]).toEqual([1, expect.stringMatching(/\nFAILED \(completed\) in /)]);
    expect((await call("show", "asking:asked")).stdout).toMatch(/status +FAILED \(completed\)\n/);
    expect((await call("ps", "--process", "asking")).stdout).toMatch(
      /asking:asked +1 +FAILED \(completed\) .* Refused\n/,
    );
    const summary = { status: "FAILED", outcome: "failed (completed)" };
    expect(await json("ps", "--process", "asking")).toMatchObject([summary]);
  });

  it("exits with 2 and each finding's place when the document is refused", async () => {
    const path = await write(
      "refused.yaml",
      "kind: Process\nname: refused\ndefinition:\n  StartAt: A\n  States:\n    A: { Type: Pass, Nxt: B }\n",
    );
    for (const command of ["run", "deploy"]) {
      const { code, stderr, stdout } = await call(command, path);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/refused\.yaml:6:\d+ {2}.*"Nxt"/);
      expect(stderr).not.toContain("    at ");
    }
    const validated = await call("validate", path);
    expect(validated.code).toBe(2);
    expect(validated.stdout).toMatch(/refused\.yaml:6:\d+ {2}.*"Nxt"/);
  });

  it.each([
    ["a wrong command", ["pss"], "Did you mean ps?"],
    ["an input that is not JSON", ["run", "examples/hello", "--input", "{"], "is not JSON"],
    ["a document that is not there", ["deploy", "nowhere.yaml"], "it does not exist"],
    ["a directory without one", ["deploy", "docs"], "no process.yaml"],
    ["an execution that is not there", ["show", "hello:nobody"], "hello:nobody"],
    ["no environment", ["ps", "--data", "nowhere"], "npx holdfast start --data nowhere"],
    ["no token", ["ps", "--url", "http://127.0.0.1:9"], "HOLDFAST_TOKEN"],
  ])("exits with 2 on %s, with what to do", async (_what, commandArguments, text) => {
    const { code, stderr } = await call(...commandArguments);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });

  it("says that the token is wrong", async () => {
    const url = serverUrl(data);
    const env = { HOLDFAST_URL: url, HOLDFAST_TOKEN: "wrong" };
    const { code, stderr } = await holdfast(["ps"], { env }).ended;
    expect(code).toBe(2);
    expect(stderr).toContain("refuses the access token");
  });
});

const hasPseudoTerminals = spawnSync("script", ["--version"]).status === 0;

/** Runs a shell line in a pseudo-terminal of 80 columns. */
const inTerminal = (line: string, env: Readonly<Record<string, string>> = {}): Running =>
  execute("script", ["-qfec", `stty cols 80 rows 24; ${line}`, "/dev/null"], {
    env: { HOLDFAST_DATA: data, TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    stdin: "open",
  });

describe.runIf(hasPseudoTerminals)("a terminal", () => {
  const command = `'${process.execPath}' cli/bin.js`;

  it("shows what runs and how far the Map state is, and in the end what stays", async () => {
    const input = JSON.stringify({
      endpoints: [{ url: endpoints.urls["held"] }, { url: endpoints.urls["fast"] }],
      concurrency: 1,
    });
    const terminal = inTerminal(`${command} run examples/service-health --input '${input}'`);
    await terminal.shows("0 of 2 items, 1 running");
    endpoints.letGo();
    const shown = await terminal.ended;
    expect(shown.stdout).toMatch(/░ {0,3}.*0 of 2 items, 1 running/);
    expect(shown.stdout).toMatch(/\[0\] . Request/);
    expect(shown.stdout).toContain("\u001b[32mSUCCEEDED\u001b[39m in");
    expect(shown.stdout.lastIndexOf("\u001b[?25h")).toBeGreaterThan(
      shown.stdout.lastIndexOf("\u001b[?25l"),
    );
  });

  it("has no colours where NO_COLOR is set", async () => {
    const shown = await inTerminal(`${command} run examples/hello`, { NO_COLOR: "1" }).ended;
    expect(shown.stdout).toContain("SUCCEEDED in");
    expect(shown.stdout).not.toContain("\u001b[32m");
  });

  it("lets go on Ctrl-C, and the execution goes on", async () => {
    const line = `${command} run ${await waiting(60)} --name left; echo "code $?"`;
    // Ctrl-C goes to the shell, too: one that sets no trap, such as dash, dies of it.
    const terminal = inTerminal(`trap : INT; ${line}`);
    await terminal.shows(" Wait");
    terminal.child.stdin?.write("\u0003");
    await terminal.shows("wait-60:left goes on without this terminal");
    await terminal.shows("code 3");
    const { status } = await json<{ status: string }>("show", "wait-60:left");
    expect(status).toBe("RUNNING");
    await call("stop", "wait-60:left");
  });
});

describe("detaching and attaching", () => {
  it("leaves the execution running on SIGINT, with exit code 3; stop ends it", async () => {
    const path = await waiting(61);
    const env = { HOLDFAST_DATA: data };
    const watching = holdfast(["run", path, "--name", "kept"], { env });
    await watching.shows("▸ Wait");
    watching.child.kill("SIGINT");
    const { code, stderr } = await watching.ended;
    expect(code).toBe(3);
    expect(stderr).toContain("npx holdfast stop wait-61:kept");
    const running = await json<{ executionId: string }[]>("ps", "--status", "RUNNING");
    expect(running).toEqual([
      expect.objectContaining({ executionId: "wait-61:kept", waitingFor: expect.anything() }),
    ]);

    const attached = holdfast(["history", "wait-61:kept", "--follow"], { env });
    await attached.shows("▸ Wait");
    const stopped = await call("stop", "wait-61:kept", "--error", "Enough", "--cause", "test");
    expect(stopped.stdout).toBe("wait-61:kept is ABORTED\n");
    const end = await attached.ended;
    expect(end.code).toBe(1);
    expect(end.stdout).toMatch(/ABORTED in .*\n {2}error {2}Enough\n {2}cause {2}test\n/);
    expect((await call("stop", "wait-61:kept")).code).toBe(2);
  });

  it("goes on watching when the server is killed and comes back elsewhere", async () => {
    const own = join(directory, "killed");
    const first = await startEnvironment(own);
    const watching = holdfast(["run", await waiting(3)], { env: { HOLDFAST_DATA: own } });
    await watching.shows("▸ Wait");
    first.child.kill("SIGKILL");
    await first.ended;
    await watching.shows("The environment is away");
    const second = await startEnvironment(own);
    const { code, stdout } = await watching.ended;
    expect(code).toBe(0);
    expect(stdout.match(/▸ Wait/g)).toHaveLength(1);
    expect(stdout).toContain("SUCCEEDED in");
    second.child.kill("SIGTERM");
    expect((await second.ended).code).toBe(0);
  });
});

describe("looking", () => {
  it("lists processes and executions, and describes one with its history", async () => {
    await call("run", "examples/hello", "--name", "seen", "--input", '{"name": "Eve"}');
    expect((await call("processes")).stdout).toMatch(/^PROCESS .*\n(.*\n)*hello +1 /);
    expect((await call("ps", "--process", "hello", "--limit", "1")).stdout).toMatch(
      /^EXECUTION .*\nhello:seen +1 +SUCCEEDED /,
    );
    const shown = await call("show", "hello:seen");
    expect(shown.stdout).toContain('"greeting": "Hello, Eve!"');
    const history = await call("history", "hello:seen");
    expect(history.stdout).toMatch(/^ {4}1 .* ExecutionStarted +\{/);
    expect(history.stdout).toMatch(/ExecutionSucceeded/);
    const all = await json<unknown[]>("ps", "--all");
    expect(all.length).toBeGreaterThan(5);
  });

  it("deploys a changed document as a new version only", async () => {
    const text =
      "kind: Process\nname: twice\ndefinition:\n  StartAt: First\n  States:\n    First: { Type: Succeed }\n";
    const path = await write("twice.yaml", text);
    expect((await call("deploy", path)).stdout).toBe("twice version 1 (new)\n");
    expect((await call("deploy", path)).stdout).toBe("twice version 1 (as deployed before)\n");
    await writeFile(path, text.replaceAll("First", "Second"));
    expect((await call("deploy", path)).stdout).toBe("twice version 2 (new)\n");
  });

  it("shows and closes an alert", async () => {
    const input = JSON.stringify({ endpoints: [{ name: "x", url: endpoints.urls["failing"] }] });
    await call("run", "examples/service-health", "--input", input);
    const [alert] = await json<{ alertId: string }[]>("alerts", "--status", "open");
    const id = alert?.alertId ?? "";
    expect((await call("alert", "show", id)).stdout).toContain("x is down");
    expect((await call("alert", "close", id, "--reason", "fixed")).stdout).toBe(
      `${id} is closed\n`,
    );
    const closed = await json<{ alertId: string }[]>("alerts", "--status", "closed");
    expect(closed).toEqual([expect.objectContaining({ alertId: id, closeReason: "fixed" })]);
  });
});

describe("answering", () => {
  const asking = (name: string): Promise<string> =>
    write(
      `${name}.yaml`,
      `kind: Process
name: ${name}
definition:
  QueryLanguage: JSONata
  StartAt: Ask
  States:
    Ask:
      Type: Task
      Resource: holdfast:file:append.waitForTaskToken
      Arguments: {path: '${name}.token', line: '{% $states.context.Task.Token %}'}
      HeartbeatSeconds: 600
      End: true
`,
    );
  const tokenOf = (name: string): string => `@${join(data, "files", `${name}.token`)}`;
  const ask = async (name: string): Promise<void> => {
    await call("run", await asking(name), "--name", "a", "--detach");
    await expect
      .poll(async () => (await call("ps", "--waiting-for", "callback")).stdout)
      .toMatch(new RegExp(`${name}:a .* RUNNING .*callback in Ask, `));
  };

  it("sends the result, and says who waits since when", async () => {
    await ask("approve");
    expect((await call("show", "approve:a")).stdout).toMatch(/waits for +callback in Ask, since 2/);
    const beat = await call("answer", tokenOf("approve"), "--heartbeat");
    expect(beat.stdout).toBe("Ask of approve:a is alive\n");
    const token = await readFile(tokenOf("approve").slice(1), "utf8");
    const answer = ["answer", "-", "--output", '{"approved": 1.0}'];
    const piped = await holdfast(answer, { env: { HOLDFAST_DATA: data }, stdin: token }).ended;
    expect(piped).toEqual({ code: 0, stdout: "Ask of approve:a has succeeded\n", stderr: "" });
    expect((await call("show", "approve:a", "--json")).stdout).toContain('"approved":1.0');
    const late = await call("answer", tokenOf("approve"));
    expect(late.code).toBe(2);
    expect(late.stderr).toContain("no activity of approve:a waits for this token (any more)");
    expect(late.stderr).not.toContain(token.trim());
  });

  it("sends a failure with its error and cause", async () => {
    await ask("decline");
    const answer = await call(
      "answer",
      tokenOf("decline"),
      "--error",
      "Declined",
      "--cause",
      "too expensive",
    );
    expect(answer.stdout).toBe("Ask of decline:a has failed\n");
    expect(await json("show", "decline:a")).toMatchObject({
      status: "FAILED",
      error: "Declined",
      cause: "too expensive",
    });
  });

  it("refuses what is no token, and what says two things at once", async () => {
    expect((await call("answer", "nonsense")).stderr).toContain("this is not a task token");
    expect((await call("answer", "@nowhere")).stderr).toContain("Cannot read the token");
    const both = await call("answer", "x", "--output", "{}", "--error", "No");
    expect(both.code).toBe(2);
    expect(both.stderr).toContain("cannot be used with");
  });
});

describe("backup", () => {
  it("copies what a running server has, and a server on the copy shows it", async () => {
    await call("run", "examples/hello", "--name", "kept-safe");
    const backup = join(directory, "backup");
    const restored = join(directory, "restored");
    expect(await call("backup", backup)).toMatchObject({ code: 0, stderr: "" });
    expect((await call("backup", backup)).code).toBe(2);
    expect(await call("restore", backup, "--data", restored)).toMatchObject({
      code: 0,
      stderr: "",
    });
    const copy = await startEnvironment(restored);
    const { code, stdout } = await call("show", "hello:kept-safe", "--data", restored);
    expect({ code, greeting: stdout.includes("Hello, world!") }).toEqual({
      code: 0,
      greeting: true,
    });
    copy.child.kill("SIGINT");
    expect((await copy.ended).code).toBe(0);
  });
});

/** A Node.js of the machine that is too old for Holdfast itself. */
const oldNode = (process.env["PATH"] ?? "")
  .split(":")
  .map((folder) => join(folder, "node"))
  .find((path) =>
    /^v2[0-3]\./.test(spawnSync(path, ["--version"], { encoding: "utf8" }).stdout ?? ""),
  );

describe.runIf(oldNode)("on an older Node.js", () => {
  it("gives way to the pinned one, with exit codes and signals", async () => {
    const env = { HOLDFAST_DATA: data };
    const bin = join(root, "cli/bin.js");
    expect(await execute(oldNode ?? "", [bin, "pss"], { env }).ended).toMatchObject({ code: 2 });
    const watching = execute(oldNode ?? "", [bin, "run", await waiting(62)], { env });
    await watching.shows("▸ Wait");
    watching.child.kill("SIGINT");
    expect((await watching.ended).code).toBe(3);
  });
});
