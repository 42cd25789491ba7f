import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { afterEach, describe, expect, test } from "vitest";
import { OrchestratorError } from "#core/errors.ts";
import { nodeListener } from "#local/node-listener.ts";
import { environment, handEngine, token } from "./stand-in.ts";

const path = "/v1/executions/hello:a/events";

interface Message {
  readonly event?: string | undefined;
  readonly id?: string | undefined;
  readonly data: string;
}

const messagesOf = (response: Response, onComment?: (comment: string) => void) => {
  if (response.body === null) throw new Error("the answer has no body");
  return response.body
    .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream(onComment ? { onComment } : {}));
};

const allOf = async (response: Response): Promise<Message[]> => {
  const messages: Message[] = [];
  for await (const message of messagesOf(response)) messages.push(message);
  return messages;
};

const setUp = async (overrides: Parameters<typeof environment>[0] = {}) => {
  const made = environment(overrides);
  await made.post("/v1/executions", { process: "hello", name: "a" });
  return made;
};

describe("events of an execution", () => {
  test("come with their ids, then the end with the execution, then nothing", async () => {
    const { get, happen, end } = await setUp();
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const all = allOf(response);
    happen("hello:a", "PassStateEntered", { name: "line\nbreak\r\n" });
    await new Promise((resolve) => setTimeout(resolve, 10));
    end("hello:a", { done: true });
    const messages = await all;
    expect(messages.map(({ event, id }) => [event, id])).toEqual([
      ["history", "1"],
      ["history", "2"],
      ["history", "3"],
      ["end", undefined],
    ]);
    expect(messages.map(({ data }) => JSON.parse(data))).toEqual([
      expect.objectContaining({ id: 1, type: "ExecutionStarted" }),
      expect.objectContaining({ id: 2, details: { name: "line\nbreak\r\n" } }),
      expect.objectContaining({ id: 3, type: "ExecutionSucceeded" }),
      expect.objectContaining({ status: "SUCCEEDED", output: { done: true } }),
    ]);
  });

  test("go on after the last one that the client had", async () => {
    const { get, happen, end } = await setUp();
    happen("hello:a", "PassStateEntered");
    end("hello:a", 1);
    const idsAfter = async (url: string, headers: Record<string, string> = {}) =>
      (await allOf(await get(url, { headers }))).map(({ id }) => id);
    expect(await idsAfter(path, { "last-event-id": "2" })).toEqual(["3", undefined]);
    expect(await idsAfter(`${path}?after=1`)).toEqual(["2", "3", undefined]);
    expect(await idsAfter(`${path}?after=1`, { "last-event-id": "2" })).toEqual(["3", undefined]);
    expect(await idsAfter(`${path}?after=99`)).toEqual([undefined]);
    expect((await get(path, { headers: { "last-event-id": "x" } })).status).toBe(400);
    expect((await get("/v1/executions/hello:b/events")).status).toBe(404);
  });

  test("are kept apart by comments while nothing happens", async () => {
    const { get, end } = await setUp({ limits: { heartbeatMs: 10 } });
    let comments = 0;
    const messages = messagesOf(await get(path), () => {
      comments += 1;
      if (comments === 3) end("hello:a", 1);
    });
    const seen: Message[] = [];
    for await (const message of messages) seen.push(message);
    expect(comments).toBeGreaterThanOrEqual(3);
    expect(seen.map(({ event }) => event)).toEqual(["history", "history", "end"]);
  });

  test("are not read before the client takes them", async () => {
    let taken = 0;
    const { executions, engine } = handEngine();
    const endless = {
      ...executions,
      follow: async function* () {
        for (;;) {
          taken += 1;
          yield { id: taken, previousEventId: 0, type: "Any", timestampMs: 0, details: {} };
        }
      },
    };
    const { get } = await setUp({ engine, executions: endless });
    const response = await get(path);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(taken).toBe(0);
    const reader = response.body?.getReader();
    for (let reads = 0; reads < 5; reads += 1) await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(taken).toBeLessThanOrEqual(5);
    await reader?.cancel();
  });

  test("end with a problem when the server has to give up", async () => {
    const { executions, engine } = handEngine();
    const failing = {
      ...executions,
      // biome-ignore lint/correctness/useYield: it fails before its first event
      follow: async function* () {
        throw new OrchestratorError("storage-unavailable", "the storage does not answer");
      },
    };
    const { get, logged } = await setUp({ engine, executions: failing });
    const messages = await allOf(await get(path));
    expect(messages.map(({ event }) => event)).toEqual(["problem"]);
    expect(JSON.parse(messages[0]?.data ?? "")).toMatchObject({ code: "storage-unavailable" });
    expect(logged).toHaveLength(1);
  });
});

describe("where answers are passed on whole only, events", () => {
  const limits = { stretchMsMax: 60 };

  test("come in stretches: what there is at once, each once, and the end in the last one", async () => {
    const { get, happen, end } = await setUp({ limits: { stretchMsMax: 60_000 } });
    happen("hello:a", "PassStateEntered");
    const named = async (after: number) =>
      (await allOf(await get(path, { headers: { "last-event-id": String(after) } }))).map(
        ({ event, id }) => id ?? event,
      );
    expect(await named(0)).toEqual(["1", "2", "more"]);
    const next = named(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    happen("hello:a", "PassStateExited");
    expect(await next).toEqual(["3", "more"]);
    end("hello:a", 1);
    expect(await named(3)).toEqual(["4", "end"]);
    expect(await named(4)).toEqual(["end"]);
  });

  test("that do not come are waited for so long, and then there is more", async () => {
    const { get, listenerCount } = await setUp({ limits });
    const response = await get(`${path}?after=1`);
    expect((await allOf(response)).map(({ event }) => event)).toEqual(["more"]);
    expect(listenerCount()).toBe(0);
  });

  test("of any number are told in answers of a bounded size", async () => {
    const { get, happen, end } = await setUp({ limits });
    for (let index = 0; index < 60; index += 1)
      happen("hello:a", "PassStateEntered", { input: "x".repeat(100_000) });
    end("hello:a", 1);
    const ids: (string | undefined)[] = [];
    let stretches = 0;
    for (let last: Message | undefined; last?.event !== "end"; stretches += 1) {
      const headers = { "last-event-id": ids.at(-1) ?? "0" };
      const text = await (await get(path, { headers })).text();
      expect(text.length).toBeLessThan(1_300_000);
      const messages = await allOf(new Response(text));
      last = messages.at(-1);
      ids.push(...messages.flatMap(({ id }) => (id === undefined ? [] : [id])));
    }
    expect(ids).toEqual(Array.from({ length: 62 }, (_, index) => String(index + 1)));
    expect(stretches).toBeGreaterThan(5);
  });
});

describe("a client that", () => {
  /** Counts the followings that are open. */
  const counted = () => {
    const hand = handEngine();
    const count = { open: 0 };
    const executions = {
      ...hand.executions,
      follow: async function* (...args: Parameters<typeof hand.executions.follow>) {
        count.open += 1;
        try {
          yield* hand.executions.follow(...args);
        } finally {
          count.open -= 1;
        }
      },
    };
    return { ...hand, executions, count };
  };

  test("cancels ends the following", async () => {
    const { count, engine, executions, listenerCount } = counted();
    const { get } = await setUp({ engine, executions });
    const reader = (await get(path)).body?.getReader();
    await reader?.read();
    await reader?.read();
    const waiting = reader?.read();
    await expect.poll(listenerCount).toBe(1);
    expect(count.open).toBe(1);
    await reader?.cancel();
    await waiting;
    await expect.poll(() => [count.open, listenerCount()]).toEqual([0, 0]);
  });

  test("aborts its request ends the following", async () => {
    const { count, engine, executions, listenerCount } = counted();
    const { get } = await setUp({ engine, executions });
    const client = new AbortController();
    const reader = (await get(path, { signal: client.signal })).body?.getReader();
    await reader?.read();
    await reader?.read();
    const waiting = reader?.read();
    await expect.poll(listenerCount).toBe(1);
    client.abort();
    expect(await waiting).toMatchObject({ done: true });
    await expect.poll(() => [count.open, listenerCount()]).toEqual([0, 0]);
  });

  test("takes nothing for too long ends the following", async () => {
    const { count, engine, executions } = counted();
    const { get } = await setUp({ engine, executions, limits: { stallMsMax: 20 } });
    const reader = (await get(path)).body?.getReader();
    await reader?.read();
    await reader?.read();
    expect(count.open).toBe(1);
    await expect.poll(() => count.open).toBe(0);
    expect(await reader?.read()).toMatchObject({ done: true });
  });

  test("never reads, or asks for the headers only, begins nothing", async () => {
    const { count, engine, executions, listenerCount } = counted();
    const { get } = await setUp({ engine, executions });
    await get(path);
    expect((await get(path, { method: "HEAD" })).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([count.open, listenerCount()]).toEqual([0, 0]);
  });
});

describe("over a real connection", () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  const listening = async (overrides: Parameters<typeof environment>[0] = {}) => {
    const made = await setUp(overrides);
    const server = createServer(nodeListener(made.api, () => {}));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const call = (at: string, init: RequestInit = {}) =>
      fetch(url + at, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
    return { ...made, call };
  };

  test("events arrive as they happen", async () => {
    const { call, happen, end } = await listening();
    const types: unknown[] = [];
    for await (const { event, data } of messagesOf(await call(path))) {
      types.push(event === "end" ? event : JSON.parse(data).type);
      if (types.length === 1) happen("hello:a", "PassStateEntered");
      if (types.length === 2) end("hello:a", 1);
    }
    expect(types).toEqual(["ExecutionStarted", "PassStateEntered", "ExecutionSucceeded", "end"]);
  });

  test("a client that vanishes leaves nothing behind", async () => {
    const { call, listenerCount } = await listening();
    const client = new AbortController();
    const response = await call(path, { signal: client.signal });
    await response.body?.getReader().read();
    await expect.poll(listenerCount).toBe(1);
    client.abort();
    await expect.poll(listenerCount).toBe(0);
  });

  test("a client that vanishes during a wait leaves nothing behind", async () => {
    const { call, listenerCount } = await listening();
    const client = new AbortController();
    const waiting = call("/v1/executions", {
      method: "POST",
      signal: client.signal,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ process: "hello", waitSeconds: 29 }),
    });
    await expect.poll(listenerCount).toBe(1);
    client.abort();
    await expect(waiting).rejects.toThrow("aborted");
    await expect.poll(listenerCount).toBe(0);
  });

  test("a body that is too large is answered as such, whether its length is promised or not", async () => {
    const { call } = await listening();
    const large = "x".repeat(2 * 1024 * 1024);
    const headers = { "content-type": "application/json" };
    expect((await call("/v1/executions", { method: "POST", body: large, headers })).status).toBe(
      413,
    );
    const body = new Blob([large]).stream();
    const streamed = { method: "POST", body, duplex: "half", headers } as RequestInit;
    expect((await call("/v1/executions", streamed)).status).toBe(413);
    expect((await call("/v1/health")).status).toBe(200);
  });
});
