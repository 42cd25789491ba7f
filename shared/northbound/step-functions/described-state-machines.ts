import type { ProcessVersion } from "#catalog/processes.ts";
import { onEach } from "../needs.ts";
import type { Operation } from "../operation.ts";
import { mayRead, readablePage } from "../readable-page.ts";
import { z } from "../z.ts";
import { definitionText } from "./definition-text.ts";
import { machineNameOf } from "./execution-view.ts";
import { noExecution, onStateMachineArn } from "./needs.ts";
import type { ServiceOptions } from "./options.ts";
import { tokenPage } from "./pages.ts";
import { noStateMachine } from "./service-fault.ts";
import {
  arnField,
  maxResultsField,
  nextTokenField,
  secondsOf,
  serviceOperation,
} from "./service-operation.ts";
import { chosenVersion, createdAtMs, versionArn } from "./versions.ts";

const includedData = z.enum(["ALL_DATA", "METADATA_ONLY"]).optional();

/** What all descriptions of a version say. */
const common = async (
  { stateMachines, arns }: ServiceOptions,
  process: ProcessVersion,
  isWithData: boolean,
) => {
  const settings = await stateMachines.settings.get(process.name);
  return {
    name: process.name,
    // The protocol wants one in any case.
    definition: isWithData ? definitionText(process) : "{}",
    roleArn: settings.roleArn ?? arns.defaultRole,
    loggingConfiguration: settings.loggingConfiguration ?? {
      level: "OFF",
      includeExecutionData: false,
    },
    tracingConfiguration: settings.tracingConfiguration ?? { enabled: false },
    encryptionConfiguration: { type: "AWS_OWNED_KEY" },
    revisionId: String(process.version),
  };
};

const describe = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DescribeStateMachine",
    needs: onStateMachineArn(options, "process:read"),
    input: z.object({ stateMachineArn: arnField, includedData }),
    answer: async ({ body }) => {
      const { arns, processes } = options;
      const target = arns.read(body.stateMachineArn, "stateMachine");
      const version = await chosenVersion(options, target);
      const process = await processes.get(target.name, version);
      if (process === undefined) throw noStateMachine(body.stateMachineArn);
      const isVersion = version !== undefined;
      return {
        ...(await common(options, process, body.includedData !== "METADATA_ONLY")),
        stateMachineArn: isVersion
          ? versionArn(options, process)
          : arns.of("stateMachine", process.name),
        status: "ACTIVE",
        type: process.type ?? "STANDARD",
        creationDate: secondsOf(
          isVersion ? process.deployedAtMs : await createdAtMs(options, process),
        ),
        description: process.description,
      };
    },
  });

const describeForExecution = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DescribeStateMachineForExecution",
    // The definition belongs to the process: who may only start it is not shown it by what it has started.
    needs: onEach("process:read"),
    input: z.object({ executionArn: arnField, includedData }),
    answer: async ({ body, access }) => {
      const { arns, executions, processes } = options;
      const { executionId } = arns.read(body.executionArn, "execution");
      const hidden = () => noExecution(body.executionArn);
      await access.demand("execution:read", { kind: "execution", executionId }, hidden);
      const shown = await executions.describe(executionId);
      const name = machineNameOf(shown.process);
      await access.demand("process:read", { kind: "process", name });
      const process = await processes.ran(name, shown.version);
      const arn = arns.of("stateMachine", name);
      if (process === undefined) throw noStateMachine(arn);
      return {
        ...(await common(options, process, body.includedData !== "METADATA_ONLY")),
        stateMachineArn: arn,
        updateDate: secondsOf(process.deployedAtMs),
        ...(shown.process !== name && { label: shown.process.slice(name.length + 1) }),
      };
    },
  });

const list = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "ListStateMachines",
    needs: onEach("process:read"),
    input: z.object({ maxResults: maxResultsField, nextToken: nextTokenField }),
    answer: async ({ body, access, cursors }) => {
      const found = await tokenPage({ body, cursors }, "stateMachines", (place) =>
        readablePage(place, {
          read: options.processes.list,
          itemsOf: (page) => page.processes,
          keep: mayRead(access, "process:read", ({ name }: ProcessVersion) => ({
            kind: "process",
            name,
          })),
        }),
      );
      const stateMachines = found.items.map(async (process) => ({
        stateMachineArn: options.arns.of("stateMachine", process.name),
        name: process.name,
        type: process.type ?? "STANDARD",
        creationDate: secondsOf(await createdAtMs(options, process)),
      }));
      return { stateMachines: await Promise.all(stateMachines), nextToken: found.next };
    },
  });

/** Operations that show state machines. */
export const describedStateMachineOperations = (options: ServiceOptions): readonly Operation[] =>
  [describe, describeForExecution, list].map((made) => made(options));
