import { type Processes, type ProcessVersion, processNotFound } from "#catalog/processes.ts";
import type { StateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { OrchestratorError } from "#core/errors.ts";
import { type Change, type Operation, operation } from "./operation.ts";
import { etagOf, matching, mustMatch } from "./precondition.ts";
import { existingProcess, onProcess } from "./processes.ts";
import { processPath, processSummary, processSummaryView, versionPath } from "./schemas/process.ts";

interface RemovalsOptions {
  readonly processes: Processes;
  readonly stateMachines: StateMachineCatalog;
}

/** What was there, and what the audit is told of its removal. */
interface Removed {
  readonly before: ProcessVersion;
  readonly change: Change;
}

/**
 * Removes a process, with its aliases, its tags and what the Step Functions protocol keeps of it. `check` is told
 * its newest version and may throw. `undefined`: there is none.
 */
export const removeProcess = async (
  { processes, stateMachines }: RemovalsOptions,
  name: string,
  check: (newest: number) => void = () => {},
): Promise<Removed | undefined> => {
  const before = await processes.get(name);
  const stateMachine = await stateMachines.settings.get(name);
  let last = 0;
  const isRemoved = await processes.remove(name, (newest) => {
    check(newest);
    last = newest;
  });
  if (before === undefined || !isRemoved) return undefined;
  await stateMachines.forget(name, last);
  const told = { ...processSummaryView(before), stateMachine };
  return { before, change: { object: name, before: told } };
};

const aliasesLeadingTo = async (
  { stateMachines }: RemovalsOptions,
  process: string,
  version: number,
): Promise<readonly string[]> => {
  const names: string[] = [];
  let after: string | undefined;
  do {
    const page = { limit: 100, ...(after !== undefined && { after }) };
    const { aliases, next } = await stateMachines.aliases.list(process, page);
    const leading = aliases.filter(({ routes }) =>
      routes.some((route) => route.version === version),
    );
    names.push(...leading.map(({ name }) => name));
    after = next;
  } while (after !== undefined);
  return names;
};

const inUse = (message: string, action: string): OrchestratorError =>
  new OrchestratorError("version-in-use", message, { action });

/**
 * Removes a version of a process. `undefined`: there is none. Rejects with `version-in-use` where an alias leads
 * to it, or it is the newest.
 */
export const removeVersion = async (
  options: RemovalsOptions,
  name: string,
  version: number,
): Promise<Removed | undefined> => {
  const before = await options.processes.get(name, version);
  const outcome = await options.processes.removeVersion(name, version, async () => {
    const aliases = await aliasesLeadingTo(options, name, version);
    if (aliases.length === 0) return;
    throw inUse(
      `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${aliases.join(", ")}]`,
      "Let the aliases lead to another version first.",
    );
  });
  if (outcome === "newest")
    throw inUse(
      `Version ${version} of ${name} is the newest: it is what the process is.`,
      "Deploy another one first, or remove the process.",
    );
  if (outcome === "none" || before === undefined) return undefined;
  const change = { object: `${name}:${version}`, before: processSummaryView(before) };
  return { before, change };
};

const tag = "processes";

/** Operations that remove processes and versions of them. */
export const removalOperations = (options: RemovalsOptions): readonly Operation[] => [
  operation({
    method: "delete",
    path: "/v1/processes/{name}",
    operationId: "removeProcess",
    tag,
    needs: onProcess("process:deploy"),
    summary: "Remove a process with its aliases",
    description:
      "Nothing can be started of it any more. Executions that run go on, and all of them stay visible. A deployment under its name makes another process, whose versions are counted on.",
    request: { params: processPath, headers: matching },
    answers: { 200: { description: "The process as it was.", schema: processSummary } },
    problems: ["process-not-found", "precondition-failed"],
    answer: async ({ params: { name }, headers }) => {
      const removed = await removeProcess(options, name, (newest) =>
        mustMatch(headers, etagOf(newest)),
      );
      if (removed === undefined) throw processNotFound(name);
      return { status: 200, body: processSummaryView(removed.before), change: removed.change };
    },
  }),
  operation({
    method: "delete",
    path: "/v1/processes/{name}/versions/{version}",
    operationId: "removeProcessVersion",
    tag,
    needs: onProcess("process:deploy"),
    objectOf: ({ params: { name, version } }) => `${name}:${version}`,
    summary: "Remove a version of a process",
    description:
      "Nothing can be started of it any more; its executions go on. The newest version, and one that an alias leads to, stay.",
    request: { params: versionPath },
    answers: { 200: { description: "The version as it was.", schema: processSummary } },
    problems: ["process-not-found", "version-in-use"],
    answer: async ({ params: { name, version } }) => {
      // Of a process that is not there the answer is the same as of one that may not be read.
      await existingProcess(options.processes, name, undefined);
      const removed = await removeVersion(options, name, version);
      if (removed === undefined) throw processNotFound(name, version);
      return { status: 200, body: processSummaryView(removed.before), change: removed.change };
    },
  }),
];
