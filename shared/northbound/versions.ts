import type { Processes } from "#catalog/processes.ts";
import { versionDiff } from "#catalog/version-diff.ts";
import { pageOf } from "./cursor.ts";
import { type Operation, operation } from "./operation.ts";
import { existingProcess, onProcess } from "./processes.ts";
import {
  diffPath,
  processesQuery,
  processPath,
  processSummaryView,
  versionDiff as versionDiffSchema,
  versionPage,
} from "./schemas/process.ts";

interface Place {
  readonly limit: number;
  readonly after?: string;
}

/** The newest first; the number of a version is its place. */
const versionsOf = async (processes: Processes, name: string, { limit, after }: Place) => {
  const newest = await existingProcess(processes, name, undefined);
  const last = after === undefined ? newest.version : Number(after) - 1;
  const numbers = Array.from({ length: Math.min(limit, last) }, (_, index) => last - index);
  const found = await Promise.all(numbers.map((number) => processes.get(name, number)));
  const lowest = numbers.at(-1) ?? 1;
  return {
    versions: found.filter((version) => version !== undefined),
    next: lowest > 1 ? String(lowest) : undefined,
  };
};

/** Operations on the versions of a process. */
export const versionOperations = (processes: Processes): readonly Operation[] => [
  operation({
    method: "get",
    path: "/v1/processes/{name}/versions",
    operationId: "listProcessVersions",
    tag: "processes",
    needs: onProcess("process:read"),
    summary: "List the versions of a process, the newest first",
    request: { params: processPath, query: processesQuery },
    answers: { 200: { description: "A page.", schema: versionPage } },
    problems: ["process-not-found"],
    answer: async ({ params: { name }, query, cursors }) => {
      const found = await pageOf({ query, cursors }, `versions of ${name}`, (place) =>
        versionsOf(processes, name, place),
      );
      const versions = found.versions.map(processSummaryView);
      return { status: 200, body: { versions, next: found.next } };
    },
  }),
  operation({
    method: "get",
    path: "/v1/processes/{name}/versions/{from}/diff/{to}",
    operationId: "diffProcessVersions",
    tag: "processes",
    needs: onProcess("process:read"),
    summary: "Say how a version of a process differs from another",
    description:
      "Compares what the documents say; comments, layout and the order of fields make no difference.",
    request: { params: diffPath },
    answers: { 200: { description: "The differences.", schema: versionDiffSchema } },
    problems: ["process-not-found"],
    answer: async ({ params: { name, from, to } }) => {
      // Of a process that is not there the answer is the same as of one that may not be read.
      await existingProcess(processes, name, undefined);
      const [first, second] = await Promise.all([
        existingProcess(processes, name, from),
        existingProcess(processes, name, to),
      ]);
      return { status: 200, body: { name, from, to, differences: versionDiff(first, second) } };
    },
  }),
];
