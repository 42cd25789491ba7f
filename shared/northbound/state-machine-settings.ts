import type { Processes } from "#catalog/processes.ts";
import type { StateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import type { StateMachineSettings } from "#catalog/state-machine-settings.ts";
import { type Operation, operation } from "./operation.ts";
import { contentEtag, matching, mustMatch } from "./precondition.ts";
import { existingProcess, onProcess } from "./processes.ts";
import { processPath } from "./schemas/process.ts";
import {
  stateMachineSettings,
  stateMachineSettingsBody,
  stateMachineSettingsView,
} from "./schemas/state-machine-settings.ts";

interface StateMachineSettingsOptions {
  readonly processes: Processes;
  readonly stateMachines: Pick<StateMachineCatalog, "settings">;
}

const etagOf = (process: string, settings: StateMachineSettings): string =>
  contentEtag(stateMachineSettingsView(process, settings));

const get = ({ processes, stateMachines }: StateMachineSettingsOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/processes/{name}/state-machine",
    operationId: "getStateMachineSettings",
    tag: "processes",
    needs: onProcess("process:read"),
    summary: "Show what clients of Step Functions said of a process beside its definition",
    description: "Kept and shown, without effect: nothing is logged or traced elsewhere.",
    request: { params: processPath },
    answers: { 200: { description: "The settings.", schema: stateMachineSettings } },
    problems: ["process-not-found"],
    answer: async ({ params: { name } }) => {
      await existingProcess(processes, name, undefined);
      const settings = await stateMachines.settings.get(name);
      return {
        status: 200,
        headers: { etag: etagOf(name, settings) },
        body: stateMachineSettingsView(name, settings),
      };
    },
  });

const put = ({ processes, stateMachines }: StateMachineSettingsOptions): Operation =>
  operation({
    method: "put",
    path: "/v1/processes/{name}/state-machine",
    operationId: "putStateMachineSettings",
    tag: "processes",
    needs: onProcess("process:deploy"),
    summary: "Say what clients of Step Functions are shown of a process beside its definition",
    description:
      "The body is all that it is to be. If-Match with the ETag refuses it if somebody else has changed it meanwhile.",
    request: { params: processPath, headers: matching, body: stateMachineSettingsBody },
    bodyExample: { loggingConfiguration: { level: "OFF" } },
    answers: {
      200: { description: "The settings as they are now.", schema: stateMachineSettings },
    },
    problems: ["process-not-found", "precondition-failed"],
    answer: async ({ params: { name }, headers, body }) => {
      await existingProcess(processes, name, undefined);
      const { before, after } = await stateMachines.settings.change(name, (found) => {
        mustMatch(headers, etagOf(name, found));
        return body as StateMachineSettings;
      });
      return {
        status: 200,
        headers: { etag: etagOf(name, after) },
        body: stateMachineSettingsView(name, after),
        change: { object: name, before: { stateMachine: before }, after: { stateMachine: after } },
      };
    },
  });

/** Operations on what clients of Step Functions say of a process. */
export const stateMachineSettingsOperations = (
  options: StateMachineSettingsOptions,
): readonly Operation[] => [get, put].map((made) => made(options));
