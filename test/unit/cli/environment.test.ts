import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect, executionPath } from "../../../cli/environment/client.ts";
import { findEnvironment } from "../../../cli/environment/find.ts";
import { follow } from "../../../cli/environment/follow.ts";
import { diagnosticLine, problemAnswer } from "../../../cli/environment/problem.ts";

let data: string;
let servers: Server[] = [];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "holdfast-cli-"));
});

afterEach(async () => {
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  servers = [];
  await rm(data, { recursive: true });
});

const listen = async (server: Server): Promise<string> => {
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const announce = async (url: string): Promise<void> => {
  await mkdir(join(data, "servers"), { recursive: true });
  const heartbeat = { name: "a", url, pid: 1, heartbeatAt: "2026-11-23T08:00:00.000Z" };
  await writeFile(join(data, "servers", "a.json"), JSON.stringify(heartbeat));
  await writeFile(join(data, "admin.token"), "secret\n");
};

describe("finding the environment", () => {
  it("reads address and token of the local one from its data directory", async () => {
    await announce("http://127.0.0.1:4242/");
    await expect(findEnvironment({ data })).resolves.toMatchObject({
      url: "http://127.0.0.1:4242",
      token: "secret",
    });
  });

  it("says how to start the local one when it is not there", async () => {
    await expect(findEnvironment({ data })).rejects.toMatchObject({
      message: `No environment runs on ${data}`,
      next: [`Start it with: npx holdfast start --data ${data}`, expect.any(String)],
    });
  });

  it("wants a token for one elsewhere, and takes it from a file or the environment", async () => {
    const url = "https://holdfast.example/";
    await expect(findEnvironment({ data, url })).rejects.toThrow("no access token");
    await writeFile(join(data, "token"), "from-file\n");
    await expect(
      findEnvironment({ data, url, tokenFile: join(data, "token") }),
    ).resolves.toMatchObject({ url: "https://holdfast.example", token: "from-file" });
    await expect(findEnvironment({ data, url, token: "t" })).resolves.toMatchObject({ token: "t" });
    await expect(findEnvironment({ data, url: "nowhere", token: "t" })).rejects.toThrow("URL");
  });
});

describe("what is no token", () => {
  it("is not sent and not shown", async () => {
    const url = "https://holdfast.example/";
    const refused = findEnvironment({ data, url, token: "two\nlines" });
    await expect(refused).rejects.toThrow("What HOLDFAST_TOKEN holds is not an access token");
  });
});

describe("calling the environment", () => {
  it("says that the connection is refused and what to do", async () => {
    const server = createServer();
    const url = await listen(server);
    await new Promise((closed) => server.close(closed));
    await announce(url);
    const client = await connect({ data });
    await expect(client.get("/v1/health")).rejects.toMatchObject({
      message: `No environment answers at ${url}: the connection is refused`,
      next: [`Start it with: npx holdfast start --data ${data}`],
    });
  });

  it("says so when it is something else that answers", async () => {
    await announce(await listen(createServer((_request, response) => response.end("<html>"))));
    const client = await connect({ data });
    await expect(client.get("/v1/health")).rejects.toThrow("is not a Holdfast environment");
  });

  it("keeps what a problem document says, whatever its status", () => {
    const diagnostics = [
      { severity: "ERROR", code: "X", message: "no such state", path: "/a", line: 3, column: 7 },
    ] as const;
    const problem = problemAnswer(
      422,
      JSON.stringify({ detail: "bad", action: "do", diagnostics }),
    );
    expect(problem).toMatchObject({ message: "bad", next: ["do"], diagnostics });
    expect(diagnosticLine(diagnostics[0], "p.yaml")).toBe("p.yaml:3:7  no such state");
    expect(
      problemAnswer(404, JSON.stringify({ detail: "no p:a", code: "execution-not-found" })).next,
    ).toEqual(["holdfast ps lists them: an id is PROCESS:NAME"]);
    expect(problemAnswer(502, "<html>").message).toBe("The environment answered with status 502");
  });

  it("names an execution in a path whatever its name holds", () => {
    expect(executionPath("a:b", "/stop")).toBe("/v1/executions/a:b/stop");
    expect(executionPath("a:b/c?d")).toBe("/v1/executions/a:b%2Fc%3Fd");
  });
});

describe("following an execution", () => {
  it("goes on after the last event seen when the connection breaks or the server moves", async () => {
    const asked: unknown[] = [];
    const answering = (text: string) =>
      createServer((request, response) => {
        asked.push(request.headers["last-event-id"]);
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(text, () => request.socket.destroySoon());
      });
    const event = (id: number) => `event: history\nid: ${id}\ndata: {"id":${id}}\n\n`;
    const second = await listen(
      answering(`: alive\n\n${event(3)}event: end\ndata: {"status":"SUCCEEDED"}\n\n`),
    );
    await announce(await listen(answering(event(1) + event(2))));
    const seen: unknown[] = [];
    const signal = AbortSignal.timeout(10_000);
    for await (const followed of follow({
      connect: () => connect({ data }),
      executionId: "p:n",
      signal,
    })) {
      seen.push(followed.kind === "event" ? followed.event.id : followed.kind);
      if (followed.kind === "lost") await announce(second);
    }
    expect(seen).toEqual([1, 2, "lost", 3, "ended"]);
    expect(asked).toEqual(["0", "2"]);
  });

  it("asks for stretch after stretch where the environment does not stream, and misses none", async () => {
    const asked: unknown[] = [];
    const event = (id: number) => `event: history\nid: ${id}\ndata: {"id":${id}}\n\n`;
    const more = "event: more\ndata: {}\n\n";
    const answers: readonly (readonly [status: number, text: string])[] = [
      [200, event(1) + event(2) + more],
      [200, more],
      [200, event(3) + more],
      [500, '{"message":"Internal Server Error"}'],
      [429, '{"message":"Too Many Requests"}'],
      [200, `${event(4)}event: end\ndata: {"status":"SUCCEEDED"}\n\n`],
    ];
    const gateway = createServer((request, response) => {
      const [status, text] = answers[asked.length] ?? [404, ""];
      asked.push(request.headers["last-event-id"]);
      response.writeHead(status, { "content-type": "text/event-stream" }).end(text);
    });
    await announce(await listen(gateway));
    const seen: unknown[] = [];
    for await (const followed of follow({
      connect: () => connect({ data }),
      executionId: "p:n",
      signal: AbortSignal.timeout(10_000),
    }))
      seen.push(followed.kind === "event" ? followed.event.id : followed.kind);
    expect(seen).toEqual([1, 2, 3, "lost", 4, "ended"]);
    expect(asked).toEqual(["0", "2", "2", "3", "3", "3"]);
  });

  it("ends at once when nobody wants it any more", async () => {
    const silent = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    });
    await announce(await listen(silent));
    const signal = AbortSignal.timeout(100);
    const following = follow({ connect: () => connect({ data }), executionId: "p:n", signal });
    await expect(following.next()).resolves.toEqual({ done: true, value: undefined });
  });
});
