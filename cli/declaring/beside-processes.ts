import { type Command, Option } from "commander";
import { someId, tagFrom } from "../arguments.ts";
import { act, calling, changing } from "./command.ts";

const ofActivity = (): Option =>
  new Option("--activity", "the name is that of an activity, not of a process");

const declareTags = (program: Command): void => {
  const tags = program.command("tags").description("tags of a process or an activity");
  const list = calling(tags.command("list", { isDefault: true }))
    .description("show them; what tags without such a word does")
    .argument("<name>", "of the process", someId)
    .addOption(ofActivity());
  act(list, async () => (await import("../commands/tags.ts")).tags);
  const set = changing(tags.command("set"))
    .description("set some; the others stay")
    .argument("<name>", "of the process", someId)
    .argument("<tags...>", "such as team=storage", tagFrom)
    .addOption(ofActivity());
  act(set, async () => (await import("../commands/tags.ts")).setTags);
  const remove = changing(tags.command("remove"))
    .description("remove some; the others stay")
    .argument("<name>", "of the process", someId)
    .argument("<tags...>", "their names")
    .addOption(ofActivity());
  act(remove, async () => (await import("../commands/tags.ts")).removeTags);
};

const declareActivities = (program: Command): void => {
  const activities = program
    .command("activities")
    .description("activities that workers ask for, announced for clients of Step Functions");
  const list = calling(activities.command("list", { isDefault: true })).description(
    "list them; what activities without a word does",
  );
  act(list, async () => (await import("../commands/activities.ts")).activities);
  const set = changing(activities.command("set"))
    .description("announce one, or give it tags")
    .argument("<activity>", "NAME of holdfast:activity:NAME", someId)
    .option("--tag <name=value>", "can be given more than once", tagFrom);
  act(set, async () => (await import("../commands/activities.ts")).setActivity);
  const remove = changing(activities.command("remove"))
    .description("forget that one was announced; who waits for its workers goes on waiting")
    .argument("<activity>", "as list shows it", someId);
  act(remove, async () => (await import("../commands/activities.ts")).removeActivity);
};

const declareStateMachine = (program: Command): void => {
  const machine = program
    .command("state-machine")
    .description("what clients of Step Functions are shown of a process beside its definition");
  const show = calling(machine.command("show", { isDefault: true }))
    .description("show it; what state-machine without such a word does")
    .argument("<process>", "its name", someId);
  act(show, async () => (await import("../commands/state-machine.ts")).showStateMachine);
  const set = changing(machine.command("set"))
    .description("change it; what is not given stays")
    .argument("<process>", "its name", someId)
    .option("--role-arn <arn>", "ARN of a role")
    .addOption(
      new Option("--log-level <level>", "any but OFF needs a log group").choices([
        "ALL",
        "ERROR",
        "FATAL",
        "OFF",
      ]),
    )
    .option("--log-group-arn <arn>", "ARN of a log group")
    .option("--log-data", "with inputs and outputs")
    .option("--no-log-data", "without them")
    .option("--tracing", "say that it is traced")
    .option("--no-tracing", "say that it is not");
  act(set, async () => (await import("../commands/state-machine.ts")).setStateMachine);
};

/** What stands beside processes: tags, announced activities, what Step Functions has for a state machine. */
export const declareBesideProcesses = (program: Command): void => {
  declareTags(program);
  declareActivities(program);
  declareStateMachine(program);
};
