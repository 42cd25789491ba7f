import { randomInt } from "node:crypto";
import { type Alias, type Aliases, versionByWeight } from "#catalog/aliases.ts";
import type { Processes } from "#catalog/processes.ts";
import type { StateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { pageOf } from "./cursor.ts";
import { type Change, type Operation, operation } from "./operation.ts";
import { contentEtag, matching, mustMatch, preconditions } from "./precondition.ts";
import { HttpProblem } from "./problem.ts";
import { existingProcess, onProcess } from "./processes.ts";
import { alias, aliasBody, aliasesPath, aliasPage, aliasPath, aliasView } from "./schemas/alias.ts";
import { processesQuery } from "./schemas/process.ts";

/** What the operations on aliases need. */
export interface AliasesOptions {
  readonly processes: Processes;
  readonly stateMachines: Pick<StateMachineCatalog, "aliases">;
  readonly nowMs: () => number;
}

const tag = "processes";

const notFound = (process: string, name: string): HttpProblem =>
  new HttpProblem("alias-not-found", `There is no alias ${name} of the process ${process}.`);

/** The version that a start by an alias gets, drawn by its weights; undefined: there is no such alias. */
export const drawnVersion = async (
  aliases: Aliases,
  process: string,
  name: string,
): Promise<number | undefined> => {
  const found = await aliases.get(process, name);
  return found && versionByWeight(found.routes, randomInt(2 ** 32) / 2 ** 32);
};

/** The same; throws where there is no such process or alias. */
export const mustBeDrawn = async (
  { processes, stateMachines }: Pick<AliasesOptions, "processes" | "stateMachines">,
  process: string,
  name: string,
): Promise<number> => {
  await existingProcess(processes, process, undefined);
  const version = await drawnVersion(stateMachines.aliases, process, name);
  if (version === undefined) throw notFound(process, name);
  return version;
};

const etagOf = (shown: Alias): string => contentEtag(aliasView(shown));

const objectOf = ({ process, name }: Alias): string => `${process}/${name}`;

const viewIfAny = (shown: Alias | undefined) => shown && aliasView(shown);

/** What the audit is told of a change of an alias, whichever protocol it came by. */
export const aliasChange = (before: Alias | undefined, after: Alias | undefined): Change => {
  const either = after ?? before;
  if (either === undefined || before === after) return {};
  return { object: objectOf(either), before: viewIfAny(before), after: viewIfAny(after) };
};

const list = ({ processes, stateMachines }: AliasesOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/processes/{name}/aliases",
    operationId: "listAliases",
    tag,
    needs: onProcess("process:read"),
    summary: "List the aliases of a process, by name",
    request: { params: aliasesPath, query: processesQuery },
    answers: { 200: { description: "A page.", schema: aliasPage } },
    problems: ["process-not-found"],
    answer: async ({ params: { name }, query, cursors }) => {
      await existingProcess(processes, name, undefined);
      const found = await pageOf({ query, cursors }, `aliases of ${name}`, (place) =>
        stateMachines.aliases.list(name, place),
      );
      return { status: 200, body: { aliases: found.aliases.map(aliasView), next: found.next } };
    },
  });

const get = ({ processes, stateMachines }: AliasesOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/processes/{name}/aliases/{alias}",
    operationId: "getAlias",
    tag,
    needs: onProcess("process:read"),
    summary: "Show an alias of a process",
    request: { params: aliasPath },
    answers: { 200: { description: "The alias.", schema: alias } },
    problems: ["process-not-found", "alias-not-found"],
    answer: async ({ params }) => {
      await existingProcess(processes, params.name, undefined);
      const found = await stateMachines.aliases.get(params.name, params.alias);
      if (found === undefined) throw notFound(params.name, params.alias);
      return { status: 200, headers: { etag: etagOf(found) }, body: aliasView(found) };
    },
  });

const put = ({ processes, stateMachines, nowMs }: AliasesOptions): Operation =>
  operation({
    method: "put",
    path: "/v1/processes/{name}/aliases/{alias}",
    operationId: "putAlias",
    tag,
    needs: onProcess("process:deploy"),
    summary: "Make an alias of a process, or change it",
    description:
      "The body is all that it is to be. If-Match with its ETag refuses it if somebody else has changed it meanwhile; If-None-Match: * if there is one of that name.",
    request: { params: aliasPath, headers: preconditions, body: aliasBody },
    bodyExample: {
      description: "What customers get.",
      routes: [
        { version: 1, weight: 90 },
        { version: 2, weight: 10 },
      ],
    },
    answers: {
      201: { description: "A new alias.", schema: alias },
      200: { description: "The alias as it is now.", schema: alias },
    },
    problems: ["process-not-found", "precondition-failed"],
    answer: async ({ params: { name: process, alias: name }, headers, body }) => {
      await existingProcess(processes, process, undefined);
      for (const { version } of body.routes) await existingProcess(processes, process, version);
      const atMs = nowMs();
      const { before, after } = await stateMachines.aliases.change(process, name, (found) => {
        mustMatch(headers, found && etagOf(found));
        return {
          process,
          name,
          ...body,
          createdAtMs: found?.createdAtMs ?? atMs,
          updatedAtMs: atMs,
        };
      });
      return {
        status: before === undefined ? 201 : 200,
        headers: { etag: etagOf(after) },
        body: aliasView(after),
        change: aliasChange(before, after),
      };
    },
  });

const remove = ({ processes, stateMachines }: AliasesOptions): Operation =>
  operation({
    method: "delete",
    path: "/v1/processes/{name}/aliases/{alias}",
    operationId: "removeAlias",
    tag,
    needs: onProcess("process:deploy"),
    summary: "Remove an alias of a process; its versions stay",
    request: { params: aliasPath, headers: matching },
    answers: { 200: { description: "The alias as it was.", schema: alias } },
    problems: ["process-not-found", "alias-not-found", "precondition-failed"],
    answer: async ({ params: { name: process, alias: name }, headers }) => {
      await existingProcess(processes, process, undefined);
      const before = await stateMachines.aliases.remove(process, name, (found) =>
        mustMatch(headers, etagOf(found)),
      );
      if (before === undefined) throw notFound(process, name);
      return { status: 200, body: aliasView(before), change: aliasChange(before, undefined) };
    },
  });

/** Operations on the aliases of a process. */
export const aliasOperations = (options: AliasesOptions): readonly Operation[] =>
  [list, get, put, remove].map((made) => made(options));
