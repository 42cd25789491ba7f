import { Argument, type Command, Option } from "commander";
import { durationSeconds, instantText, someId } from "../arguments.ts";
import { act, calling, changing, limitOption } from "./command.ts";

const scopes = ["environment", "server", "pool", "process", "target", "adapter"];

const declareDrains = (program: Command): void => {
  const drain = calling(program.command("drain"))
    .description("let what is in flight finish and nothing new begin, within a scope")
    .addArgument(new Argument("<scope>", "what is drained").choices(scopes))
    .argument("[name]", "which one; a target is the host of an HTTP request, for example")
    .option("--reason <text>", "why")
    .addOption(
      new Option(
        "--deadline <duration>",
        "how long activities in flight may take: 90s, 10m, 2h",
      ).argParser(durationSeconds),
    )
    .addOption(
      new Option("--on-deadline <what>", "what then happens with them").choices([
        "wait",
        "interrupt",
      ]),
    )
    .option("--wait", "wait until nothing is in flight any more");
  act(drain, async () => (await import("../commands/drains.ts")).drain);
  const drains = calling(program.command("drains")).description(
    "list the drains, and what they wait for",
  );
  act(drains, async () => (await import("../commands/drains.ts")).drains);
  const resume = changing(program.command("resume"))
    .description("end a drain: what it held goes on at once")
    .argument("<scope>", "what is drained, or the id of the drain")
    .argument("[name]", "which one");
  act(resume, async () => (await import("../commands/drains.ts")).resume);
};

/** What operators see and do. */
export const declareOperations = (program: Command): void => {
  const release = changing(program.command("release"))
    .description(
      "let an execution go on that was set aside, since servers ended while they worked on it",
    )
    .argument("<execution>", "its id, as ps --waiting-for setAside lists it", someId);
  act(release, async () => (await import("../commands/release.ts")).release);
  declareDrains(program);
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
  const servers = program.command("servers").description("list the servers of the environment");
  const list = calling(servers.command("list", { isDefault: true })).description(
    "list them, with their load; what servers without a word does",
  );
  act(list, async () => (await import("../commands/servers.ts")).servers);
  const remove = changing(
    servers.command("remove").argument("<name>", "as servers lists it"),
  ).description("forget a server that is gone, or let one that runs drain and end");
  act(remove, async () => (await import("../commands/servers.ts")).removeServer);
};
