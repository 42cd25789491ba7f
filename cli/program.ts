import { Argument, Command, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { directoryName, durationSeconds, integerFrom, someId, waitAges } from "./arguments.ts";
import { declareAccess } from "./declaring/access.ts";
import { declareAnswers } from "./declaring/answers.ts";
import { declareBesideProcesses } from "./declaring/beside-processes.ts";
import { act, calling, changing, dataOption, limitOption, watchable } from "./declaring/command.ts";
import { declareHelp } from "./declaring/help.ts";
import { declareList, waitingKinds } from "./declaring/list.ts";
import { declareOperations } from "./declaring/operations.ts";
import { declareProcesses } from "./declaring/processes.ts";
import { declareSettingUp } from "./declaring/setting-up.ts";
import { declareTests } from "./declaring/tests.ts";
import { exitCodes } from "./exit.ts";
import { printable } from "./view/text.ts";

const help = `
Exit codes: 0 success; 1 the execution failed, timed out or was stopped; 2 the command could not do
its work; 3 detached by Ctrl-C, the execution goes on.

A local environment is found by its data directory (--data, HOLDFAST_DATA, else ./.holdfast), any
other by --url or HOLDFAST_URL with its access token in HOLDFAST_TOKEN or --token-file, or by a
context, which keeps both under a name (context add, --context, HOLDFAST_CONTEXT).`;

const portDefault = 7437;
const portMax = 65_535;
/** Seconds. */
const graceDefault = 60;
const serversMax = 16;

const executionArgument = (): Argument =>
  new Argument("<execution>", "its id, as ps lists it: PROCESS:NAME").argParser(someId);

const alertArgument = (): Argument =>
  new Argument("<alert>", "its id, as alerts lists it").argParser(someId);

const regionOption = (): Option =>
  new Option("--region <name>", "region in the ARNs of a new environment; local if not given").env(
    "HOLDFAST_REGION",
  );

const accountOption = (): Option =>
  new Option("--account <digits>", "account in the ARNs of a new environment; else zeros").env(
    "HOLDFAST_ACCOUNT",
  );

/** Who names something to be started means an execution. */
const mustNameNothing = (start: Command): void => {
  const [word] = start.args;
  if (word === undefined) return;
  const name = printable(word);
  const run = /[./]/.test(word) ? name : `--process ${name}`;
  start.error(
    `error: start runs a server, and takes no name; to run a process: holdfast run ${run}`,
    {
      code: "commander.excessArguments",
    },
  );
};

const declareServer = (program: Command): void => {
  const start = program
    .command("start")
    .description("run a server of the local environment")
    .addOption(dataOption())
    .addOption(
      new Option("--port <n>", "port of its API; 0 takes a free one")
        .env("HOLDFAST_PORT")
        .default(portDefault)
        .argParser(integerFrom(0, portMax)),
    )
    .option("--host <host>", "address that it listens on", "127.0.0.1")
    .addOption(
      new Option(
        "--environment <name>",
        "name of the environment; PRODUCTION if it is new and none is given",
      ).env("HOLDFAST_ENVIRONMENT"),
    )
    .addOption(regionOption())
    .addOption(accountOption())
    .addOption(
      new Option(
        "--servers <n>",
        "so many servers, each in a process of its own, on ports from --port on",
      ).argParser(integerFrom(1, serversMax)),
    )
    .addOption(
      new Option("--join <dir>", "work beside the servers of the environment in that directory")
        .argParser(directoryName)
        .conflicts("servers"),
    )
    .addOption(
      new Option("--grace <duration>", "how long activities in flight are waited for when it stops")
        .default(graceDefault, "60s")
        .argParser(durationSeconds),
    )
    .addOption(
      new Option(
        "--wait-ages <ages>",
        "after how long waits are told of as overdue, by kind, such as callback=3d,worker=15m,operator=off; activity and worker 1h, callback, signal, drain and operator 1d if not given",
      )
        .env("HOLDFAST_WAIT_AGES")
        .argParser(waitAges(waitingKinds)),
    )
    .addOption(new Option("--one-of-several").hideHelp())
    .option("--json", "say where it is, when it is ready, as one line of JSON, for programs")
    .option("--name <name>", "name of the server, or what the names of several begin with")
    .option("--tls-cert <file>", "certificate and its chain (PEM): speak TLS; with --tls-key")
    .option("--tls-key <file>", "key of the certificate (PEM)")
    .option("--allow-origin <origin...>", "web pages of that origin may call the API: https://HOST")
    .option(
      "--token-file <file>",
      "access token by which it joins; HOLDFAST_TOKEN, or DIR/admin.token if not given",
    );
  start.allowExcessArguments().hook("preAction", () => mustNameNothing(start));
  act(start, async () => (await import("./commands/start.ts")).start);
};

const declareBackups = (program: Command): void => {
  const backup = program
    .command("backup <dir>")
    .description("copy the data directory into a new one, also while its server runs")
    .addOption(dataOption())
    .option("--json", "answer as JSON, for programs");
  act(backup, async () => (await import("./commands/backup.ts")).backup);
  const restore = program
    .command("restore <backup>")
    .description("make a data directory from a backup")
    .addOption(dataOption())
    .option("--json", "answer as JSON, for programs");
  act(restore, async () => (await import("./commands/backup.ts")).restore);
};

const countMax = 1_000_000_000;

const versionFrom = (text: string): number | "newest" =>
  text === "newest" ? text : integerFrom(1, countMax)(text);

const declareRestart = (program: Command): void => {
  const restart = changing(program.command("restart").addArgument(executionArgument()))
    .description("do one again from a state on, as a new execution; shows first what would run")
    .option("--from <state>", "the state to begin in, with what it was given the last time")
    .addOption(new Option("--start-point <name>", "a state by its StartPoint").conflicts("from"))
    .addOption(
      new Option("--event <id>", "the event by which a state was entered").argParser(
        integerFrom(1, Number.MAX_SAFE_INTEGER),
      ),
    )
    .option("--input <json>", "other input for the state: JSON text, @FILE, or -")
    .addOption(
      new Option("--process-version <n>", "a newer version, or newest; else the same").argParser(
        versionFrom,
      ),
    )
    .option("--name <name>", "name of the new execution; the same name restarts it only once")
    .option("--preview", "only show what would run")
    .option("--yes", "do not ask");
  act(restart, async () => (await import("./commands/restart.ts")).restart);
};

const declareExecutions = (program: Command): void => {
  declareList(program);
  const show = watchable(
    calling(program.command("show").addArgument(executionArgument())),
  ).description("describe an execution");
  act(show, async () => (await import("./commands/show.ts")).show);
  const history = calling(program.command("history").addArgument(executionArgument()))
    .description("list what happened in an execution")
    .option("--follow", "show it live until it has ended, as run does");
  act(history, async () => (await import("./commands/history.ts")).history);
  const record = calling(program.command("record").addArgument(executionArgument()))
    .description("write an execution down as a test: its input, its activities' answers, its end")
    .option("--to <path>", "NAME.test.yaml, or a directory; one of its own name here if not given");
  act(record, async () => (await import("./commands/record.ts")).record);
  const stop = changing(program.command("stop").addArgument(executionArgument()))
    .description("stop an execution")
    .option("--error <name>", "error name to record")
    .option("--cause <text>", "why");
  act(stop, async () => (await import("./commands/stop.ts")).stop);
  const redrive = changing(program.command("redrive").addArgument(executionArgument())).description(
    "let one that failed or was stopped go on where it stood",
  );
  act(redrive, async () => (await import("./commands/redrive.ts")).redrive);
  declareRestart(program);
};

const declareAlerts = (program: Command): void => {
  const alerts = watchable(calling(program.command("alerts")))
    .description("list alerts, newest first")
    .addOption(new Option("--status <status>", "only those").choices(["open", "closed"]))
    .addOption(limitOption());
  act(alerts, async () => (await import("./commands/alerts.ts")).alerts);
  const alert = program.command("alert").description("show or close an alert");
  const show = calling(alert.command("show").addArgument(alertArgument())).description(
    "describe an alert",
  );
  act(show, async () => (await import("./commands/alert.ts")).showAlert);
  const close = calling(alert.command("close").addArgument(alertArgument()))
    .description("close an alert")
    .option("--reason <text>", "why");
  act(close, async () => (await import("./commands/alert.ts")).closeAlert);
};

type Declare = (program: Command) => void;

/** The commands as people look for them. */
const groups: readonly (readonly [heading: string, ...Declare[]])[] = [
  ["A local environment", declareServer, declareBackups],
  ["Processes", declareProcesses, declareBesideProcesses],
  ["Executions", declareExecutions, declareAnswers],
  ["Operations", declareAlerts, declareOperations],
  ["Access", declareAccess],
  ["Tests", declareTests],
  ["The command itself", declareSettingUp],
];

/** The `holdfast` command. Throws commander's errors; usage errors are written by commander itself. */
export const createProgram = (): Command => {
  const program = new Command("holdfast")
    .description(packageJson.description)
    .version(packageJson.version)
    .addHelpText("after", help)
    .showSuggestionAfterError()
    .exitOverride();
  for (const [heading, ...declare] of groups) {
    program.commandsGroup(`${heading}:`);
    for (const each of declare) each(program);
  }
  program.commandsGroup("Commands:");
  declareHelp(program);
  for (const command of [program, ...program.commands]) command.exitOverride();
  return program;
};

/** Commander's exit codes: 0 for help and version, else a usage error. */
export const usageExitCode = (exitCode: number): number =>
  exitCode === 0 ? exitCodes.success : exitCodes.commandFailed;
