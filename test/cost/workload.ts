/** The functions of an environment, metered, and the processes that are run on them. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { UnitName } from "#lambdas/build.ts";
import { memoryMib } from "../../cdk/memory.ts";
import { apiCall, bearer, openEnvironment } from "../lambdas/functions.ts";
import type { Invocation, Invoked } from "./function-process.ts";
import { Meter } from "./meter.ts";

/** What Lambda itself writes to the log of an invocation: its beginning, its end and its report, bytes. */
const platformLogBytes = 400;
/** Memory that gives a function one whole processor, MiB (Lambda Developer Guide, "Configure Lambda function memory"). */
const processorMib = 1_769;
const mibOfGb = 1_024;

/** What AWS bills of an invocation: what it waits for is as long everywhere, what it computes as its part of a processor lets it. */
const billedMs = ({ wallMs, cpuMs }: Invoked, mib: number): number =>
  Math.ceil(Math.max(0, wallMs - cpuMs) + cpuMs * Math.max(1, processorMib / mib));

/** A process with the functions: one invocation at a time. */
const forkFunctions = () => {
  const functions = fork(`${import.meta.dirname}/function-process.ts`, {
    execArgv: [],
    env: {
      ...process.env,
      POWERTOOLS_METRICS_DISABLED: "false",
      POWERTOOLS_LOG_LEVEL: "INFO",
    },
  });
  const ended = once(functions, "exit").then(() => {
    throw new Error("the process with the functions has ended");
  });
  ended.catch(() => undefined);
  return {
    invoke: async (invocation: Invocation): Promise<Invoked> => {
      const answered = once(functions, "message");
      functions.send(invocation);
      const [invoked] = await Promise.race([answered, ended]);
      return invoked;
    },
    stop: async () => {
      functions.kill();
      await ended.catch(() => undefined);
    },
  };
};

/** Something for activities to call that takes its time. */
const startSlowTarget = async (delayMs: number) => {
  const server = createServer((_, response) => {
    setTimeout(() => response.end("{}"), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

interface MeteredOptions {
  /** Answers of AWS take as long as on AWS (`meter.ts`); else as long as the servers of this machine take. */
  readonly isTimed?: boolean;
  /** How long the target of activities takes, ms. */
  readonly activityMs?: number;
}

export const openMetered = async ({ isTimed = false, activityMs = 0 }: MeteredOptions = {}) => {
  const meter = new Meter(isTimed);
  const environment = await openEnvironment();
  const slow = await startSlowTarget(activityMs);
  for (const name of ["DYNAMODB", "SQS", "EVENTBRIDGE"]) {
    const variable = `AWS_ENDPOINT_URL_${name}`;
    process.env[variable] = await meter.before(environment.variables[variable] ?? "");
  }
  // The client of SQS goes where the queue's own address says.
  const { host } = new URL(process.env["AWS_ENDPOINT_URL_SQS"] ?? "");
  const queueUrl = new URL(environment.variables["HOLDFAST_WORK_QUEUE_URL"] ?? "");
  queueUrl.host = host;
  process.env["HOLDFAST_WORK_QUEUE_URL"] = queueUrl.href;
  const functions = forkFunctions();
  // Time goes on in leaps where a workload waits for long, here and in the functions.
  const now = Date.now.bind(Date);
  let aheadMs = 0;
  let residentMib = 0;
  Date.now = () => now() + aheadMs;

  const invoke = async (unit: UnitName, event: unknown, timeMs: number): Promise<never> => {
    const invoked = await functions.invoke({ unit, event, timeMs, aheadMs });
    const mib = memoryMib[unit];
    residentMib = Math.max(residentMib, invoked.residentMib);
    meter.add("logKilobytes", (invoked.logBytes + platformLogBytes) / 1_000);
    meter.add("lambdaRequests", 1);
    meter.add("lambdaGbMs", (mib / mibOfGb) * billedMs(invoked, mib));
    return invoked.result as never;
  };
  const call = apiCall(
    (event, context) => invoke("northbound", event, context.getRemainingTimeInMillis()),
    bearer(environment.token),
  );
  const post = async (path: string, body: object) => {
    const { status, text, body: answered } = await call(`POST ${path}`, body);
    if (status >= 300) throw new Error(`${path} answered ${status}: ${text}`);
    return answered;
  };
  return {
    meter,
    slowUrl: slow.url,
    jump: (byMs: number): void => {
      aheadMs += byMs;
    },
    /** Most memory that the functions had together, MiB. */
    residentMib: (): number => residentMib,
    deploy: (name: string, definition: object, settings: object = {}) =>
      post("/v1/processes", {
        document: JSON.stringify({ kind: "Process", name, definition, settings }),
      }),
    start: async (process: string, input: unknown = {}): Promise<string> => {
      meter.add("apiRequests", 1);
      return (await post("/v1/executions", { process, input })).executionId;
    },
    status: async (executionId: string): Promise<string> =>
      (await environment.platform.heads.get(executionId))?.head.status ?? "unknown",
    /** Gives the turn function one batch; answers how many messages it had. The event source receives and deletes: two requests. */
    takeTurns: async (): Promise<number> => {
      const count = await environment.deliver((event, context) =>
        invoke("turn", event, context.getRemainingTimeInMillis()),
      );
      if (count > 0) meter.add("sqsRequests", 2);
      return count;
    },
    sweep: async (): Promise<void> => {
      meter.add("schedulerInvocations", 1);
      await invoke("sweep", {}, 60_000);
    },
    close: async () => {
      Date.now = now;
      slow.stop();
      await functions.stop();
      meter.close();
      await environment.close();
    },
  };
};

export type Metered = Awaited<ReturnType<typeof openMetered>>;
