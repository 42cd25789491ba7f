import type { CallAccess } from "#access/call-access.ts";
import type { Head } from "#ports/heads.ts";
import type { Operation } from "../operation.ts";
import { type Keep, mayRead, readablePage } from "../readable-page.ts";
import { z } from "../z.ts";
import { listedExecution } from "./execution-view.ts";
import { existingMachine, existingMapRun, type ServiceOptions } from "./options.ts";
import { tokenPage } from "./pages.ts";
import { noResource, ServiceFault } from "./service-fault.ts";
import {
  arnField,
  maxResultsField,
  nextTokenField,
  serviceOperation,
} from "./service-operation.ts";

const listInput = z.object({
  stateMachineArn: arnField.optional(),
  mapRunArn: arnField.optional(),
  statusFilter: z
    .enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"])
    .optional(),
  redriveFilter: z.enum(["REDRIVEN", "NOT_REDRIVEN"]).optional(),
  maxResults: maxResultsField,
  nextToken: nextTokenField,
});

/** The executions of which ListExecutions speaks: those of a process, or the children of a map run. */
interface Listed {
  readonly process: string;
  readonly isListed: Filter;
}

/** What is not the caller's to know of has the same answer whether it is there or not. */
const listedBy = async (
  options: ServiceOptions,
  { stateMachineArn, mapRunArn }: z.output<typeof listInput>,
  access: CallAccess,
): Promise<Listed> => {
  const { arns, executions } = options;
  if ((stateMachineArn === undefined) === (mapRunArn === undefined))
    throw new ServiceFault(
      "ValidationException",
      "Exactly one of stateMachineArn and mapRunArn is needed",
    );
  if (mapRunArn !== undefined) {
    const { mapRunId } = arns.read(mapRunArn, "mapRun");
    const mapRun = { kind: "execution", executionId: mapRunId } as const;
    await access.demand("execution:read", mapRun, () => noResource(mapRunArn));
    await existingMapRun(options, mapRunArn);
    const process = mapRunId.slice(0, mapRunId.lastIndexOf(":"));
    const prefix = `${process}:${mapRunId.slice(process.length + 1 + "map-".length)}-`;
    return { process, isListed: ({ executionId }) => executionId.startsWith(prefix) };
  }
  const { name, version, alias } = arns.read(stateMachineArn ?? "", "stateMachine");
  if (access.holdsAll("process:read"))
    await existingMachine(options, {
      name,
      ...(version !== undefined && { version }),
      arn: stateMachineArn ?? "",
    });
  if (alias !== undefined)
    return {
      process: name,
      isListed: async ({ executionId }) => (await executions.describe(executionId)).alias === alias,
    };
  return {
    process: name,
    isListed: version === undefined ? undefined : (head) => head.version === version,
  };
};

type Filter = ((head: Head) => boolean | Promise<boolean>) | undefined;

const isRedriven = (filter: "REDRIVEN" | "NOT_REDRIVEN" | undefined): Filter =>
  filter && (({ redriven }) => (redriven !== undefined) === (filter === "REDRIVEN"));

/** What fits both filters. */
const both = (one: Filter, other: Filter): Keep<Head> => {
  if (one === undefined && other === undefined) return undefined;
  return async (head) =>
    (one === undefined || (await one(head))) && (other === undefined || (await other(head)));
};

/** ListExecutions. */
export const listExecutions = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "ListExecutions",
    needs: { action: "execution:read", object: "each" },
    input: listInput,
    answer: async ({ body, access, cursors }) => {
      const { maxResults: _, nextToken: __, ...filters } = body;
      const { process, isListed } = await listedBy(options, body, access);
      const { statusFilter: status, redriveFilter } = filters;
      if (status === "PENDING_REDRIVE") return { executions: [] };
      const filter = { process, ...(status !== undefined && { status }) };
      const may = mayRead(access, "execution:read", (known: Head) => ({
        kind: "execution",
        executionId: known.executionId,
        known,
      }));
      const found = await tokenPage(
        { body, cursors },
        `executions ${JSON.stringify(filters)}`,
        (place) =>
          readablePage(
            { ...filter, ...place },
            {
              read: options.executions.list,
              itemsOf: (page) => page.executions,
              keep: both(both(isRedriven(redriveFilter), isListed), may),
            },
          ),
      );
      const executions = found.items.map((head) => listedExecution(options, head));
      return { executions: await Promise.all(executions), nextToken: found.next };
    },
  });
