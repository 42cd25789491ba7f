import { type ChildProcess, fork } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Driven, openDriven } from "./driven.ts";
import type { QueueFunction } from "./functions.ts";

let aws: Driven;
let turns: readonly QueueFunction[];
const children: ChildProcess[] = [];

beforeAll(async () => {
  aws = await openDriven();
  turns = await aws.turnFunctions(1);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => aws.close());

/** A function in a process of its own, that is given one batch. */
const turnElsewhere = async (): Promise<ChildProcess> => {
  const child = fork(new URL("function-process.ts", import.meta.url), {
    env: { ...process.env, ...aws.variables },
  });
  children.push(child);
  child.send({ Records: await aws.receive() });
  return child;
};

const end = { End: true };

describe("a function that is lost in the middle of an activity", () => {
  it("is noticed when its lease has run out, and what may be repeated is repeated", async () => {
    await aws.deploy("get", { StartAt: "Get", States: { Get: aws.task("/get", end) } });
    const executionId = await aws.start("get");
    const release = aws.target.hold("/get");
    const child = await turnElsewhere();
    await aws.called("/get");
    const lostAtMs = Date.now();
    child.kill("SIGKILL");
    release();
    const stop = aws.pump(...turns);
    expect((await aws.ended(executionId)).status).toBe("SUCCEEDED");
    await stop();
    expect(aws.target.calls("/get")).toBe(2);
    // The item comes back after ten seconds at most, the lease has run out before.
    expect(Date.now() - lostAtMs).toBeLessThan(20_000);
    const { body } = await aws.call("GET /v1/system-events");
    const kinds = body.events.map((event: { kind: string }) => event.kind);
    expect(kinds).toContain("execution-taken-over");
  });

  it("leaves the rest to an operator, where nobody may guess", async () => {
    const Post = aws.task("/post", end);
    Post.Parameters = { ...Post.Parameters, method: "POST" } as never;
    await aws.deploy("post", { StartAt: "Post", States: { Post } });
    const executionId = await aws.start("post");
    aws.target.hold("/post");
    const child = await turnElsewhere();
    await aws.called("/post");
    child.kill("SIGKILL");
    const stop = aws.pump(...turns);
    const asked = await aws.until(executionId, ({ waitingFor }) => waitingFor?.kind === "operator");
    await stop();
    expect(asked.questions).toMatchObject([{ state: "Post", attempt: 1 }]);
    expect(aws.target.calls("/post")).toBe(1);
  });
});
