import { connect } from "../environment/client.ts";
import type { Assignment, WhoAmI } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { grantText, scopeText } from "../view/grant-text.ts";
import { tableText } from "../view/table.ts";
import { localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { type ScopeOptions, scopeFrom } from "./scope-options.ts";
import { fieldLines } from "./show.ts";

const path = "/v1/assignments";

/** Says who calls, and what it may do. */
export const whoami = async ({ options, terminal }: Call): Promise<number> => {
  const me = await (await connect(options)).get<WhoAmI>("/v1/whoami");
  if (options.json === true) {
    terminal.json(me);
    return exitCodes.success;
  }
  const roles = me.grants.map(grantText);
  const fields = [
    ["principal", printable(me.principal)],
    ["environment", me.environment],
    ["roles", roles.length === 0 ? "none: an administrator has to give one" : roles.join("; ")],
    ["groups", printable(me.groups.join(", "))],
    ["key", me.keyId],
  ] as const;
  for (const line of fieldLines(fields, terminal.paint)) terminal.out(line);
  return exitCodes.success;
};

/** Lists who has which role. */
export const assignments = async ({ options, terminal }: Call): Promise<number> => {
  const client = await connect(options);
  const { assignments: found } = await client.get<{
    readonly assignments: readonly Assignment[];
  }>(path);
  if (options.json === true) {
    terminal.json(found);
    return exitCodes.success;
  }
  if (found.length === 0) {
    terminal.out("Nobody has a role but the administrator of the first start.");
    return exitCodes.success;
  }
  const rows = found.map((each) => [
    each.assignmentId,
    each.subject,
    each.role,
    scopeText(each.scope),
    localTime(each.createdAt),
    each.createdBy,
  ]);
  const head = ["ASSIGNMENT", "SUBJECT", "ROLE", "FOR", "SINCE", "BY"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint: terminal.paint }));
  return exitCodes.success;
};

/** Gives somebody a role. */
export const assign = async (
  { options, terminal }: Call<ScopeOptions>,
  subject: string,
  role: string,
): Promise<number> => {
  const client = await connect(options);
  const made = await client.post<Assignment>(path, { subject, role, scope: scopeFrom(options) });
  if (options.json === true) terminal.json(made);
  else terminal.out(`${printable(made.subject)} is ${grantText(made)}`);
  return exitCodes.success;
};

/** Takes a role away. */
export const removeAssignment = async (
  { options, terminal }: Call,
  assignmentId: string,
): Promise<number> => {
  const client = await connect(options);
  const gone = await client.remove<Assignment>(`${path}/${encodeURIComponent(assignmentId)}`);
  if (options.json === true) terminal.json(gone);
  else terminal.out(`${printable(gone.subject)} is no longer ${grantText(gone)}`);
  return exitCodes.success;
};
