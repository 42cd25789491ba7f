/** What every role may do with every operation of the Step Functions protocol: the same as by REST. */
import { type Cell, cells, mayDo, type Objects, tokenOf } from "./role-matrix.ts";

export interface ServiceRow {
  /** In the order of the roles. */
  readonly cells: readonly Cell[];
  readonly input: (objects: Objects) => object;
  /** Name of the error where the call is allowed; none where it does not say. */
  readonly allowed?: string;
  /** Name of the error for whoever may not know of the object. */
  readonly hidden?: string;
  /** A list: it answers with what may be read, and leaves out the rest. What an item is told by. */
  readonly lists?: (objects: Objects) => string;
  /** It belongs to no process: own or another's makes no difference. */
  readonly isOfEnvironment?: boolean;
}

const arn = (rest: string): string => `arn:aws:states:local:000000000000:${rest}`;
const machine = (name: string): string => arn(`stateMachine:${name}`);
const roleArn = "arn:aws:iam::000000000000:role/any";

const onMachine = ({ process }: Objects) => ({ stateMachineArn: machine(process) });
const onAlias = ({ process }: Objects) => ({ stateMachineAliasArn: machine(`${process}:live`) });
const onExecution = ({ executionId }: Objects) => ({
  executionArn: arn(`execution:${executionId}`),
});
const onMapRun = ({ mapRunId }: Objects) => ({ mapRunArn: arn(`mapRun:${mapRunId}`) });
const onActivity = ({ fresh }: Objects) => ({ activityArn: arn(`activity:${fresh}`) });
const onResource = ({ process }: Objects) => ({ resourceArn: machine(process) });
const withToken = (on: Objects) => ({ taskToken: tokenOf(on) });
const routing = ({ process }: Objects) => ({
  routingConfiguration: [{ stateMachineVersionArn: machine(`${process}:1`), weight: 100 }],
});

/** As the processes are that the tests make. */
const definition = JSON.stringify({
  StartAt: "Rest",
  States: { Rest: { Type: "Wait", Seconds: 600, End: true } },
});
const otherDefinition = definition.replace("600", "60");
const pass = JSON.stringify({ Type: "Pass", End: true });

const noMachine = "StateMachineDoesNotExist";
const noExecution = "ExecutionDoesNotExist";
const noResource = "ResourceNotFound";
const { lookers, readers, doers, answerers, writers, drafters } = mayDo;
const starters = cells("all no all all own no all");

/** One row for each operation of the protocol. */
export const serviceRoleMatrix: Readonly<Record<string, ServiceRow>> = {
  CreateStateMachine: {
    cells: writers,
    input: ({ process }) => ({ name: process, definition, roleArn }),
    hidden: "AccessDeniedException",
  },
  UpdateStateMachine: {
    cells: writers,
    input: (on) => ({ ...onMachine(on), definition: otherDefinition }),
    hidden: noMachine,
  },
  DeleteStateMachine: { cells: writers, input: onMachine, hidden: noMachine },
  DescribeStateMachine: { cells: lookers, input: onMachine, hidden: noMachine },
  // The definition belongs to the process: whoever may only start it is not shown it.
  DescribeStateMachineForExecution: {
    cells: lookers,
    input: onExecution,
    hidden: noExecution,
  },
  ListStateMachines: {
    cells: lookers,
    input: () => ({ maxResults: 1000 }),
    lists: ({ process }) => `"${process}"`,
  },
  PublishStateMachineVersion: { cells: writers, input: onMachine, hidden: noMachine },
  ListStateMachineVersions: { cells: lookers, input: onMachine, hidden: noMachine },
  DeleteStateMachineVersion: {
    cells: writers,
    input: ({ process }) => ({ stateMachineVersionArn: machine(`${process}:1`) }),
    // An alias leads to it.
    allowed: "ConflictException",
    hidden: noMachine,
  },
  CreateStateMachineAlias: {
    cells: writers,
    input: (on) => ({ name: "next", ...routing(on) }),
    hidden: noResource,
  },
  UpdateStateMachineAlias: {
    cells: writers,
    input: (on) => ({ ...onAlias(on), description: "Mine" }),
    hidden: noResource,
  },
  DeleteStateMachineAlias: { cells: writers, input: onAlias, hidden: noResource },
  DescribeStateMachineAlias: { cells: lookers, input: onAlias, hidden: noResource },
  ListStateMachineAliases: { cells: lookers, input: onMachine, hidden: noMachine },
  StartExecution: { cells: starters, input: onMachine, hidden: noMachine },
  StartSyncExecution: {
    cells: starters,
    input: onMachine,
    allowed: "StateMachineTypeNotSupported",
    hidden: noMachine,
  },
  StopExecution: { cells: doers, input: onExecution, hidden: noExecution },
  RedriveExecution: { cells: doers, input: onExecution, hidden: noExecution },
  DescribeExecution: { cells: readers, input: onExecution, hidden: noExecution },
  GetExecutionHistory: { cells: readers, input: onExecution, hidden: noExecution },
  ListExecutions: {
    cells: readers,
    input: onMachine,
    lists: ({ executionId }) => executionId,
  },
  ListMapRuns: { cells: readers, input: onExecution, hidden: noExecution },
  DescribeMapRun: { cells: readers, input: onMapRun, hidden: noResource },
  UpdateMapRun: {
    cells: doers,
    input: (on) => ({ ...onMapRun(on), maxConcurrency: 5 }),
    hidden: noResource,
  },
  CreateActivity: {
    cells: mayDo.activityKeepers,
    input: ({ fresh }) => ({ name: fresh }),
    isOfEnvironment: true,
  },
  DeleteActivity: { cells: mayDo.activityKeepers, input: onActivity, isOfEnvironment: true },
  DescribeActivity: {
    cells: mayDo.activityLookers,
    input: onActivity,
    allowed: "ActivityDoesNotExist",
    isOfEnvironment: true,
  },
  ListActivities: { cells: mayDo.activityLookers, input: () => ({}), isOfEnvironment: true },
  GetActivityTask: {
    cells: cells("all no no no no all no"),
    input: onActivity,
    allowed: "ActivityDoesNotExist",
    isOfEnvironment: true,
  },
  SendTaskSuccess: {
    cells: answerers,
    input: (on) => ({ ...withToken(on), output: "1" }),
    allowed: "TaskTimedOut",
    hidden: "TaskDoesNotExist",
  },
  SendTaskFailure: {
    cells: answerers,
    input: withToken,
    allowed: "TaskTimedOut",
    hidden: "TaskDoesNotExist",
  },
  SendTaskHeartbeat: {
    cells: answerers,
    input: withToken,
    allowed: "TaskTimedOut",
    hidden: "TaskDoesNotExist",
  },
  TestState: {
    cells: drafters,
    input: () => ({ definition: pass, roleArn }),
    isOfEnvironment: true,
  },
  ValidateStateMachineDefinition: {
    cells: drafters,
    input: () => ({ definition }),
    isOfEnvironment: true,
  },
  TagResource: {
    cells: writers,
    input: (on) => ({ ...onResource(on), tags: [{ key: "team", value: "a" }] }),
    hidden: noResource,
  },
  UntagResource: {
    cells: writers,
    input: (on) => ({ ...onResource(on), tagKeys: ["team"] }),
    hidden: noResource,
  },
  ListTagsForResource: { cells: lookers, input: onResource, hidden: noResource },
};
