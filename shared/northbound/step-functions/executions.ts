import { OrchestratorError } from "#core/errors.ts";
import { executionArnOf } from "#core/execution/arns.ts";
import { valueIn } from "#core/execution/measure.ts";
import type { Json } from "#core/json.ts";
import { valueDepthMax } from "#core/limits.ts";
import type { StartRequest } from "#engine/engine.ts";
import { askingAgain } from "../asking-again.ts";
import { redriveChange, stopChange } from "../executions.ts";
import type { Operation } from "../operation.ts";
import { mustBeReadable, mustFit } from "../starts.ts";
import { z } from "../z.ts";
import { listExecutions } from "./execution-lists.ts";
import { describedExecution } from "./execution-view.ts";
import { onExecutionArn, onStateMachineArn } from "./needs.ts";
import { existingMachine, type ServiceOptions } from "./options.ts";
import { ServiceFault } from "./service-fault.ts";
import { arnField, changed, secondsOf, serviceOperation } from "./service-operation.ts";
import { chosenVersion } from "./versions.ts";

const includedData = z.enum(["ALL_DATA", "METADATA_ONLY"]).optional();

const startInput = z.object({
  stateMachineArn: arnField,
  name: z.string().min(1).max(80).optional(),
  input: z.string().optional(),
  traceHeader: z.string().max(256).optional(),
});

type StartInput = z.output<typeof startInput>;

const inputOf = (text = "{}"): Json => {
  const input = valueIn(text);
  if (input !== undefined) return input;
  throw new ServiceFault(
    "InvalidExecutionInput",
    `Invalid State Machine Execution Input: 'the text is not JSON of at most ${valueDepthMax} levels'`,
  );
};

/** What a start asks of the engine. */
const startRequest = async (
  options: ServiceOptions,
  { stateMachineArn, name, input: text }: StartInput,
  startedBy: string,
): Promise<StartRequest & { readonly isExpress: boolean }> => {
  const { arns, processes } = options;
  const target = arns.read(stateMachineArn, "stateMachine");
  const input = inputOf(text);
  const version = await chosenVersion(options, target);
  const process = await existingMachine(options, {
    name: target.name,
    ...(version !== undefined && { version }),
    arn: stateMachineArn,
  });
  mustFit(processes, process, input);
  return {
    process: target.name,
    // A start by an alias may be repeated with another choice: the first one counts.
    ...(target.version !== undefined && { version: target.version }),
    resolvedVersion: process.version,
    ...(target.alias !== undefined && { alias: target.alias }),
    ...(name !== undefined && { name }),
    input,
    startedBy,
    isExpress: process.type === "EXPRESS",
  };
};

const nameIsTaken = (arn: string): ServiceFault =>
  new ServiceFault("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);

const start = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "StartExecution",
    needs: onStateMachineArn(options, "process:start"),
    input: startInput,
    answer: async ({ body, principal, access }) => {
      const { engine, executions, identity } = options;
      const { isExpress, ...request } = await startRequest(options, body, principal);
      const { executionId, isNew, startedAtMs } = await engine.start(request);
      const name = executionId.slice(request.process.length + 1);
      const arn = executionArnOf(
        { identity, type: isExpress ? "EXPRESS" : "STANDARD" },
        { process: request.process, name, startedAtMs },
      );
      if (!isNew) {
        await mustBeReadable(access, executionId);
        // The same start again is the same execution, as long as it runs.
        if ((await executions.describe(executionId)).status !== "RUNNING") throw nameIsTaken(arn);
      }
      return { executionArn: arn, startDate: secondsOf(startedAtMs) };
    },
  });

const startSync = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "StartSyncExecution",
    needs: onStateMachineArn(options, "process:start"),
    input: startInput.extend({ includedData }),
    answer: async ({ body, ...call }) => {
      const { engine, executions, nowMs, syncMsMax } = options;
      const { principal, access, signal } = call;
      const mustBeAllowed = askingAgain(call, nowMs);
      const { isExpress, ...request } = await startRequest(options, body, principal);
      if (!isExpress)
        throw new ServiceFault(
          "StateMachineTypeNotSupported",
          "This operation is not supported by this type of state machine: it is not EXPRESS; start it with StartExecution",
        );
      const { executionId, isNew } = await engine.start(request);
      if (!isNew) await mustBeReadable(access, executionId);
      const status = await engine.awaitEnd(executionId, syncMsMax, signal());
      // As with a start by REST that waits.
      await mustBeAllowed();
      const shown = await executions.describe(executionId);
      const described = await describedExecution(options, shown, body.includedData);
      if (status === "RUNNING")
        throw new ServiceFault(
          "ExecutionStillRunning",
          `The execution goes on after the ${syncMsMax / 1000} s that a call may wait: look at '${described.executionArn}'`,
        );
      const {
        redriveCount: _,
        redriveDate,
        redriveStatus,
        redriveStatusReason,
        ...answer
      } = described;
      return { ...answer, traceHeader: body.traceHeader };
    },
  });

const describe = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DescribeExecution",
    needs: onExecutionArn(options, "execution:read"),
    input: z.object({ executionArn: arnField, includedData }),
    answer: async ({ body }) => {
      const { executionId } = options.arns.read(body.executionArn, "execution");
      return describedExecution(
        options,
        await options.executions.describe(executionId),
        body.includedData,
      );
    },
  });

const stop = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "StopExecution",
    needs: onExecutionArn(options, "execution:stop"),
    input: z.object({
      executionArn: arnField,
      error: z.string().max(256).optional(),
      cause: z.string().max(32_768).optional(),
    }),
    answer: async ({ body, principal }) => {
      const { engine, executions, nowMs } = options;
      const { executionId } = options.arns.read(body.executionArn, "execution");
      const { error, cause } = body;
      const why = {
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      };
      const isStopped = await engine.stop(executionId, { ...why, by: principal }).then(
        () => true,
        (refused) => {
          // As the service has it, what has ended is stopped.
          if (refused instanceof OrchestratorError && refused.code === "execution-ended")
            return false;
          throw refused;
        },
      );
      const shown = await executions.describe(executionId);
      const output = { stopDate: secondsOf(shown.stoppedAtMs ?? nowMs()) };
      return isStopped ? changed(output, stopChange(shown)) : output;
    },
  });

const redrive = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "RedriveExecution",
    needs: onExecutionArn(options, "execution:redrive"),
    input: z.object({ executionArn: arnField, clientToken: z.string().max(64).optional() }),
    answer: async ({ body, principal }) => {
      const { executionId } = options.arns.read(body.executionArn, "execution");
      const { engine, executions, nowMs } = options;
      const before = await executions.describe(executionId);
      await engine.redrive(executionId, principal);
      const after = await executions.describe(executionId);
      return changed(
        { redriveDate: secondsOf(after.redriven?.atMs ?? nowMs()) },
        redriveChange(before, after),
      );
    },
  });

/** Operations on executions. */
export const executionOperations = (options: ServiceOptions): readonly Operation[] =>
  [start, startSync, describe, listExecutions, stop, redrive].map((made) => made(options));
