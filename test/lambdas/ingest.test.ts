import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Driven, openDriven } from "./driven.ts";
import { contextOf, type QueueFunction, recordOf } from "./functions.ts";

let aws: Driven;
let ingest: (...bodies: readonly unknown[]) => Promise<readonly string[]>;

beforeAll(async () => {
  aws = await openDriven();
  const handler = (await import("#lambdas/ingest.ts")).handler as unknown as QueueFunction;
  ingest = async (...bodies) => {
    const Records = bodies.map((body, index) =>
      recordOf({
        MessageId: `m${index}`,
        Body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
    const { batchItemFailures } = await handler({ Records }, contextOf("ingest", 60_000));
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  await aws.deploy("on-event", { StartAt: "Pass", States: { Pass: { Type: "Pass", End: true } } });
  const schema = { type: "object", required: ["disk"] };
  await aws.deploy(
    "strict",
    { StartAt: "Pass", States: { Pass: { Type: "Pass", End: true } } },
    { inputSchema: schema },
  );
});
afterAll(() => aws.close());

/** As EventBridge puts it into a queue. */
const event = (id: string, detail: unknown) => ({
  version: "0",
  id,
  "detail-type": "Disk Full",
  source: "my.monitoring",
  account: "000000000000",
  time: "2026-11-23T12:00:00Z",
  region: "us-east-1",
  resources: [],
  detail,
});

describe("an event", () => {
  it("starts one execution, however often it comes", async () => {
    const id = "6a7e8feb-b491-4cf7-a9f1-bf3703467718";
    const given = event(id, { process: "on-event", input: { disk: "/var" } });
    expect(await ingest(given, given)).toEqual([]);
    expect(await ingest(given)).toEqual([]);
    const { body } = await aws.call("GET /v1/executions?process=on-event");
    expect(body.executions).toHaveLength(1);
    const shown = await aws.show(`on-event:event-${id}`);
    expect(shown).toMatchObject({
      status: "SUCCEEDED",
      input: { disk: "/var" },
      startedBy: "event:my.monitoring",
    });
  });

  it("may be the start itself, as a schedule or an input transformer writes it", async () => {
    const id = "arn:aws:scheduler:::execution/1";
    expect(await ingest({ id, process: "on-event", input: [1] })).toEqual([]);
    expect(await ingest({ process: "on-event", name: "nightly-2026-11-23" })).toEqual([]);
    expect(await aws.show("on-event:nightly-2026-11-23")).toMatchObject({ input: {} });
  });

  it("that starts nothing is reported and told once, and holds up no other", async () => {
    const good = event("good", { process: "on-event" });
    const bad = [
      event("a", { process: "nowhere" }),
      event("b", { disk: 1 }),
      event("c", { process: "strict", input: {} }),
      "{",
    ];
    expect(await ingest(good, ...bad)).toEqual(["m1", "m2", "m3", "m4"]);
    expect(await ingest(good, ...bad)).toHaveLength(4);
    const { body } = await aws.call("GET /v1/system-events?kind=event-refused");
    const messages = body.events.map(({ message }: { message: string }) => message);
    expect(messages).toHaveLength(4);
    expect(messages.join()).toContain("there is no process nowhere");
    expect((await aws.show("on-event:event-good")).status).toBe("SUCCEEDED");
  });
});
