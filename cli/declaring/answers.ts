import { Argument, type Command, Option } from "commander";
import { someId } from "../arguments.ts";
import { act, calling, changing } from "./command.ts";

const executionArgument = (): Argument =>
  new Argument("<execution>", "its id, as ps lists it: PROCESS:NAME").argParser(someId);

/** What people and programs outside have to say to an execution. */
export const declareAnswers = (program: Command): void => {
  const signal = calling(
    program.command("signal").addArgument(executionArgument()).argument("<name>", "what it is"),
  )
    .description("tell an execution what it waits for, or will wait for")
    .option("--id <id>", "the same id again is the same signal")
    .option("--payload <json>", "JSON text, @FILE, or - for standard input");
  act(signal, async () => (await import("../commands/signal.ts")).signal);
  const answer = changing(program.command("answer"))
    .description("answer a task token: with a result, a failure, or that the work goes on")
    .argument("<token>", "the task token, @FILE, or - for standard input")
    .addOption(
      new Option("--output <json>", "the result: JSON text or @FILE; {} if not given").conflicts([
        "error",
        "cause",
        "heartbeat",
      ]),
    )
    .addOption(
      new Option("--error <name>", "it has failed, with this error").conflicts("heartbeat"),
    )
    .addOption(new Option("--cause <text>", "it has failed, and why").conflicts("heartbeat"))
    .option("--heartbeat", "the work goes on")
    .addOption(
      new Option("--checkpoint <json>", "the work goes on, and has come so far").conflicts([
        "output",
        "error",
        "cause",
      ]),
    );
  act(answer, async () => (await import("../commands/answer.ts")).answer);
  const resolve = changing(program.command("resolve").addArgument(executionArgument()))
    .description("say what became of an activity whose server was lost, as show asks it")
    .option("--state <name>", "which state, where several ask")
    .addOption(
      new Option("--succeeded", "it took effect: go on").conflicts([
        "retry",
        "failed",
        "error",
        "cause",
      ]),
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
