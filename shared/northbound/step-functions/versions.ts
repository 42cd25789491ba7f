import type { ProcessVersion } from "#catalog/processes.ts";
import { drawnVersion } from "../aliases.ts";
import type { Operation } from "../operation.ts";
import { removeVersion } from "../removals.ts";
import { z } from "../z.ts";
import type { Named } from "./arns.ts";
import { onStateMachineArn } from "./needs.ts";
import type { ServiceOptions } from "./options.ts";
import { pageIn, tokenPage } from "./pages.ts";
import { noStateMachine, ServiceFault } from "./service-fault.ts";
import {
  arnField,
  changed,
  maxResultsField,
  nextTokenField,
  secondsOf,
  serviceOperation,
} from "./service-operation.ts";

export type StateMachineName = Extract<Named, { readonly kind: "stateMachine" }>;

/** The version that a call by this ARN is about; of an alias, one drawn by its weights. `undefined`: the newest. */
export const chosenVersion = async (
  { stateMachines, arns }: ServiceOptions,
  { name, version, alias }: StateMachineName,
): Promise<number | undefined> => {
  if (alias === undefined) return version;
  const drawn = await drawnVersion(stateMachines.aliases, name, alias);
  if (drawn === undefined) throw noStateMachine(arns.of("stateMachine", `${name}:${alias}`));
  return drawn;
};

/** When a process was made: a version may be of any day after. */
export const createdAtMs = async (
  { processes }: Pick<ServiceOptions, "processes">,
  process: ProcessVersion,
) => ((await processes.get(process.name, 1)) ?? process).deployedAtMs;

/** ARN of a version. */
export const versionArn = (
  { arns }: Pick<ServiceOptions, "arns">,
  { name, version }: Pick<ProcessVersion, "name" | "version">,
): string => arns.of("stateMachine", `${name}:${version}`);

const newestOf = async (options: ServiceOptions, arn: string): Promise<ProcessVersion> => {
  const found = await options.processes.get(options.arns.read(arn, "stateMachine").name);
  if (found === undefined) throw noStateMachine(arn);
  return found;
};

const publish = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "PublishStateMachineVersion",
    needs: onStateMachineArn(options, "process:deploy"),
    input: z.object({
      stateMachineArn: arnField,
      revisionId: z.string().optional(),
      description: z.string().max(256).optional(),
    }),
    answer: async ({ body }) => {
      const newest = await newestOf(options, body.stateMachineArn);
      if (body.revisionId !== undefined && body.revisionId !== String(newest.version))
        throw new ServiceFault(
          "ConflictException",
          `The newest revision of the state machine is ${newest.version}, not ${body.revisionId}`,
        );
      return {
        stateMachineVersionArn: versionArn(options, newest),
        creationDate: secondsOf(newest.deployedAtMs),
      };
    },
  });

const list = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "ListStateMachineVersions",
    needs: onStateMachineArn(options, "process:read"),
    input: z.object({
      stateMachineArn: arnField,
      maxResults: maxResultsField,
      nextToken: nextTokenField,
    }),
    answer: async ({ body, cursors }) => {
      const newest = await newestOf(options, body.stateMachineArn);
      const numbers = Array.from({ length: newest.version }, (_, index) => newest.version - index);
      const found = await tokenPage({ body, cursors }, `versions ${newest.name}`, async (place) =>
        pageIn(numbers, place),
      );
      const versions = await Promise.all(
        found.items.map((version) => options.processes.get(newest.name, version)),
      );
      return {
        stateMachineVersions: versions.flatMap((version) =>
          version === undefined
            ? []
            : [
                {
                  stateMachineVersionArn: versionArn(options, version),
                  creationDate: secondsOf(version.deployedAtMs),
                },
              ],
        ),
        nextToken: found.next,
      };
    },
  });

const remove = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DeleteStateMachineVersion",
    needs: {
      action: "process:deploy",
      object: ({ body }) => ({
        kind: "process",
        name: options.arns.read(body.stateMachineVersionArn, "stateMachine").name,
      }),
      hidden: ({ body }) => noStateMachine(body.stateMachineVersionArn),
    },
    input: z.object({ stateMachineVersionArn: arnField }),
    answer: async ({ body: { stateMachineVersionArn: arn } }) => {
      const { name, version } = options.arns.read(arn, "stateMachine");
      if (version === undefined)
        throw new ServiceFault("InvalidArn", `Invalid Arn: '${arn}' names no version`);
      // As the service has it, what is not there is deleted.
      const removed = await removeVersion(options, name, version);
      return removed === undefined ? {} : changed({}, removed.change);
    },
  });

/** Operations on versions: each deployment is one. */
export const versionOperations = (options: ServiceOptions): readonly Operation[] =>
  [publish, list, remove].map((made) => made(options));
