import type { Command } from "commander";
import { suggestion } from "#core/asl/suggest.ts";
import { namesBelow } from "./command.ts";

/** The command that the words name, one below the other; ends with an error where there is none. */
const commandIn = (command: Command, [word, ...rest]: readonly string[]): Command => {
  if (word === undefined) return command;
  const inner = command.commands.find((each) => each.name() === word);
  if (inner !== undefined) return commandIn(inner, rest);
  const near = suggestion(word, namesBelow(command));
  return command.error(`error: unknown command '${word}'${near}`, {
    code: "commander.unknownCommand",
  });
};

/** `help` of a command and of those below it: what there is not is said, rather than what there is shown. */
export const declareHelp = (command: Command): void => {
  for (const inner of command.commands) if (inner.commands.length > 0) declareHelp(inner);
  command.helpCommand(false);
  command
    .command("help [command...]")
    .description("display help for a command")
    .action((words: readonly string[]) => commandIn(command, words).help());
};
