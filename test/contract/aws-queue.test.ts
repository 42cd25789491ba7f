/** What a function that SQS calls, and the bill, rely on beyond the port of the work queue. */
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
  vi,
} from "vitest";
import type { WorkMessage } from "#platforms/aws/work-messages.ts";
import { type VirtualClock, virtualClock } from "#platforms/memory/virtual-clock.ts";
import { type AwsServers, openEnvironment, startAwsServers, testSettings } from "./aws-servers.ts";
import { enqueue, headOf, putHead, startMs } from "./fixture.ts";

let servers: AwsServers;
let clock: VirtualClock;
beforeAll(async () => {
  servers = await startAwsServers();
});
afterAll(() => servers.stop());
beforeEach(() => {
  clock = virtualClock(startMs);
  // The queue's server takes the time from here.
  vi.spyOn(Date, "now").mockImplementation(() => clock.nowMs());
});
afterEach(() => vi.restoreAllMocks());

/** Of the queue, as of one that belongs to a function that may take five minutes. */
const queueSeconds = 300;

/** An environment whose work comes from an inbox, and what an event source does with its queue. */
const openFunction = async () => {
  const operations: string[] = [];
  const sqs = new SQSClient({ ...testSettings, endpoint: servers.othersUrl });
  sqs.middlewareStack.add(
    (next, { commandName }) =>
      (input) => {
        operations.push(commandName ?? "");
        return next(input);
      },
    { step: "initialize" },
  );
  const { close, ...opened } = await openEnvironment(servers, clock, { work: "inbox", sqs });
  onTestFinished(async () => {
    await close();
    sqs.destroy();
  });
  const QueueUrl = opened.environment.workQueueUrl;
  const source = opened.environment.sqs;
  return {
    ...opened,
    /** What the platform has asked SQS for. */
    operations,
    /** What the event source would give to the function. */
    poll: async (): Promise<readonly WorkMessage[]> => {
      const { Messages = [] } = await source.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: queueSeconds,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        }),
      );
      return Messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
        messageId: MessageId ?? "",
        receiptHandle: ReceiptHandle ?? "",
        body: Body ?? "",
        attributes: { ApproximateReceiveCount: Attributes?.["ApproximateReceiveCount"] ?? "" },
      }));
    },
    send: (MessageBody: string) => source.send(new SendMessageCommand({ QueueUrl, MessageBody })),
  };
};

const bodiesOf = (messages: readonly WorkMessage[]) =>
  messages.map(({ body }) => JSON.parse(body).itemId).sort();

describe("an inbox", () => {
  it("gives out what was put into it, once, with its count of receptions", async () => {
    const { platform, inbox, poll } = await openFunction();
    await platform.journal.write([enqueue("a"), enqueue("b")]);
    await poll();
    clock.advanceTo(startMs + 1_000 * queueSeconds);
    const heard = vi.fn();
    platform.queue.onVisible(heard);
    inbox.put(await poll());
    expect(heard).toHaveBeenCalled();
    const receive = (max: number) => platform.queue.receive({ max, visibilityMs: 10_000 });
    const [first, ...others] = [...(await receive(1)), ...(await receive(10))];
    expect(first).toMatchObject({ executionId: "x", receiveCount: 2 });
    expect(others.map(({ itemId }) => itemId)).toEqual([first?.itemId === "a" ? "b" : "a"]);
    expect(await receive(10)).toEqual([]);
  });

  it("hides what it gives out for as long as its receiver says, not the queue", async () => {
    const { platform, inbox, poll } = await openFunction();
    await platform.journal.write([enqueue("a")]);
    inbox.put(await poll());
    await platform.queue.receive({ max: 10, visibilityMs: 10_000 });
    clock.advanceTo(startMs + 9_999);
    expect(await poll()).toEqual([]);
    clock.advanceTo(startMs + 10_000);
    expect(bodiesOf(await poll())).toEqual(["a"]);
  });

  it("says at the end which messages are not done with: the event source keeps them", async () => {
    const { platform, inbox, poll, send } = await openFunction();
    await platform.journal.write(
      ["removed", "extended", "left", "handed over"].map((id) => enqueue(id)),
    );
    await send("no work item");
    const messages = await poll();
    const delivery = inbox.put(messages);
    await platform.queue.receive({ max: 10, visibilityMs: 10_000 });
    await platform.journal.write([
      { kind: "RemoveItem", itemId: "removed" },
      { kind: "ExtendItems", itemIds: ["extended"], visibleAtMs: startMs + 20_000 },
      { kind: "ExtendItems", itemIds: ["handed over"], visibleAtMs: startMs },
    ]);
    // Whoever has it now may be at work on it.
    await platform.journal.write([{ kind: "RemoveItem", itemId: "handed over" }]);
    const removed = messages.find(({ body }) => body.includes("removed"));
    const others = messages.filter((message) => message !== removed);
    expect(delivery.end()).toEqual(others.map(({ messageId }) => messageId));
    expect(bodiesOf(await poll())).toEqual(["handed over"]);
    clock.advanceTo(startMs + 10_000);
    // Nobody has deleted it yet: that is the event source's part.
    expect(bodiesOf(await poll())).toEqual(["left", "removed"]);
    clock.advanceTo(startMs + 20_000);
    expect(bodiesOf(await poll())).toEqual(["extended"]);
  });

  it("has what was never received kept", async () => {
    const { platform, inbox, poll } = await openFunction();
    await platform.journal.write([enqueue("a"), enqueue("b")]);
    const messages = await poll();
    expect(inbox.put(messages).end()).toEqual(messages.map(({ messageId }) => messageId));
    expect(await platform.queue.receive({ max: 10, visibilityMs: 10_000 })).toEqual([]);
  });

  it("costs one call for all that it gives out, and none for what is done with at the end", async () => {
    const { platform, inbox, poll, operations } = await openFunction();
    const ids = Array.from({ length: 10 }, (_, index) => `item${index}`);
    await platform.journal.write(ids.map((id) => enqueue(id)));
    const delivery = inbox.put(await poll());
    operations.length = 0;
    await platform.queue.receive({ max: 10, visibilityMs: 10_000 });
    await Promise.all(
      ids.map((itemId) => platform.journal.write([{ kind: "RemoveItem", itemId }])),
    );
    expect(delivery.end()).toEqual([]);
    expect(operations).toEqual(["ChangeMessageVisibilityBatchCommand"]);
  });

  it("removes what is done with before others see it, where the delivery goes on", async () => {
    const { platform, inbox, poll, operations } = await openFunction();
    await platform.journal.write([enqueue("short"), enqueue("long")]);
    const delivery = inbox.put(await poll());
    await platform.queue.receive({ max: 10, visibilityMs: 10_000 });
    await platform.journal.write([{ kind: "RemoveItem", itemId: "short" }]);
    clock.advanceTo(startMs + 9_000);
    await vi.waitFor(() => expect(operations).toContain("DeleteMessageBatchCommand"));
    await platform.journal.write([
      { kind: "ExtendItems", itemIds: ["long"], visibleAtMs: startMs + 19_000 },
    ]);
    clock.advanceTo(startMs + 19_000);
    expect(bodiesOf(await poll())).toEqual(["long"]);
    expect(delivery.end()).toHaveLength(1);
  });
});

describe("sending", () => {
  it("is done in calls of ten, whoever asks at once", async () => {
    const { platform, operations, poll } = await openFunction();
    const ids = Array.from({ length: 25 }, (_, index) => `item${index}`);
    await Promise.all(ids.map((id) => platform.journal.write([enqueue(id)])));
    expect(operations).toEqual(Array(3).fill("SendMessageBatchCommand"));
    const given = [...(await poll()), ...(await poll()), ...(await poll())];
    expect(bodiesOf(given)).toEqual([...ids].sort());
  });

  it("leaves what SQS cannot delay so long to the head", async () => {
    const { platform, operations } = await openFunction();
    const atMs = startMs + 900_001;
    await platform.journal.write([
      putHead(headOf("x", 0, { nextCheckAtMs: atMs })),
      enqueue("late", atMs),
    ]);
    expect(operations).toEqual([]);
    expect(await platform.heads.nextDueAtMs(startMs)).toBe(atMs);
    await platform.journal.write([enqueue("item", startMs + 900_000)]);
    expect(operations).toEqual(["SendMessageBatchCommand"]);
  });
});
