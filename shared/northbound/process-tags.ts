import type { Processes } from "#catalog/processes.ts";
import type { StateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import type { TagSet } from "#catalog/tags.ts";
import { type Operation, operation } from "./operation.ts";
import { contentEtag, matching, mustMatch } from "./precondition.ts";
import { existingProcess, onProcess } from "./processes.ts";
import { processPath } from "./schemas/process.ts";
import { processTags, processTagsView, tagsBody } from "./schemas/tags.ts";

interface ProcessTagsOptions {
  readonly processes: Processes;
  readonly stateMachines: Pick<StateMachineCatalog, "tags">;
}

const etagOf = (process: string, tags: TagSet): string =>
  contentEtag(processTagsView(process, tags));

const get = ({ processes, stateMachines }: ProcessTagsOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/processes/{name}/tags",
    operationId: "getProcessTags",
    tag: "processes",
    needs: onProcess("process:read"),
    summary: "Show the tags of a process",
    description: "Those of its executions are others: each start may give some.",
    request: { params: processPath },
    answers: { 200: { description: "The tags.", schema: processTags } },
    problems: ["process-not-found"],
    answer: async ({ params: { name } }) => {
      await existingProcess(processes, name, undefined);
      const tags = await stateMachines.tags.stateMachine.get(name);
      const headers = { etag: etagOf(name, tags) };
      return { status: 200, headers, body: processTagsView(name, tags) };
    },
  });

const put = ({ processes, stateMachines }: ProcessTagsOptions): Operation =>
  operation({
    method: "put",
    path: "/v1/processes/{name}/tags",
    operationId: "putProcessTags",
    tag: "processes",
    needs: onProcess("process:deploy"),
    summary: "Say which tags a process has",
    description:
      "The body has all of them: what it leaves out is removed. If-Match with the ETag refuses it if somebody else has changed them meanwhile.",
    request: { params: processPath, headers: matching, body: tagsBody },
    bodyExample: { tags: { team: "storage" } },
    answers: { 200: { description: "The tags as they are now.", schema: processTags } },
    problems: ["process-not-found", "precondition-failed"],
    answer: async ({ params: { name }, headers, body }) => {
      await existingProcess(processes, name, undefined);
      const { before, after } = await stateMachines.tags.stateMachine.change(name, (found) => {
        mustMatch(headers, etagOf(name, found));
        return body.tags;
      });
      return {
        status: 200,
        headers: { etag: etagOf(name, after) },
        body: processTagsView(name, after),
        change: { object: name, before: { tags: before }, after: { tags: after } },
      };
    },
  });

/** Operations on the tags of a process. */
export const processTagsOperations = (options: ProcessTagsOptions): readonly Operation[] =>
  [get, put].map((made) => made(options));
