import { type Command, Option } from "commander";
import { integerFrom, routeFrom, someId, tagFrom } from "../arguments.ts";
import { act, calling, changing, limitOption } from "./command.ts";

const versionNumber = integerFrom(1, Number.MAX_SAFE_INTEGER);

const documentHelp = "process document, or a directory with a process.yaml, .yml or .json";

const declareAliases = (program: Command): void => {
  const aliases = program
    .command("aliases")
    .description("names for the versions of a process, by which it is started");
  const list = calling(aliases.command("list", { isDefault: true }))
    .description("list them; what aliases without such a word does")
    .argument("<process>", "its name", someId);
  act(list, async () => (await import("../commands/aliases.ts")).aliases);
  const set = changing(aliases.command("set"))
    .description("make one, or change it")
    .argument("<process>", "its name", someId)
    .argument("<alias>", "such as live", someId)
    .addOption(
      new Option(
        "--route <version...>",
        "the version that it leads to, or two and their shares of the starts: 2=90 3=10",
      )
        .argParser(routeFrom)
        .makeOptionMandatory(),
    )
    .option("--description <text>", "what it is for");
  act(set, async () => (await import("../commands/aliases.ts")).setAlias);
  const remove = changing(aliases.command("remove"))
    .description("remove one; its versions stay")
    .argument("<process>", "its name", someId)
    .argument("<alias>", "as list shows it", someId);
  act(remove, async () => (await import("../commands/aliases.ts")).removeAlias);
};

const declareRun = (program: Command): void => {
  const run = calling(program.command("run"))
    .description("deploy a process, start it and show it until it has ended")
    .argument("[document]", `${documentHelp}; none with --process`)
    .option("--process <name>", "start one that is deployed already")
    .addOption(
      new Option("--process-version <n>", "of --process; the newest if not given").argParser(
        versionNumber,
      ),
    )
    .addOption(
      new Option("--alias <name>", "of --process: the version that it leads to").conflicts(
        "processVersion",
      ),
    )
    .option("--input <json>", "JSON text, @FILE, or - for standard input; {} if not given")
    .option("--name <name>", "name of the execution; the same name and input start it only once")
    .option("--start-point <name>", "begin at the state that has this name as its StartPoint")
    .option("--tag <name=value>", "a label to find it by; can be given more than once", tagFrom)
    .option("--detach", "start it, print its id and leave");
  act(run, async () => (await import("../commands/run.ts")).run);
};

/** Processes, their versions and the names of those. */
export const declareProcesses = (program: Command): void => {
  declareRun(program);
  const deploy = changing(program.command("deploy"))
    .description("deploy a process document")
    .argument("<document>", documentHelp)
    .addOption(
      new Option(
        "--if-version <n>",
        "only if this still is the newest: the one that the document was made from",
      ).argParser(versionNumber),
    );
  act(deploy, async () => (await import("../commands/deploy.ts")).deploy);
  const edit = changing(program.command("edit"))
    .description("open the document of a process in EDITOR, and deploy what comes of it")
    .argument("<process>", "its name", someId);
  act(edit, async () => (await import("../commands/edit.ts")).edit);
  const validate = calling(program.command("validate"))
    .description("say what is wrong with a process document")
    .argument("<document>", documentHelp);
  act(validate, async () => (await import("../commands/validate.ts")).validate);
  const processes = calling(program.command("processes")).description("list the processes");
  act(processes, async () => (await import("../commands/processes.ts")).processes);
  const versions = calling(program.command("versions"))
    .description("list the versions of a process, the newest first")
    .argument("<process>", "its name", someId)
    .addOption(limitOption());
  act(versions, async () => (await import("../commands/versions.ts")).versions);
  declareAliases(program);
  const diff = calling(program.command("diff"))
    .description("say how a version of a process differs from another")
    .argument("<process>", "its name", someId)
    .addOption(
      new Option("--from <version>", "the one before --to if not given").argParser(versionNumber),
    )
    .addOption(new Option("--to <version>", "the newest if not given").argParser(versionNumber));
  act(diff, async () => (await import("../commands/versions.ts")).diff);
  const exporting = calling(program.command("export"))
    .description("write the document of a process as it was deployed, comments and all")
    .argument("<process>", "its name", someId)
    .addOption(
      new Option("--process-version <n>", "the newest if not given").argParser(versionNumber),
    )
    .option("--to <file>", "a file that is not there yet; standard output if not given");
  act(exporting, async () => (await import("../commands/versions.ts")).exportProcess);
  const remove = changing(program.command("remove"))
    .description("remove a process with its aliases, or a version; executions stay")
    .argument("<process>", "its name", someId)
    .addOption(
      new Option("--process-version <n>", "only this version, not the newest").argParser(
        versionNumber,
      ),
    );
  act(remove, async () => (await import("../commands/remove.ts")).remove);
};
