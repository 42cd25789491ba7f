import { printJson } from "#core/json.ts";
import type { ExecutionDescription } from "#engine/executions.ts";
import type { Head } from "#ports/heads.ts";
import { executionArn, type ServiceOptions } from "./options.ts";
import { secondsIfAny, secondsOf } from "./service-operation.ts";

/** Map runs and their children are executions of `<process>/<Map state>`. */
export const machineNameOf = (process: string): string => process.split("/")[0] ?? process;

const isPart = ({ process }: Pick<Head, "process">): boolean => process.includes("/");

/** Name of the map run that a child is of: children are named by it and their index. */
const mapRunIdOf = ({ process, name }: Pick<Head, "process" | "name">): string =>
  `${process}:map-${name.slice(0, name.lastIndexOf("-"))}`;

/** What descriptions and lists say alike. */
export const listedExecution = async (options: ServiceOptions, shown: Head) => {
  const { arns } = options;
  return {
    executionArn: await executionArn(options, shown),
    stateMachineArn: arns.of("stateMachine", shown.process),
    name: shown.name,
    status: shown.status,
    startDate: secondsOf(shown.startedAtMs),
    stopDate: secondsIfAny(shown.stoppedAtMs),
    redriveCount: shown.redriven?.count ?? 0,
    redriveDate: secondsIfAny(shown.redriven?.atMs),
    ...(isPart(shown)
      ? { mapRunArn: arns.of("mapRun", mapRunIdOf(shown)) }
      : { stateMachineVersionArn: arns.of("stateMachine", `${shown.process}:${shown.version}`) }),
  };
};

const redriveStatusOf = (shown: ExecutionDescription) => {
  const { status } = shown;
  if (status === "RUNNING" || status === "SUCCEEDED")
    return {
      redriveStatus: "NOT_REDRIVABLE",
      redriveStatusReason: `Execution is ${status} and cannot be redriven`,
    };
  if (isPart(shown) || shown.isCondensed === true)
    return {
      redriveStatus: "NOT_REDRIVABLE",
      redriveStatusReason: isPart(shown)
        ? "The execution is a part of another one"
        : "Only the start and the end of the execution are kept",
    };
  return { redriveStatus: "REDRIVABLE" };
};

/** The values of an execution; `isWithData` false: none of them. */
const valuesOf = ({ input, output }: ExecutionDescription, isWithData: boolean) => ({
  ...(isWithData && { input: printJson(input) }),
  inputDetails: { included: isWithData },
  ...(output !== undefined && {
    ...(isWithData && { output: printJson(output) }),
    outputDetails: { included: isWithData },
  }),
});

/** An execution as DescribeExecution shows it. */
export const describedExecution = async (
  options: ServiceOptions,
  shown: ExecutionDescription,
  includedData: "ALL_DATA" | "METADATA_ONLY" = "ALL_DATA",
) => ({
  ...(await listedExecution(options, { ...shown, epoch: 0, seq: 0 } as Head)),
  ...valuesOf(shown, includedData === "ALL_DATA"),
  ...(shown.alias !== undefined && {
    stateMachineAliasArn: options.arns.of("stateMachine", `${shown.process}:${shown.alias}`),
  }),
  error: shown.error,
  cause: shown.cause,
  ...redriveStatusOf(shown),
});
