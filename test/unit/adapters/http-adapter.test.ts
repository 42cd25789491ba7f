import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { outputOf, setUpHttp } from "./http-setup.ts";
import { expectToFit } from "./schemas.ts";
import { certificate, httpServer, textOf, tlsServer } from "./servers.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A server that answers with what it was sent. */
const mirror = () =>
  httpServer(async (request, response) => {
    const { method, url, headers } = request;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, url, headers, body: await textOf(request) }));
  });

const answering = (contentType: string, body: string | Buffer, headers: object = {}) =>
  httpServer((_, response) => {
    response.writeHead(200, { "content-type": contentType, ...headers }).end(body);
  });

describe("results", () => {
  test("say status, headers, body, latency and where they came from", async () => {
    const { adapter, send } = setUpHttp();
    const origin = await httpServer((_, response) => {
      response.writeHead(201, { "Content-Type": "application/json", "X-Twice": ["a", "b"] });
      setTimeout(() => response.end('{"ok":[1,null]}'), 30);
    });
    const result = await send({ url: `${origin}/health?full=1#part` });
    expectToFit(adapter, "request", result);
    const output = outputOf(result);
    expect(output).toMatchObject({
      status: 201,
      headers: { "content-type": "application/json", "x-twice": "a, b" },
      body: { ok: [1, null] },
      url: `${origin}/health?full=1`,
    });
    expect(output["latencyMs"]).toBeGreaterThanOrEqual(29);
    expect(output["latencyMs"]).toBeLessThan(5_000);
  });

  test.each<[string, string | Buffer, object]>([
    ["text/plain", "zwölf", { body: "zwölf" }],
    ["text/plain; charset=iso-8859-1", Buffer.from("zw\xf6lf", "latin1"), { body: "zwölf" }],
    ["text/plain; charset=klingon", "zwölf", { body: "zwölf" }],
    ["application/problem+json; charset=utf-8", '{"a":1}', { body: { a: 1 } }],
    ["application/json", "", { body: null }],
    ["text/plain", "", { body: "" }],
    ["text/html", '{"a":1}', { body: '{"a":1}' }],
    ["image/png", Buffer.from([0x89, 0x50]), { body: "iVA=", bodyEncoding: "base64" }],
  ])("a body of type %s is readable", async (contentType, body, readable) => {
    const { adapter, send } = setUpHttp();
    const result = await send({ url: await answering(contentType, body) });
    expectToFit(adapter, "request", result);
    const { bodyEncoding, body: found } = outputOf(result);
    expect({ body: found, ...(bodyEncoding === undefined ? {} : { bodyEncoding }) }).toEqual(
      readable,
    );
  });

  test.each<[string, (body: string) => Buffer]>([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("a body that comes as %s unasked is unpacked", async (encoding, pack) => {
    const { send } = setUpHttp();
    const url = await answering("text/plain", pack("zwölf"), { "content-encoding": encoding });
    expect(outputOf(await send({ url }))["body"]).toBe("zwölf");
  });

  test("a body that is discarded counts only, however large it is", async () => {
    const { adapter, send } = setUpHttp();
    const url = await answering("application/json", "{".repeat(3_000_000));
    const result = await send({ url, discardBody: true });
    expectToFit(adapter, "request", result);
    expect(outputOf(result)).toMatchObject({ status: 200, body: null, bodyBytes: 3_000_000 });
  });

  test("of a body that is discarded a failed status still quotes the beginning", async () => {
    const { send } = setUpHttp();
    const url = await httpServer((_, response) => {
      response.writeHead(503).end(`maintenance until noon ${"x".repeat(3_000_000)}`);
    });
    expect(await send({ url, discardBody: true })).toMatchObject({
      kind: "failed",
      error: "States.Http.StatusCode.503",
      cause: expect.stringMatching(/: maintenance until noon x{100}/),
    });
  });

  test("an answer to HEAD has no body", async () => {
    const { send } = setUpHttp();
    const url = await answering("application/json", "", { "content-length": 5_000_000 });
    expect(outputOf(await send({ url, method: "HEAD" }))).toMatchObject({
      status: 200,
      body: null,
    });
  });

  test("a status that is not a failure to the process is a result", async () => {
    const { adapter, send } = setUpHttp();
    const url = await httpServer((_, response) => response.writeHead(503).end("busy"));
    const result = await send({ url, failOnStatus: false });
    expectToFit(adapter, "request", result);
    expect(outputOf(result)).toMatchObject({ status: 503, body: "busy" });
  });

  test("an IPv6 address can be called", async () => {
    const { send } = setUpHttp();
    const origin = await httpServer((_, response) => response.end("six"), "::1");
    expect(outputOf(await send({ url: origin }))["body"]).toBe("six");
  });
});

describe("requests", () => {
  test("carry method, headers, query and JSON", async () => {
    const { send } = setUpHttp();
    const origin = await mirror();
    const sent = await send({
      method: "POST",
      url: `${origin}/a%20b?x=%2F`,
      query: { q: "a&b=c", n: [1, true] },
      headers: { Authorization: "Bearer t", Accept: "text/html" },
      json: { name: "zwölf" },
    });
    expect(outputOf(sent)["body"]).toMatchObject({
      method: "POST",
      url: "/a%20b?x=%2F&q=a%26b%3Dc&n=1&n=true",
      headers: {
        authorization: "Bearer t",
        accept: "text/html",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "content-length": "17",
      },
      body: '{"name":"zwölf"}',
    });
  });

  test("carry text under the content type that is given", async () => {
    const { send } = setUpHttp();
    const url = await mirror();
    const typeOf = async (headers: Record<string, string>) => {
      const output = outputOf(await send({ method: "PUT", url, text: "<a/>", headers }));
      return output["body"];
    };
    expect(await typeOf({})).toMatchObject({
      body: "<a/>",
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
    expect(await typeOf({ "Content-Type": "text/xml" })).toMatchObject({
      headers: { "content-type": "text/xml" },
    });
  });

  const keyOf = async (parameters: object, overrides: object = {}) => {
    const { send } = setUpHttp();
    const output = outputOf(await send({ url: await mirror(), ...parameters }, overrides));
    return (output["body"] as { headers: Record<string, string> }).headers["idempotency-key"];
  };

  test("writes carry one idempotency key over all attempts of an activity", async () => {
    const first = await keyOf({ method: "POST" }, { attempt: 1 });
    expect(first).toMatch(uuid);
    expect(await keyOf({ method: "POST" }, { attempt: 2 })).toBe(first);
    expect(await keyOf({ method: "POST" }, { activity: "0.4" })).not.toBe(first);
    for (const method of ["PUT", "PATCH", "DELETE"]) expect(await keyOf({ method })).toBe(first);
  });

  test("reads carry no idempotency key, and a write can do without or with its own", async () => {
    expect(await keyOf({})).toBeUndefined();
    expect(await keyOf({ method: "POST", idempotencyKey: false })).toBeUndefined();
    expect(await keyOf({ idempotencyKey: true })).toMatch(uuid);
    expect(await keyOf({ method: "POST", headers: { "Idempotency-Key": "mine" } })).toBe("mine");
  });

  test("reuse connections", async () => {
    const { send } = setUpHttp();
    const ports = new Set<number | undefined>();
    const url = await httpServer((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    for (let index = 0; index < 5; index += 1) outputOf(await send({ url }));
    // The next request may leave before the connection of the last one is free.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  test.each([
    ["that is quickly over does not beat", 1, 0],
    ["whose answer arrives slowly beats twice a second", 60, 1],
  ])("one %s", async (_, chunks, least) => {
    const { send } = setUpHttp();
    const url = await httpServer((__, response) => {
      let left = chunks;
      const timer = setInterval(() => {
        left -= 1;
        if (left > 0) return response.write("x");
        clearInterval(timer);
        return response.end();
      }, 20);
    });
    let beats = 0;
    const startedAt = performance.now();
    await send({ url }, { heartbeat: () => (beats += 1) });
    const most = Math.floor((performance.now() - startedAt) / 500);
    expect(beats).toBeGreaterThanOrEqual(least);
    expect(beats).toBeLessThanOrEqual(most);
  });
});

describe("TLS", () => {
  const secure = () => tlsServer((_, response) => response.end("secret"));

  test("a certificate of an issuer that was added is trusted", async () => {
    const { send } = setUpHttp({ ca: [certificate] });
    const port = await secure();
    expect(outputOf(await send({ url: `https://localhost:${port}/` }))["body"]).toBe("secret");
  });

  test("the environment variable of Node that turns verification off is not heeded", async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      const { send } = setUpHttp();
      const result = await send({ url: `https://localhost:${await secure()}/` });
      expect(result).toMatchObject({ kind: "failed", error: "Http.TlsFailed" });
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
  });
});

describe("redirects", () => {
  /** Redirects /from to `to` with `status`; anything else is mirrored. */
  const redirecting = (status: number, to: string) =>
    httpServer(async (request, response) => {
      if (request.url === "/from") {
        response.writeHead(status, { location: to }).end("moved");
      } else {
        const { method, url, headers } = request;
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ method, url, headers, body: await textOf(request) }));
      }
    });

  test("are results where they are not followed", async () => {
    const { send } = setUpHttp();
    const origin = await redirecting(302, "/to");
    expect(outputOf(await send({ url: `${origin}/from` }))).toMatchObject({
      status: 302,
      headers: { location: "/to" },
      body: "moved",
    });
  });

  test.each([
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [307, "POST", "POST", '"b"'],
    [308, "PUT", "PUT", '"b"'],
    [301, "PUT", "PUT", '"b"'],
  ])("%i after %s goes on as %s", async (...[status, method, next, body]) => {
    const { send } = setUpHttp();
    const origin = await redirecting(status, "/to?x=1");
    const output = outputOf(
      await send({ method, url: `${origin}/from`, json: "b", followRedirects: 1 }),
    );
    expect(output).toMatchObject({ url: `${origin}/to?x=1`, body: { method: next, body } });
    const { headers } = output["body"] as { headers: Record<string, string> };
    expect("idempotency-key" in headers).toBe(next !== "GET");
  });

  test("take secrets along on one origin and to no other", async () => {
    const { send } = setUpHttp();
    const other = await mirror();
    const headers = { Authorization: "Bearer t", "X-Api-Key": "k", Cookie: "c=1", Accept: "a/b" };
    const arrived = async (to: string) => {
      const url = `${await redirecting(307, to)}/from`;
      const output = outputOf(await send({ url, headers, followRedirects: 3 }));
      return (output["body"] as { headers: object }).headers;
    };
    expect(await arrived("/to")).toMatchObject({ authorization: "Bearer t", "x-api-key": "k" });
    const elsewhere = await arrived(`${other}/to`);
    expect(elsewhere).toMatchObject({ accept: "a/b" });
    for (const name of ["authorization", "x-api-key", "cookie"])
      expect(elsewhere).not.toHaveProperty(name);
  });
});

describe("restarting after the server died", () => {
  test.each<[string, boolean | undefined, boolean]>([
    ["GET", undefined, true],
    ["HEAD", undefined, true],
    ["OPTIONS", undefined, true],
    ["POST", undefined, false],
    ["PUT", undefined, false],
    ["PATCH", undefined, false],
    ["DELETE", undefined, false],
    ["POST", true, true],
    ["GET", false, false],
  ])("%s with restartable %s: %s", (method, restartable, may) => {
    const { registry } = setUpHttp();
    const parameters = {
      url: "http://h/",
      method,
      ...(restartable === undefined ? {} : { restartable }),
    };
    expect(registry.mayRestart("holdfast:http:request", parameters)).toBe(may);
  });
});
