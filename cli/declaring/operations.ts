import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { durationSeconds, instantText, integerFrom, someId } from "../arguments.ts";
import { act, calling, changing, limitOption, watchable } from "./command.ts";

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
  const drains = watchable(calling(program.command("drains"))).description(
    "list the drains, and what they wait for",
  );
  act(drains, async () => (await import("../commands/drains.ts")).drains);
  const resume = changing(program.command("resume"))
    .description("end a drain: what it held goes on at once")
    .argument("<scope>", "what is drained, or the id of the drain")
    .argument("[name]", "which one");
  act(resume, async () => (await import("../commands/drains.ts")).resume);
};

const percentage = (text: string): number => {
  const number = Number(text);
  if (text.trim() !== "" && number >= 0 && number <= 100) return number;
  throw new InvalidArgumentError("Write a number from 0 to 100.");
};

const declareMapRuns = (program: Command): void => {
  const mapRun = program
    .command("map-run")
    .description("show a map run of an execution, or change how it goes on");
  const id = new Argument("<map-run>", "its id, as show lists it");
  const show = watchable(
    calling(mapRun.command("show", { isDefault: true }).addArgument(id)),
  ).description("describe it; what map-run without such a word does");
  act(show, async () => (await import("../commands/map-run.ts")).showMapRun);
  const count = integerFrom(0, Number.MAX_SAFE_INTEGER);
  const set = changing(mapRun.command("set").addArgument(id))
    .description("change how much it does at once, and how many of its items may fail")
    .addOption(
      new Option("--max-concurrency <n>", "children at once; 0: as many as there may be").argParser(
        count,
      ),
    )
    .addOption(new Option("--tolerated-failures <n>", "items that may fail").argParser(count))
    .addOption(
      new Option("--tolerated-percentage <n>", "items of a hundred that may fail").argParser(
        percentage,
      ),
    );
  act(set, async () => (await import("../commands/map-run.ts")).setMapRun);
};

/** What operators see and do. */
export const declareOperations = (program: Command): void => {
  const release = changing(program.command("release"))
    .description(
      "let an execution go on that was set aside, since servers ended while they worked on it",
    )
    .argument("<execution>", "its id, as ps --waiting-for setAside lists it", someId);
  act(release, async () => (await import("../commands/release.ts")).release);
  declareMapRuns(program);
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
  const list = watchable(calling(servers.command("list", { isDefault: true }))).description(
    "list them, with their load; what servers without a word does",
  );
  act(list, async () => (await import("../commands/servers.ts")).servers);
  const remove = changing(
    servers.command("remove").argument("<name>", "as servers lists it"),
  ).description("forget a server that is gone, or let one that runs drain and end");
  act(remove, async () => (await import("../commands/servers.ts")).removeServer);
};
