import { type Command, Option } from "commander";
import { nearest, suggestion } from "#core/asl/suggest.ts";
import { directoryName, integerFrom } from "../arguments.ts";
import type { Call, CallOfWords } from "../commands/call.ts";
import { processTerminal } from "../terminal.ts";
import { withContext } from "./chosen-context.ts";

const listDefault = 50;

/** The data directory of the local environment. */
export const dataOption = (): Option =>
  new Option("--data <dir>", "data directory of the local environment")
    .env("HOLDFAST_DATA")
    .default("./.holdfast")
    .argParser(directoryName);

/** How many rows a list shows. */
export const limitOption = (): Option =>
  new Option("--limit <n>", "how many at most")
    .default(listDefault)
    .argParser(integerFrom(1, Number.MAX_SAFE_INTEGER));

/** Names of the commands below one that people see. */
export const namesBelow = (command: Command): readonly string[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((each) => each.name());

/**
 * `keys craete ci` is `keys list` with two words too many to whom parses it, for that is what `keys` without a
 * command is: what is meant is another command.
 */
const mustTakeAll = (command: Command): void => {
  const [excess] = command.args.slice(command.registeredArguments.length);
  const { parent } = command;
  if (excess === undefined || parent === null) return;
  const names = namesBelow(parent);
  const word = command.args.find((each) => nearest(each, names).length > 0) ?? excess;
  const near = suggestion(word, names);
  parent.error(`error: ${parent.name()} has no command '${word}'${near}`, {
    code: "commander.unknownCommand",
  });
};

/** Gives a command what it does; its module is read only when it is called, so that the others start fast. */
export const act = <Options>(
  command: Command,
  load: () => Promise<
    (call: CallOfWords<Options>, first: string, second: string) => Promise<number>
  >,
): void => {
  const isList = command.name() === "list";
  if (isList) command.allowExcessArguments();
  command.action(async () => {
    if (isList) mustTakeAll(command);
    const execute = await load();
    const token = process.env["HOLDFAST_TOKEN"];
    const given: Call<Options>["options"] = { ...command.opts(), ...(token ? { token } : {}) };
    const options = await withContext(command, given);
    const call = { options, terminal: processTerminal(), words: command.args };
    const [first = "", second = ""] = command.args;
    const run = (each: Call) => execute({ ...call, ...each, options }, first, second);
    process.exitCode = command.getOptionValue("watch")
      ? await (await import("../commands/again.ts")).again(run, call)
      : await run(call);
  });
};

/** Lets a command that shows something do so again and again. */
export const watchable = (command: Command): Command =>
  command.option("--watch", "again every two seconds, until Ctrl-C");

/** Options of a command that changes something there. */
export const changing = (command: Command): Command =>
  calling(command).option("--reason <text>", "why, for the audit");

/** What a command has in common with most others stands behind what is its own. */
const whereGroup = "Which environment:";

/** Options of a command that speaks to an environment. */
export const calling = (command: Command): Command =>
  command
    .option("--json", "answer as JSON, for programs")
    .addOption(dataOption().helpGroup(whereGroup))
    .addOption(
      new Option("--context <name>", "an environment that has a name: see context")
        .env("HOLDFAST_CONTEXT")
        .helpGroup(whereGroup),
    )
    .addOption(
      new Option("--url <url>", "an environment elsewhere")
        .env("HOLDFAST_URL")
        .helpGroup(whereGroup),
    )
    .addOption(
      new Option(
        "--token-file <file>",
        "its access token, where HOLDFAST_TOKEN does not hold it",
      ).helpGroup(whereGroup),
    );
