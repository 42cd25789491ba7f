/** What the daemon of X-Ray is told beside a function. */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Driven, openDriven } from "./driven.ts";

const parent = "53995c3f42cd8ad8";

/** An invocation has one of its own. */
const newRoot = (): string => `1-5759e988-${randomBytes(12).toString("hex")}`;

const daemon = createSocket("udp4");
const segments: Record<string, unknown>[] = [];
let driven: Driven;

beforeAll(async () => {
  daemon.on("message", (message) => {
    const [head = "", body = ""] = message.toString().split("\n");
    expect(JSON.parse(head)).toEqual({ format: "json", version: 1 });
    segments.push(JSON.parse(body));
  });
  daemon.bind(0, "127.0.0.1");
  await once(daemon, "listening");
  driven = await openDriven({ AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}` });
});
afterEach(() => {
  delete process.env["_X_AMZN_TRACE_ID"];
  segments.length = 0;
});
afterAll(async () => {
  daemon.close();
  await driven.close();
});

/** Runs an execution of `count` activities and one that fails, in invocations of one trace. */
const run = async (name: string, { count, trace }: { count: number; trace: string }) => {
  const items = Array.from({ length: count }, (_, index) => index);
  const fails = { Type: "Task", Resource: "holdfast:http:request", Parameters: {}, End: true };
  const echo = { Type: "Task", Resource: "holdfast:core:echo", End: true };
  const each = { StartAt: "Echo", States: { Echo: echo } };
  await driven.deploy(name, {
    StartAt: "Each",
    States: { Each: { Type: "Map", ItemProcessor: each, Next: "Fails" }, Fails: fails },
  });
  const executionId = await driven.start(name, { input: items });
  process.env["_X_AMZN_TRACE_ID"] = trace;
  const [turn] = await driven.turnFunctions(1);
  if (turn === undefined) throw new Error("no function");
  while ((await driven.deliver(turn)) > 0) {
    // More may have come.
  }
  expect((await driven.show(executionId)).status).toBe("FAILED");
  return executionId;
};

/** A datagram takes its way by itself. */
const arrived = (count: number) => expect.poll(() => segments.length).toBe(count);

test("an activity of an invocation that is recorded is a part of its trace, found by its execution", async () => {
  const root = newRoot();
  const execution = await run("traced", {
    count: 1,
    trace: `Root=${root};Parent=${parent};Sampled=1;Lineage=1:1:1`,
  });
  await arrived(2);
  const common = { trace_id: root, parent_id: parent, type: "subsegment" };
  const annotations = { execution, process: "traced", attempt: 1 };
  expect(segments[0]).toMatchObject({
    ...common,
    name: "holdfast:core:echo",
    annotations: { ...annotations, state: "Echo" },
  });
  expect(segments[0]).not.toHaveProperty("fault");
  expect(segments[1]).toMatchObject({
    ...common,
    name: "holdfast:http:request",
    fault: true,
    annotations: { ...annotations, state: "Fails", error: "Holdfast.ParametersInvalid" },
  });
  const ids = segments.map(({ id }) => String(id));
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
});

test("of one invocation no more than a hundred activities are told", async () => {
  await run("many", { count: 120, trace: `Root=${newRoot()};Parent=${parent};Sampled=1` });
  await arrived(100);
  await run("other", { count: 1, trace: `Root=${newRoot()};Parent=${parent};Sampled=1` });
  await arrived(102);
});

test.each([
  ["is not recorded", `Root=${newRoot()};Parent=${parent};Sampled=0`],
  ["has no trace", ""],
  ["says something else", "nonsense;=;Sampled=1"],
])("of an invocation that %s nothing is told", async (_, trace) => {
  await run(`silent-${trace.length}`, { count: 1, trace });
  // What is told of this one arrives behind what would be told of the one before.
  await run(`told-${trace.length}`, {
    count: 1,
    trace: `Root=${newRoot()};Parent=${parent};Sampled=1`,
  });
  await arrived(2);
  for (const { annotations } of segments)
    expect(annotations).toMatchObject({ process: `told-${trace.length}` });
});
