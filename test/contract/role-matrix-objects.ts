/** Objects of one's own and of others, on which the tables of roles are held against an environment. */
import { expect } from "vitest";
import type { accessEnvironment } from "./access-environment.ts";
import { type Objects, route } from "./role-matrix.ts";

const definitions = {
  rest: "{StartAt: Rest, States: {Rest: {Type: Wait, Seconds: 600, End: true}}}",
  print:
    "{StartAt: Print, States: {Print: {Type: Task, Resource: 'arn:aws:states:us-east-1:123456789012:activity:print', End: true}}}",
  spread: `
  StartAt: Spread
  States:
    Spread:
      Type: Map
      ItemProcessor:
        ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
        StartAt: Rest
        States: {Rest: {Type: Wait, Seconds: 600, End: true}}
      End: true`,
};

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

interface Made {
  readonly executionId: string;
  readonly mapRunId?: string;
}

type Maker = (startedBy: string, process: string) => Promise<Made>;

type Environment = Awaited<ReturnType<typeof accessEnvironment>>;

/** Makes new objects that a principal owns, for an operation that is called on them. */
export const matrixObjects = async ({
  engine,
  executions,
  processes,
  stateMachines,
  alerts,
  systemEvents,
}: Environment): Promise<(operationId: string, owner: string) => Promise<Objects>> => {
  const deploy = async (name: string, definition: string, deployedBy: string) => {
    const text = `kind: Process\nname: ${name}\ndefinition: ${definition}\n`;
    const outcome = await processes.deploy({ text, deployedBy });
    expect(outcome.kind).toBe("deployed");
  };
  await deploy("rest", definitions.rest, "key:Somebody");
  await deploy("print", definitions.print, "key:Somebody");
  await deploy("spread", definitions.spread, "key:Somebody");

  let count = 0;
  const freshName = (): string => {
    count += 1;
    return `name-${count}`;
  };

  const stopped = async (startedBy: string) => {
    const { executionId } = await engine.start({ process: "rest", input: {}, startedBy });
    await until(async () => {
      const events = await executions.history(executionId, { afterEventId: 0, limit: 10 });
      return events.find(({ type }) => type === "WaitStateEntered");
    });
    await engine.stop(executionId, { by: startedBy });
    return { executionId };
  };

  const mapRun = async (startedBy: string) => {
    const { executionId } = await engine.start({ process: "spread", input: [1], startedBy });
    const mapRunId = await until(async () => (await executions.describe(executionId)).mapRuns?.[0]);
    return { executionId, mapRunId };
  };

  const running: Maker = async (startedBy) =>
    engine.start({ process: "rest", input: {}, startedBy });

  /** Of the process that is one's own as well. */
  const runningOwn: Maker = async (startedBy, process) =>
    engine.start({ process, input: {}, startedBy });

  /** What only some operations need, and costs more to make. */
  const objectsFor: Readonly<Record<string, Maker>> = {
    getMapRun: mapRun,
    DescribeMapRun: mapRun,
    ListMapRuns: mapRun,
    UpdateMapRun: mapRun,
    updateMapRun: mapRun,
    followExecution: stopped,
    redriveExecution: stopped,
    RedriveExecution: stopped,
    restartExecution: stopped,
    DescribeStateMachineForExecution: runningOwn,
    ListExecutions: runningOwn,
    listWaitingActivities: async (startedBy: string) => {
      const { executionId } = await engine.start({ process: "print", input: {}, startedBy });
      await until(async () => {
        const { activities } = await executions.waitingActivities("print", { limit: 1000 });
        return activities.find((activity) => activity.executionId === executionId);
      });
      return { executionId };
    },
  };

  return async (operationId: string, owner: string): Promise<Objects> => {
    const process = freshName();
    await deploy(process, definitions.rest, owner);
    const alias = { process, name: "live", routes: [route], createdAtMs: 1, updatedAtMs: 1 };
    await stateMachines.aliases.change(process, "live", () => alias);
    const made = await (objectsFor[operationId] ?? running)(owner, process);
    const { executionId, mapRunId = executionId } = made;
    const about = { severity: "info", executionId } as const;
    const { alertId } = await alerts.raise({ ...about, key: process, title: "It is so" });
    systemEvents.report({ ...about, kind: "operator-asked", message: "It is so" });
    return { process, executionId, mapRunId, alertId, fresh: freshName() };
  };
};
