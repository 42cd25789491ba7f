/**
 * Activities in the traces of X-Ray: where Lambda records an invocation, each activity that ran in it is a subsegment,
 * found by the execution that it is of. Powertools' tracer does as much and more, with a library that takes longer to
 * load than a turn; a subsegment is one datagram to the daemon that stands beside the function (X-Ray Developer Guide,
 * "Sending trace data to X-Ray"). What is not sent is missing in a trace and nowhere else.
 */
import type { Socket } from "node:dgram";
import type { ActivityRequest, ActivityResult, ActivityRunner } from "#ports/activity-runner.ts";
import type { Clock, Entropy } from "#ports/clock.ts";

/** Of one invocation: a trace is only promised 100 KB. */
const subsegmentCountMax = 100;
const header = '{"format":"json","version":1}';

interface TracesOptions {
  /** Of the process, as they are at the moment: Lambda changes them with each invocation. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/** The invocation that is traced now; undefined: it is not. */
const tracedNow = ({ variables }: TracesOptions) => {
  const fields = new Map(
    (variables["_X_AMZN_TRACE_ID"] ?? "").split(";").map((field) => {
      const [name = "", value = ""] = field.split("=");
      return [name, value];
    }),
  );
  const root = fields.get("Root");
  const parent = fields.get("Parent");
  const [host, port] = (variables["AWS_XRAY_DAEMON_ADDRESS"] ?? "").split(":");
  if (fields.get("Sampled") !== "1" || !root || !parent || !host || !port) return undefined;
  return { root, parent, host, port: Number(port) };
};

type Traced = NonNullable<ReturnType<typeof tracedNow>>;

const subsegmentOf = (
  { executionId, process, state, resource, attempt }: ActivityRequest,
  result: ActivityResult,
) => ({
  name: resource.replaceAll(/[^\p{L}\p{N}\s_.:/%&#=+\\@-]/gu, "-").slice(0, 200),
  type: "subsegment",
  annotations: {
    execution: executionId,
    process,
    state,
    attempt,
    ...(result.kind === "failed" && { error: result.error }),
  },
  ...(result.kind === "failed" && { fault: true }),
});

/** `traced` is a runner whose activities are in the traces; `sent` resolves when nothing is on its way any more. */
export const activityTraces = (options: TracesOptions) => {
  const { clock, entropy } = options;
  const sending = new Set<Promise<void>>();
  let socket: Socket | undefined;
  let counted = { root: "", count: 0 };

  const send = async (document: object, { host, port }: Traced): Promise<void> => {
    const { createSocket } = await import("node:dgram");
    socket ??= createSocket("udp4").unref();
    const text = `${header}\n${JSON.stringify(document)}`;
    await new Promise<void>((done) => socket?.send(text, port, host, () => done()));
  };

  const record = (
    request: ActivityRequest,
    beganMs: number,
    { invocation, result }: { readonly invocation: Traced; readonly result: ActivityResult },
  ): void => {
    const { root, parent } = invocation;
    if (counted.root !== root) counted = { root, count: 0 };
    counted.count += 1;
    if (counted.count > subsegmentCountMax) return;
    const document = {
      ...subsegmentOf(request, result),
      id: entropy.hex(8),
      trace_id: root,
      parent_id: parent,
      start_time: beganMs / 1_000,
      end_time: clock.nowMs() / 1_000,
    };
    const sent: Promise<void> = send(document, invocation)
      .catch(() => undefined)
      .then(() => void sending.delete(sent));
    sending.add(sent);
  };

  return {
    traced: (runner: ActivityRunner): ActivityRunner => ({
      ...runner,
      run: (request) => {
        const invocation = tracedNow(options);
        if (invocation === undefined) return runner.run(request);
        const beganMs = clock.nowMs();
        const ended = (result: ActivityResult): ActivityResult => {
          record(request, beganMs, { invocation, result });
          return result;
        };
        const running = runner.run(request);
        return running instanceof Promise ? running.then(ended) : ended(running);
      },
    }),
    sent: async (): Promise<void> => {
      await Promise.all(sending);
    },
  };
};
