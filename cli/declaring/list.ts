import { type Command, Option } from "commander";
import { durationSeconds, instantText } from "../arguments.ts";
import { act, calling, limitOption, watchable } from "./command.ts";

/** What an execution can wait for. */
export const waitingKinds = [
  "activity",
  "timer",
  "retry",
  "worker",
  "callback",
  "signal",
  "operator",
  "execution",
  "turn",
  "drain",
  "setAside",
];

const statuses = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

/** Finding executions. */
export const declareList = (program: Command): void => {
  const ps = watchable(calling(program.command("ps")))
    .description("list executions, newest first")
    .addOption(new Option("--status <status>", "only those").choices(statuses))
    .option("--process <name>", "only those of a process")
    .addOption(
      new Option("--waiting-for <kind>", "only those that wait for this").choices(waitingKinds),
    )
    .addOption(
      new Option(
        "--waiting-longer-than <duration>",
        "only those that wait longer: 90s, 10m, 1h",
      ).argParser(durationSeconds),
    )
    .option("--started-by <who>", "only those that were started by: key:admin, schedule:nightly")
    .addOption(
      new Option("--since <instant>", "only those started since then").argParser(instantText),
    )
    .addOption(
      new Option("--until <instant>", "only those started before then").argParser(instantText),
    )
    .option("--error <name>", "only those that ended with this error")
    .option("--tag <name=value>", "only those that carry this tag")
    .option("--input <name=value>", "only those whose input has this field")
    .addOption(limitOption())
    .option("--all", "all of them");
  act(ps, async () => (await import("../commands/ps.ts")).ps);
};
