/** Documents and inputs that a user gets wrong: what is said, what to do next, and that nothing comes of it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { badDocuments } from "./fixtures/bad-documents.ts";
import { type Ended, holdfast, type Running, startEnvironment } from "./holdfast-command.ts";

let directory: string;
let data: string;
let server: Running;

const call = (commandArguments: readonly string[], stdin = ""): Promise<Ended> =>
  holdfast(commandArguments, { env: { HOLDFAST_DATA: data }, cwd: directory, stdin }).ended;

const json = async (...commandArguments: string[]) => {
  const { stdout, stderr, code } = await call([...commandArguments, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
};

const write = async (name: string, content: string | Uint8Array): Promise<string> => {
  await writeFile(join(directory, name), content);
  return name;
};

const names = (found: { name: string }[]): readonly string[] => found.map(({ name }) => name);

/** Counts for ever, a second at a time. */
const ticking = `
kind: Process
name: ticking
definition:
  QueryLanguage: JSONata
  StartAt: Rest
  States:
    Rest: { Type: Wait, Seconds: 1, Next: Is it over }
    Is it over:
      Type: Choice
      Choices: [{ Condition: '{% $states.input.isOver = true %}', Next: Over }]
      Default: Rest
    Over: { Type: Succeed }
`;

const fitting = `
kind: Process
name: fitting
inputSchema: { type: object, required: [count], properties: { count: { type: number } } }
definition: { StartAt: A, States: { A: { Type: Succeed } } }
`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-bad-"));
  data = join(directory, "data");
  server = await startEnvironment(data);
  await call(["run", await write("ticking.yaml", ticking), "--name", "before", "--detach"]);
  await call(["deploy", await write("fitting.yaml", fitting)]);
});

afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await rm(directory, { recursive: true });
});

describe("a process document", () => {
  it.each(badDocuments)(
    "with $what is refused with its place and what to write",
    async ({ name, text, findings }) => {
      await write(name, text);
      const found = findings.map((finding) => `${name}${finding}\n`).join("");
      const count = findings.length === 1 ? "1 error" : `${findings.length} errors`;
      for (const command of ["deploy", "run"])
        expect(await call([command, name])).toEqual({
          code: 2,
          stdout: "",
          stderr: `${found}error  ${name} is not deployed: ${count}\n`,
        });
      expect(await call(["validate", name])).toEqual({
        code: 2,
        stdout: `${found}${name}: ${count}\n`,
        stderr: "",
      });
      expect(names(await json("processes"))).toEqual(["fitting", "ticking"]);
    },
  );

  it.each(
    [
      [
        "that is not text",
        ["deploy", "latin1.yaml"],
        "Cannot read the process document latin1.yaml: it is not text in UTF-8",
        "Save it as UTF-8",
      ],
      [
        "that is not there",
        ["deploy", "nowhere.yaml"],
        "Cannot read the process document nowhere.yaml: it does not exist",
        "Name a YAML or JSON file with a process, or a directory that holds one",
      ],
      [
        "in a directory without one",
        ["deploy", "."],
        "There is no process.yaml, process.yml or process.json in .",
        "Name the document itself, or a directory that holds one",
      ],
      [
        "that is larger than a request may be",
        ["deploy", "huge.yaml"],
        "The body is larger than 1114112 bytes.",
        "Send less: pass the path or URL of large data instead of the data; split a large process.",
      ],
    ].map(([what, commandArguments, message, next]) => ({ what, commandArguments, message, next })),
  )("$what is not deployed", async ({ commandArguments, message, next }) => {
    await write("latin1.yaml", Uint8Array.of(0x6e, 0xe4, 0x68, 0x65));
    await write("huge.yaml", `#${"-".repeat(30_000_000)}`);
    expect(await call(commandArguments as string[])).toEqual({
      code: 2,
      stdout: "",
      stderr: `error  ${message}\n       ${next}\n`,
    });
    expect(names(await json("processes"))).toEqual(["fitting", "ticking"]);
  });
});

const howTo = "Write JSON text, @FILE for a file, or - for standard input: --input '{\"key\": 1}'";
const lookAt = "Look at the path and at who may read it";

describe("an input", () => {
  it.each(
    [
      [
        "that is not JSON",
        "{count: 1}",
        "--input from the command line is not JSON: Expected property name or '}' in line 1, column 2",
        howTo,
      ],
      ["that is empty", "", "--input from the command line is not JSON: it is empty", howTo],
      [
        "in a file that is not JSON",
        "@comma.json",
        "--input from comma.json is not JSON: Expected double-quoted property name in line 2, column 1",
        howTo,
      ],
      [
        "in a file that is not there",
        "@nowhere.json",
        "Cannot read the JSON of --input in nowhere.json: it does not exist",
        lookAt,
      ],
      [
        "in a directory",
        "@data",
        "Cannot read the JSON of --input in data: it is a directory, not a file",
        lookAt,
      ],
      [
        "in a file that is not text",
        "@binary.json",
        "Cannot read the JSON of --input in binary.json: it is not text in UTF-8",
        "Save it as UTF-8",
      ],
      ["in a file without a name", "@", "--input names no file after the @", howTo],
      [
        "on standard input that is not JSON",
        "-",
        "--input from standard input is not JSON: Unexpected token 'o', \"nonsense\" is not valid JSON",
        howTo,
      ],
      [
        "that does not fit the process",
        '{"count": "many"}',
        "The input does not fit fitting version 1: /count must be number.",
        "Change the fields of the input that are named; the inputSchema of the process says what fits.",
      ],
      [
        "that is larger than a request may be",
        "@large.json",
        "The body is larger than 1114112 bytes.",
        "Send less: pass the path or URL of large data instead of the data; split a large process.",
      ],
      [
        "that is nested too deep",
        "@deep.json",
        "The body is nested deeper than 128 levels.",
        "Correct what is named and send again.",
      ],
      [
        "that is nested too deep to be sent",
        "@deeper.json",
        "What is to be sent is nested too deep",
        "Nest the input less deep; an environment takes 128 levels",
      ],
    ].map(([what, input, message, next]) => ({ what, input, message, next })),
  )("$what starts nothing", async ({ input, message, next }) => {
    await write("comma.json", '{"count": 1,\n}');
    await write("binary.json", Uint8Array.of(0xff, 0xfe));
    await write("large.json", JSON.stringify({ count: 1, text: "x".repeat(5_000_000) }));
    await write("deep.json", "[".repeat(200) + "]".repeat(200));
    await write("deeper.json", "[".repeat(500_000) + "]".repeat(500_000));
    expect(await call(["run", "fitting.yaml", "--input", input as string], "nonsense")).toEqual({
      code: 2,
      stdout: "",
      stderr: `error  ${message}\n       ${next}\n`,
    });
    expect(await json("ps", "--process", "fitting")).toEqual([]);
  });

  it("is refused before the process is deployed where the command can tell", async () => {
    await write("unused.yaml", fitting.replace("fitting", "unused"));
    expect((await call(["run", "unused.yaml", "--input", "@nowhere.json"])).code).toBe(2);
    expect(names(await json("processes"))).toEqual(["fitting", "ticking"]);
  });
});

describe("the name", () => {
  const usage = (text: string): string => `error: ${text}\n`;
  it.each([
    [
      "of an execution that is not allowed",
      ["run", "fitting.yaml", "--name", "a b", "--input", '{"count": 1}'],
      'error  the execution name "a b" is not allowed\n       use 1 to 80 of the characters A-Z a-z 0-9 - _\n',
    ],
    [
      "of an execution with another input",
      ["run", "ticking.yaml", "--name", "before", "--input", "[]"],
      expect.stringMatching(/^error {2}.*before.*\n {7}\S.*\n$/),
    ],
    [
      "that no execution has, given to show,",
      ["show", "ticking:nobody"],
      "error  there is no execution ticking:nobody\n       holdfast ps lists them: an id is PROCESS:NAME\n",
    ],
    [
      "that no execution has, given to stop,",
      ["stop", "ticking:nobody"],
      "error  there is no execution ticking:nobody\n       holdfast ps lists them: an id is PROCESS:NAME\n",
    ],
    [
      "that no execution has, given to history,",
      ["history", "ticking:nobody"],
      "error  there is no execution ticking:nobody\n       holdfast ps lists them: an id is PROCESS:NAME\n",
    ],
    [
      "that no execution has, to follow,",
      ["history", "ticking:nobody", "--follow"],
      "error  there is no execution ticking:nobody\n       holdfast ps lists them: an id is PROCESS:NAME\n",
    ],
    [
      "of an execution that is empty",
      ["show", ""],
      usage(
        "command-argument value '' is invalid for argument 'execution'. Write an id; ps and alerts list them.",
      ),
    ],
    [
      "of an alert that is not there",
      ["alert", "show", "nothing"],
      "error  There is no alert nothing.\n       holdfast alerts lists them\n",
    ],
  ] as [string, string[], string][])("%s changes nothing", async (_, commandArguments, stderr) => {
    expect(await call(commandArguments)).toEqual({ code: 2, stdout: "", stderr });
    expect(names(await json("ps"))).toEqual(["before"]);
  });
});

it("goes on meanwhile, whatever was refused", async () => {
  const { transitionCount } = await json("show", "ticking:before");
  await expect
    .poll(async () => (await json("show", "ticking:before")).transitionCount, { timeout: 20_000 })
    .toBeGreaterThan(transitionCount);
});
