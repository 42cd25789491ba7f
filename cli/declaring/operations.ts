import { type Command, Option } from "commander";
import { instantText } from "../arguments.ts";
import { act, calling, limitOption } from "./command.ts";

/** What operators see and do. */
export const declareOperations = (program: Command): void => {
  const events = calling(program.command("events"))
    .description("list system events, newest first: what operators should know")
    .option("--kind <kind>", "only those")
    .addOption(
      new Option("--severity <severity>", "only those").choices(["info", "warning", "error"]),
    )
    .option("--execution <id>", "only those about an execution")
    .addOption(
      new Option("--since <instant>", "only those since then: 2026-11-23T08:00:00Z").argParser(
        instantText,
      ),
    )
    .option("--follow", "show each new one, oldest first, until Ctrl-C")
    .addOption(limitOption());
  act(events, async () => (await import("../commands/events.ts")).events);
};
