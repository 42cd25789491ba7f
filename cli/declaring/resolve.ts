import { Argument, type Command, Option } from "commander";
import { someId } from "../arguments.ts";
import { act, calling } from "./command.ts";

/** The operator's answer about interrupted work. */
export const declareResolve = (program: Command): void => {
  const resolve = calling(
    program
      .command("resolve")
      .addArgument(
        new Argument("<execution>", "its id, as ps lists it: PROCESS:NAME").argParser(someId),
      ),
  )
    .description("say what became of an activity whose server was lost, as show asks it")
    .option("--state <name>", "which state, where several ask")
    .addOption(
      new Option("--succeeded", "it took effect: go on").conflicts(["retry", "failed", "error"]),
    )
    .option("--output <json>", "with this output: JSON text, @FILE, or -; {} if not given")
    .addOption(
      new Option("--retry", "run it again").conflicts(["failed", "output", "error", "cause"]),
    )
    .addOption(new Option("--failed", "it has failed: Retry and Catch see it").conflicts("output"))
    .option("--error <name>", "with this error; Holdfast.Interrupted if not given")
    .option("--cause <text>", "and why");
  act(resolve, async () => (await import("../commands/resolve.ts")).resolve);
};
