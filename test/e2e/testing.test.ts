/** `holdfast test`, `test-state` and `record`, as a process author uses them. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Endpoints, openEndpoints } from "./endpoints.ts";
import { type Ended, holdfast, type Running, root, startEnvironment } from "./holdfast-command.ts";

let directory: string;
let endpoints: Endpoints;
let server: Running;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-testing-"));
  [server, endpoints] = await Promise.all([
    startEnvironment(join(directory, "data")),
    openEndpoints(),
  ]);
});

afterAll(async () => {
  server.child.kill("SIGKILL");
  await Promise.all([server.ended, endpoints.close()]);
  await rm(directory, { recursive: true });
});

const call = (...commandArguments: string[]): Promise<Ended> =>
  holdfast(commandArguments, { env: { HOLDFAST_DATA: join(directory, "data") } }).ended;

/** A copy of an example to break. */
const copyOf = async (example: string, name: string): Promise<string> => {
  const path = join(directory, name);
  await cp(join(root, "examples", example), path, { recursive: true });
  return path;
};

const rewrite = async (path: string, from: string, to: string): Promise<void> => {
  const text = await readFile(path, "utf8");
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
};

describe("the tests beside the examples", () => {
  test("pass and cover everything", async () => {
    const { code, stdout } = await call("test", "examples", "--min-coverage", "100", "--json");
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ failed: 0, coverage: 100, neverReached: [], unusedMocks: [] });
    expect(report.passed).toBeGreaterThanOrEqual(9);
    expect(report.processes).toContainEqual({
      file: join("examples", "service-health", "process.yaml"),
      coverage: 100,
      states: { reached: 9, total: 9 },
      choices: { reached: 4, total: 4 },
      retries: { reached: 2, total: 2 },
      catches: { reached: 1, total: 1 },
    });
    expect(code).toBe(0);
  });

  test("fail where the process is broken, with the place of the test and the way that it went", async () => {
    const path = await copyOf("hello", "broken");
    await rewrite(join(path, "process.yaml"), "waitSeconds > 0", "waitSeconds < 0");
    const { code, stdout } = await call("test", path);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `  FAIL  waits as long as it is asked to, which takes no time here  ${join(path, "process.test.yaml")}:9`,
    );
    expect(stdout).toContain("went through Greet > In a hurry? > Done");
    expect(stdout).toMatch(/process\.yaml:\d+ {2}rule 1 of In a hurry\?, to Take a breath/);
    expect(stdout).toContain("2 tests passed, 1 failed, 66 % covered");
  });

  test("are JUnit XML for whoever reads that", async () => {
    const path = await copyOf("hello", "junit");
    await rewrite(join(path, "process.test.yaml"), "Hello, world!", "Hello & <bye>");
    const { code, stdout } = await call("test", path, "--reporter", "junit");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites /);
    expect(stdout).toContain('tests="3" failures="1"');
    expect(stdout.match(/<testcase /g)).toHaveLength(3);
    expect(stdout).toContain("Hello &amp; &lt;bye&gt;");
    expect(stdout).not.toContain("<bye>");
  });

  test("fail where less is covered than asked for", async () => {
    const path = join("examples", "service-health");
    const only = ["--only", "empty list", "--min-coverage", "50"];
    const { code, stdout, stderr } = await call("test", path, ...only);
    expect(stdout).toContain("1 test passed, 0 failed");
    expect(stderr).toMatch(/^\d+ % is less than --min-coverage 50\n$/);
    expect(code).toBe(1);
  });

  test("are not run where one names a state that there is not", async () => {
    const path = await copyOf("service-health", "misspelt");
    await rewrite(join(path, "process.test.yaml"), "- state: Request", "- state: Requset");
    const { code, stderr, stdout } = await call("test", path);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /process\.test\.yaml:6:5 {2}the process has no state "Requset"; did you mean "Request"\?/,
    );
  });
});

describe("record", () => {
  const recordInto = async (execution: string, name: string) => {
    const to = join(directory, name);
    await mkdir(to);
    const recorded = await call("record", execution, "--to", to);
    return { to, recorded };
  };

  test("writes an execution as a test that passes, without its secrets", async () => {
    const { fast, failing } = endpoints.urls;
    const input = { endpoints: [{ url: `${fast}?token=open-sesame` }, { url: failing }] };
    const run = ["run", "examples/service-health", "--input", JSON.stringify(input)];
    expect((await call(...run, "--name", "recorded")).code).toBe(0);
    const { to, recorded } = await recordInto("service-health:recorded", "recorded");
    expect(recorded).toMatchObject({ code: 0, stderr: "" });
    expect(recorded.stdout).toContain("  ok    goes as service-health:recorded did");
    const text = await readFile(join(to, "recorded.test.yaml"), "utf8");
    expect(text).not.toContain("open-sesame");
    expect(text).toContain("token=***");
    expect(await call("test", to)).toMatchObject({ code: 0 });
  });

  test("never writes over a file", async () => {
    const again = await call(
      "record",
      "service-health:recorded",
      "--to",
      join(directory, "recorded"),
    );
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("recorded.test.yaml is there already");
  });

  test("takes a failed execution with its error, and a map run by what came of it", async () => {
    const document = join(directory, "batch.json");
    const definition = {
      QueryLanguage: "JSONata",
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          Items: "{% $states.input.items %}",
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
            StartAt: "Twice",
            States: { Twice: { Type: "Pass", Output: "{% $states.input * 2 %}", End: true } },
          },
          Next: "Judge",
        },
        Judge: {
          Type: "Choice",
          Choices: [{ Condition: "{% $sum($states.input) > 10 %}", Next: "Too much" }],
          Default: "Enough",
        },
        "Too much": { Type: "Fail", Error: "TooMuch", Cause: "{% $string($states.input) %}" },
        Enough: { Type: "Succeed" },
      },
    };
    await writeFile(document, JSON.stringify({ kind: "Process", name: "batch", definition }));
    const run = await call("run", document, "--name", "much", "--input", '{"items":[5,6]}');
    expect(run.code).toBe(1);
    const { to, recorded } = await recordInto("batch:much", "batch");
    expect(recorded.code).toBe(0);
    const text = await readFile(join(to, "much.test.yaml"), "utf8");
    expect(text).toContain('state: "Each"\n        result: [10,12]');
    expect(text).toContain('error: "TooMuch"\n      cause: "[10,12]"');
  });

  test("refuses an execution that has not ended", async () => {
    const input = JSON.stringify({ waitSeconds: 3600 });
    await call("run", "examples/hello", "--input", input, "--name", "waits", "--detach");
    const { code, stderr } = await call("record", "hello:waits", "--to", directory);
    expect(code).toBe(2);
    expect(stderr).toContain("hello:waits is RUNNING");
  });
});

describe("test-state", () => {
  const process = join("examples", "service-health", "process.yaml");
  const input = '{"method":"GET","url":"http://a/"}';

  test("shows what a state would call, and calls nothing", async () => {
    const variables = '{"timeoutSeconds":3}';
    const shown = await call(
      ...["test-state", process, "--state", "Request", "--input", input, "--variables", variables],
    );
    expect(shown.code).toBe(2);
    expect(shown.stdout).toContain('"url": "http://a/"');
    expect(shown.stderr).toContain("The state calls holdfast:http:request, and nothing is called");
  });

  test("goes on with what a mock answers", async () => {
    const shown = await call(
      ...["test-state", process, "--state", "Request", "--input", input, "--json"],
      ...["--variables", '{"timeoutSeconds":3}', "--mock-error", "Http.Refused"],
    );
    expect(JSON.parse(shown.stdout)).toMatchObject({
      status: "CAUGHT_ERROR",
      error: "Http.Refused",
      nextState: "Down",
    });
    expect(shown.code).toBe(0);
  });

  test("says what a state that there is not may have been meant for", async () => {
    const { code, stderr } = await call("test-state", process, "--state", "Requset");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error  ${process} has no state "Requset"; did you mean "Request"?\n`,
    });
  });
});
