import { Argument, type Command, Option } from "commander";
import { durationSeconds, instantText, integerFrom } from "../arguments.ts";
import { roleTexts } from "../view/role-texts.ts";
import { act, calling, changing, limitOption } from "./command.ts";

const roleNames = Object.keys(roleTexts);

const scoped = (command: Command): Command =>
  command
    .option("--process <name...>", "for these processes only; NAME* for all that begin so")
    .option("--category <name...>", "for processes of these categories only")
    .option("--own", "for what it owns only");

const expiryOption = (): Option =>
  new Option("--expires <duration>", "when it ends: 12h, 90d").argParser(durationSeconds);

const declareKeys = (program: Command): void => {
  const keys = program.command("keys").description("access keys of programs");
  const list = calling(keys.command("list", { isDefault: true })).description(
    "list them; what keys without a word does",
  );
  act(list, async () => (await import("../commands/keys.ts")).keys);
  const create = scoped(changing(keys.command("create")))
    .description("make one, and show its token this once")
    .argument("<name>", "its principal is key:NAME")
    .addOption(
      new Option("--role <role...>", "roles that it has; roles lists them").choices(roleNames),
    )
    .addOption(expiryOption())
    .option("--aws", "AWS clients can sign with it")
    .addOption(
      new Option("--calls-per-second <n>", "how often it may call").argParser(
        integerFrom(1, 100_000),
      ),
    );
  act(create, async () => (await import("../commands/keys.ts")).createKey);
  const rotate = changing(keys.command("rotate"))
    .description("make a new one under the name of an old one, which ends")
    .argument("<key>", "its name or its id")
    .addOption(
      new Option("--grace <duration>", "how long the old one is still taken: 1h").argParser(
        durationSeconds,
      ),
    )
    .addOption(expiryOption());
  act(rotate, async () => (await import("../commands/keys.ts")).rotateKey);
  const revoke = changing(keys.command("revoke"))
    .description("refuse one from now on")
    .argument("<key>", "its name or its id");
  act(revoke, async () => (await import("../commands/keys.ts")).revokeKey);
};

const declareAssignments = (program: Command): void => {
  const whoami = calling(program.command("whoami")).description(
    "say who calls, and what it may do",
  );
  act(whoami, async () => (await import("../commands/assignments.ts")).whoami);
  const roles = program
    .command("roles")
    .description("list the roles that there are")
    .option("--json", "answer as JSON, for programs");
  act(roles, async () => (await import("../commands/roles.ts")).roles);
  const assignments = program.command("assignments").description("who has which role");
  const list = calling(assignments.command("list", { isDefault: true })).description(
    "list them; what assignments without a word does",
  );
  act(list, async () => (await import("../commands/assignments.ts")).assignments);
  const create = scoped(changing(assignments.command("create")))
    .description("give somebody a role")
    .argument("<subject>", "key:NAME, user:ISSUER/SUBJECT or group:ISSUER/GROUP")
    .addArgument(new Argument("<role>", "as roles lists it").choices(roleNames));
  act(create, async () => (await import("../commands/assignments.ts")).assign);
  const remove = changing(assignments.command("remove"))
    .description("take a role away")
    .argument("<assignment>", "its id");
  act(remove, async () => (await import("../commands/assignments.ts")).removeAssignment);
};

const declareIssuers = (program: Command): void => {
  const issuers = program
    .command("issuers")
    .description("who says who people are (OpenID Connect)");
  const list = calling(issuers.command("list", { isDefault: true })).description(
    "list them; what issuers without a word does",
  );
  act(list, async () => (await import("../commands/issuers.ts")).issuers);
  const trust = changing(issuers.command("trust"))
    .description("trust one, or change it")
    .argument("<name>", "its people are user:NAME/SUBJECT, their groups group:NAME/GROUP")
    .argument("<url>", "as its tokens have it in iss")
    .requiredOption("--audience <text...>", "what its tokens have in aud")
    .option("--groups-claim <name>", "the claim that holds groups; groups if not given")
    .option("--subject-claim <name>", "the claim that says who it is; sub if not given");
  act(trust, async () => (await import("../commands/issuers.ts")).trust);
  const distrust = changing(issuers.command("distrust"))
    .description("trust one no longer")
    .argument("<name>", "as issuers lists it");
  act(distrust, async () => (await import("../commands/issuers.ts")).distrust);
};

const declareAudit = (program: Command): void => {
  const audit = program.command("audit").description("changes and denied calls");
  const instant = (flags: string, text: string) =>
    new Option(flags, `${text}: 2026-11-23T08:00:00Z`).argParser(instantText);
  const list = calling(audit.command("list", { isDefault: true }))
    .description("list them, newest first; what audit without a word does")
    .option("--principal <id>", "only of those: key:NAME, user:ISSUER/SUBJECT, anonymous")
    .option("--operation <id>", "only those: stopExecution, deployProcess")
    .option("--object <id>", "only on that")
    .addOption(
      new Option("--kind <kind>", "only those").choices(["begun", "changed", "failed", "denied"]),
    )
    .addOption(instant("--since <instant>", "only those since then"))
    .addOption(instant("--until <instant>", "only those before"))
    .addOption(limitOption())
    .option("--all", "all of them");
  act(list, async () => (await import("../commands/audit.ts")).audit);
  const verify = calling(audit.command("verify"))
    .description("say whether the audit is whole and unchanged; exit code 1 if it is not")
    .option("--expect <head>", "BLOCK:HASH that was noted before");
  act(verify, async () => (await import("../commands/audit.ts")).verifyAudit);
};

/** Who may do what, and who has done what. */
export const declareAccess = (program: Command): void => {
  declareKeys(program);
  declareAssignments(program);
  declareIssuers(program);
  declareAudit(program);
};
