import { type Command, Option } from "commander";
import { integerFrom, someId, tagFrom } from "../arguments.ts";
import { act, calling, changing, limitOption } from "./command.ts";

const versionNumber = integerFrom(1, Number.MAX_SAFE_INTEGER);

const documentHelp = "process document, or a directory with a process.yaml, .yml or .json";

/** Processes and their versions. */
export const declareProcesses = (program: Command): void => {
  const run = calling(program.command("run"))
    .description("deploy a process, start it and show it until it has ended")
    .argument("<document>", documentHelp)
    .option("--input <json>", "JSON text, @FILE, or - for standard input; {} if not given")
    .option("--name <name>", "name of the execution; the same name and input start it only once")
    .option("--start-point <name>", "begin at the state that has this name as its StartPoint")
    .option("--tag <name=value>", "a label to find it by; can be given more than once", tagFrom)
    .option("--detach", "start it, print its id and leave");
  act(run, async () => (await import("../commands/run.ts")).run);
  const deploy = changing(program.command("deploy"))
    .description("deploy a process document")
    .argument("<document>", documentHelp);
  act(deploy, async () => (await import("../commands/deploy.ts")).deploy);
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
};
