import { type Command, Option } from "commander";
import { integerFrom } from "../arguments.ts";
import { processTerminal, type Terminal } from "../terminal.ts";

/** Says of commander's arguments and options what a command without an environment needs. */
const actLocally = <Options>(
  command: Command,
  load: () => Promise<
    (call: { options: Options; terminal: Terminal }, paths: readonly string[]) => Promise<number>
  >,
): void => {
  command.action(async () => {
    const execute = await load();
    const call = { options: command.opts() as Options, terminal: processTerminal() };
    process.exitCode = await execute(call, command.args);
  });
};

const countMax = 1_000_000_000;

/** What needs no environment. */
export const declareTests = (program: Command): void => {
  const test = program
    .command("test")
    .description("run the tests beside processes: virtual time, mocked activities, coverage")
    .argument("[path...]", "test files (NAME.test.yaml or .json), or directories; . if not given")
    .addOption(
      new Option("--min-coverage <percent>", "fail if less is covered").argParser(
        integerFrom(0, 100),
      ),
    )
    .option("--only <text>", "run the tests that have it in their name")
    .addOption(
      new Option("--reporter <format>", "how results are written")
        .choices(["text", "junit"])
        .default("text"),
    )
    .option("--json", "answer as JSON, for programs");
  actLocally(test, async () => (await import("../commands/test.ts")).test);
  const state = program
    .command("test-state")
    .description("run one state offline and show its data stage by stage")
    .argument("<file>", "process document, definition or single state, in YAML or JSON")
    .option("--state <name>", "which state; the first if not given")
    .option("--input <json>", "JSON text, @FILE, or - for standard input; {} if not given")
    .option("--context <json>", "stands for the context object")
    .option("--variables <json>", "variables that are set before it")
    .option("--mock-result <json>", "what the state's call, branches or items give")
    .option("--mock-error <name>", "the error that they fail with")
    .option("--mock-cause <text>", "and its cause")
    .addOption(
      new Option("--validation <mode>", "how a result is compared with the API's answers")
        .choices(["strict", "present", "none"])
        .default("strict"),
    )
    .addOption(
      new Option("--retry-count <n>", "retries so far").argParser(integerFrom(0, countMax)),
    )
    .addOption(
      new Option("--failed-items <n>", "items of a Map state that failed").argParser(
        integerFrom(0, countMax),
      ),
    )
    .option("--items <json>", "what the ItemReader of a Map state reads")
    .addOption(
      new Option("--level <level>", "how much is shown")
        .choices(["info", "debug", "trace"])
        .default("debug"),
    )
    .option("--json", "answer as JSON, for programs");
  actLocally(state, async () => {
    const { runTestState } = await import("../commands/test-state.ts");
    return (call: Parameters<typeof runTestState>[0], [path = ""]) => runTestState(call, path);
  });
};
