/** The functions of an environment, metered, and the processes that are run on them. */
import { performance } from "node:perf_hooks";
import {
  apiCall,
  bearer,
  contextOf,
  openEnvironment,
  type QueueFunction,
} from "../lambdas/functions.ts";
import { Meter } from "./meter.ts";

/** Memory of the functions, GB: what cdk/settings.ts gives them. */
export const memoryGb = 1;
/** What Lambda itself writes to the log of an invocation: its beginning, its end and its report, bytes. */
const platformLogBytes = 400;

/** Time goes on in leaps where a workload waits for long. */
const travel = () => {
  const now = Date.now.bind(Date);
  let aheadMs = 0;
  Date.now = () => now() + aheadMs;
  return (byMs: number): void => {
    aheadMs += byMs;
  };
};

/** Bytes that `act` has written to the log, instead of writing them. */
const logged = async <T>(act: () => Promise<T>, note: (bytes: number) => void): Promise<T> => {
  const write = process.stdout.write;
  process.stdout.write = (text: string | Uint8Array) => {
    note(Buffer.byteLength(text));
    return true;
  };
  try {
    return await act();
  } finally {
    process.stdout.write = write;
  }
};

export const openMetered = async () => {
  const meter = new Meter();
  const environment = await openEnvironment();
  for (const name of ["DYNAMODB", "SQS", "EVENTBRIDGE"]) {
    const variable = `AWS_ENDPOINT_URL_${name}`;
    process.env[variable] = await meter.before(environment.variables[variable] ?? "");
  }
  // The client of SQS goes where the queue's own address says.
  const { host } = new URL(process.env["AWS_ENDPOINT_URL_SQS"] ?? "");
  const queueUrl = new URL(environment.variables["HOLDFAST_WORK_QUEUE_URL"] ?? "");
  queueUrl.host = host;
  process.env["HOLDFAST_WORK_QUEUE_URL"] = queueUrl.href;
  process.env["POWERTOOLS_METRICS_DISABLED"] = "false";
  process.env["POWERTOOLS_LOG_LEVEL"] = "INFO";
  const jump = travel();
  const noteLog = (bytes: number): void => meter.add("logKilobytes", bytes / 1_000);
  const invoked = async <T>(invoke: () => Promise<T>): Promise<T> => {
    const beganMs = performance.now();
    try {
      return await logged(invoke, noteLog);
    } finally {
      noteLog(platformLogBytes);
      meter.add("lambdaRequests", 1);
      meter.add("lambdaGbMs", memoryGb * Math.ceil(performance.now() - beganMs));
    }
  };
  const { handler: answer } = await import("#lambdas/northbound.ts");
  const { handler: turn } = await import("#lambdas/turn.ts");
  const { handler: sweep } = await import("#lambdas/sweep.ts");
  const call = apiCall(
    (event, context) => invoked(() => answer(event as never, context) as never),
    bearer(environment.token),
  );

  const post = async (path: string, body: object) => {
    const { status, text, body: answered } = await call(`POST ${path}`, body);
    if (status >= 300) throw new Error(`${path} answered ${status}: ${text}`);
    return answered;
  };
  return {
    meter,
    jump,
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
      const metered: QueueFunction = (event, context) => invoked(() => turn(event, context));
      const count = await environment.deliver(metered);
      if (count > 0) meter.add("sqsRequests", 2);
      return count;
    },
    sweep: () =>
      invoked(async () => {
        meter.add("schedulerInvocations", 1);
        return await sweep({} as never, contextOf("sweep", 60_000));
      }),
    close: async () => {
      meter.close();
      await environment.close();
    },
  };
};

export type Metered = Awaited<ReturnType<typeof openMetered>>;
