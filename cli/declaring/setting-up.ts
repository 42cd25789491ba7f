import { Argument, type Command, Option } from "commander";
import { someId } from "../arguments.ts";
import { CommandFailed } from "../exit.ts";
import { processTerminal } from "../terminal.ts";
import { act, calling } from "./command.ts";

const jsonOption = (command: Command): Command =>
  command.option("--json", "answer as JSON, for programs");

const declareContexts = (program: Command): void => {
  const context = program.command("context").description("give environments names, and choose one");
  const add = jsonOption(context.command("add"))
    .description("give an environment a name; its access token is kept in a file of yours")
    .argument("<name>", "how you call it", someId)
    .option("--url <url>", "an environment elsewhere, with --token-file or HOLDFAST_TOKEN")
    .option("--token-file <file>", "its access token")
    .option("--data <dir>", "a local one, by its data directory");
  act(add, async () => (await import("../commands/contexts.ts")).addContext);
  const use = jsonOption(context.command("use"))
    .description("speak to that environment from now on")
    .argument("<name>", "as list shows it", someId);
  act(use, async () => (await import("../commands/contexts.ts")).useContext);
  const list = jsonOption(context.command("list", { isDefault: true })).description(
    "list them; what context without a word does",
  );
  act(list, async () => (await import("../commands/contexts.ts")).listContexts);
  const remove = jsonOption(context.command("remove"))
    .description("forget it, and its token")
    .argument("<name>", "as list shows it", someId);
  act(remove, async () => (await import("../commands/contexts.ts")).removeContext);
};

const declareCompletion = (program: Command): void => {
  program
    .command("completion")
    .description("print what completes this command in a shell")
    .addArgument(new Argument("<shell>", "which").choices(["bash", "zsh", "fish"]))
    .addHelpText(
      "after",
      `
bash  add to ~/.bashrc: eval "$(holdfast completion bash)"
zsh   add to ~/.zshrc:  eval "$(holdfast completion zsh)"
fish  holdfast completion fish > ~/.config/fish/completions/holdfast.fish`,
    )
    .action(async (shell: string) => {
      const { completionScript } = await import("../completion.ts");
      const script = completionScript(shell);
      if (script === undefined) throw new CommandFailed(`There is no completion for ${shell}`);
      processTerminal().out(script);
    });
  program
    .command("complete", { hidden: true })
    .argument("[words...]", "what is typed so far, the last word unfinished")
    .helpOption(false)
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      const { candidates } = await import("../completion.ts");
      const { out } = processTerminal();
      for (const candidate of candidates(program, words)) out(candidate);
    });
};

/** What looks after the command itself: contexts, completion, a check of the set-up. */
export const declareSettingUp = (program: Command): void => {
  declareContexts(program);
  declareCompletion(program);
  const doctor = calling(program.command("doctor"))
    .description("check the set-up, and say what to mend")
    .addOption(
      new Option("--port <n>", "port of a local server").env("HOLDFAST_PORT").default("7437"),
    );
  act(doctor, async () => (await import("../commands/doctor.ts")).doctor);
};
