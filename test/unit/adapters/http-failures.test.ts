import type { LookupFunction } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import type { ActivityResult } from "#ports/activity-runner.ts";
import { setUpHttp } from "./http-setup.ts";
import { certificate, closedPort, httpServer, socketServer, tlsServer } from "./servers.ts";

const provoked = new Set<string>();

/** Checks error and cause, and that the cause says what was asked for and no secret of the URL. */
const expectFailure = (result: ActivityResult, error: string, cause: RegExp): void => {
  expect(result).toMatchObject({ kind: "failed", error });
  if (result.kind === "succeeded") return;
  provoked.add(error.replace(/StatusCode\.\d+/, "StatusCode.<status>"));
  expect(result.cause).toMatch(cause);
  expect(result.cause).not.toMatch(/hush|\n| {4}at /);
};

afterAll(() => {
  const declared = Object.keys(setUpHttp().adapter.activities["request"]?.errors ?? {});
  expect([...provoked].sort()).toEqual(declared.sort());
});

const secret = "/path?token=hush";

/** Speaks bytes once a request has arrived. */
const afterRequest = (speak: (socket: import("node:net").Socket) => void) =>
  socketServer((socket) => socket.once("data", () => speak(socket)));

describe("a status from 400 on", () => {
  test("is a failure of that name that quotes the beginning of the answer", async () => {
    const { send } = setUpHttp();
    const url = await httpServer((_, response) =>
      response.writeHead(503).end(`busy,\n\tcome\u0000 back ${"x".repeat(1_000)}`),
    );
    const result = await send({ url: url + secret });
    expectFailure(
      result,
      "States.Http.StatusCode.503",
      /^GET http:\/\/127\.0\.0\.1:\d+\/path answered 503 Service Unavailable: busy, come back x+$/,
    );
    expect(result.kind === "failed" && result.cause.length).toBeLessThan(700);
  });

  test("stays that failure if its body is endless, packed or not what it says", async () => {
    const { send } = setUpHttp();
    const endless = await httpServer((_, response) => {
      response.writeHead(500);
      const more = () => response.write("x".repeat(65_536), () => setImmediate(more));
      more();
    });
    expectFailure(await send({ url: endless }), "States.Http.StatusCode.500", /x{100}/);
    const packed = await httpServer((_, response) =>
      response
        .writeHead(404, { "content-encoding": "gzip", "content-type": "application/json" })
        .end("no"),
    );
    expectFailure(await send({ url: packed }), "States.Http.StatusCode.404", /404 Not Found$/);
  });
});

describe("requests that are none", () => {
  test.each<[object, RegExp]>([
    [{ url: "host/path" }, /"url" is not a URL/],
    [{ url: "ftp://host/" }, /"url" begins with ftp:/],
    [{ url: "http://ann:hush@host/" }, /user or password/],
    [{ url: "http://h/", method: "POST", json: 1, text: "1" }, /both "json" and "text"/],
    [{ url: "http://h/", method: "HEAD", text: "1" }, /HEAD request has no body/],
    [{ url: "http://h/", headers: { "Content-Length": "3" } }, /"content-length" is set by/],
    [{ url: "http://h/", headers: { "Transfer-Encoding": "chunked" } }, /"transfer-encoding"/],
    [
      { url: "http://h/", headers: { authorization: "hush\r\nx: y" } },
      /invalid authorization header/,
    ],
    [{ url: "http://h/", headers: { "a b": "hush" } }, /invalid header key/],
  ])("%j fails before anything is sent", async (parameters, cause) => {
    const { send } = setUpHttp();
    expectFailure(await send(parameters as never), "Http.RequestInvalid", cause);
  });

  test.each<[object, string]>([
    [{}, '"url" is missing'],
    [{ url: "http://h/", method: "TRACE" }, '"method" must be one of GET'],
    [{ url: "http://h/", timeoutSeconds: 901 }, '"timeoutSeconds" must be <= 900'],
    [{ url: "http://h/", timeoutSeconds: 0 }, '"timeoutSeconds" must be > 0'],
    [{ url: "http://h/", followRedirects: 11 }, '"followRedirects" must be <= 10'],
    [{ url: "http://h/", maxResponseBytes: 1e9 }, '"maxResponseBytes" must be <= 16777216'],
    [{ url: "http://h/", headers: { a: 1 } }, '"headers.a" must be string'],
    [{ url: "http://h/", body: "x" }, '"body" is not known here; known are method, url'],
  ])("%j is refused by the schema", async (parameters, cause) => {
    const { send } = setUpHttp();
    const result = await send(parameters as never);
    expect(result).toMatchObject({ kind: "failed", error: "Holdfast.ParametersInvalid" });
    expect(result.kind === "failed" && result.cause).toContain(cause);
  });
});

describe("connections that are not made", () => {
  test("nobody listens", async () => {
    const { send } = setUpHttp();
    const url = `http://127.0.0.1:${await closedPort()}${secret}`;
    expectFailure(
      await send({ url }),
      "Http.ConnectFailed",
      /GET http.*\/path: no connection .*ECONNREFUSED.*nothing was sent/,
    );
  });

  test("nobody listens on any address of a name", async () => {
    const { send } = setUpHttp();
    const url = `http://localhost:${await closedPort()}/`;
    expectFailure(await send({ url }), "Http.ConnectFailed", /ECONNREFUSED/);
  });

  test("the other side accepts and then keeps silent about TLS", async () => {
    const { send } = setUpHttp();
    const port = await socketServer(() => undefined);
    const startedAt = performance.now();
    const result = await send({ url: `https://localhost:${port}/`, connectTimeoutSeconds: 0.2 });
    expectFailure(result, "Http.ConnectFailed", /no connection within 0\.2 s; nothing was sent/);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test("a connection that comes too late carries nothing", async () => {
    const late: { resume?: () => void } = {};
    const lookup: LookupFunction = (_, __, callback) => {
      late.resume = () => callback(null, [{ address: "127.0.0.1", family: 4 }]);
    };
    const { send } = setUpHttp({ lookup });
    let requests = 0;
    const origin = await httpServer((_, response) => {
      requests += 1;
      response.end();
    });
    const url = origin.replace("127.0.0.1", "slow-name");
    const result = await send({ url, method: "POST", connectTimeoutSeconds: 0.1 });
    expectFailure(result, "Http.ConnectFailed", /nothing was sent/);
    late.resume?.();
    await new Promise((later) => setTimeout(later, 200));
    expect(requests).toBe(0);
  });

  test("the name has no address", async () => {
    const { send } = setUpHttp();
    const url = `http://${"a".repeat(64)}.invalid${secret}`;
    expectFailure(await send({ url }), "Http.NameNotResolved", /host name was not found \(E/);
  });

  test.each([
    ["localhost", [] as string[], /self-signed certificate/],
    ["elsewhere.example", [certificate], /does not match certificate's altnames/],
  ])("the certificate for %s is not to be trusted", async (host, ca, cause) => {
    const { send } = setUpHttp({
      ca,
      lookup: (_, __, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    let requests = 0;
    const port = await tlsServer(() => {
      requests += 1;
    });
    expectFailure(await send({ url: `https://${host}:${port}${secret}` }), "Http.TlsFailed", cause);
    expect(requests).toBe(0);
  });

  test("the other side speaks no TLS", async () => {
    const { send } = setUpHttp();
    const origin = await httpServer((_, response) => response.end());
    const result = await send({ url: origin.replace("http:", "https:") });
    expectFailure(result, "Http.TlsFailed", /no trusted connection \(wrong version number\)/);
  });
});

describe("connections that break", () => {
  test("after the request and before the answer", async () => {
    const { send } = setUpHttp();
    const port = await afterRequest((socket) => socket.resetAndDestroy());
    const result = await send({ url: `http://127.0.0.1:${port}/`, method: "POST", json: 1 });
    expectFailure(result, "Http.ConnectionLost", /POST .*whether it was carried out is not known/);
  });

  test("in the middle of the answer", async () => {
    const { send } = setUpHttp();
    const port = await afterRequest((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc");
      setTimeout(() => socket.resetAndDestroy(), 50);
    });
    const result = await send({ url: `http://127.0.0.1:${port}/` });
    expectFailure(result, "Http.ConnectionLost", /while the answer was being read/);
  });
});

describe("requests that take too long", () => {
  const slow = {
    "no headers": "",
    "headers drop by drop": "HTTP/1.1 200 OK\r\nx-drop: ",
    "no body": "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
    "a body drop by drop": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n",
  };

  test.each(Object.entries(slow))("%s", async (name, bytes) => {
    const { send } = setUpHttp();
    let closed = false;
    const port = await afterRequest((socket) => {
      socket.on("close", () => {
        closed = true;
      });
      socket.write(bytes);
      if (!name.includes("drop")) return;
      const drop = name.startsWith("a body") ? "1\r\nx\r\n" : "x";
      const timer = setInterval(() => socket.write(drop), 20);
      socket.on("close", () => clearInterval(timer));
    });
    const startedAt = performance.now();
    const result = await send({ url: `http://127.0.0.1:${port}${secret}`, timeoutSeconds: 0.3 });
    const tookMs = performance.now() - startedAt;
    const phase = name.includes("body") ? /while the answer was being read/ : /is not known/;
    expectFailure(result, "Http.Timeout", phase);
    expectFailure(result, "Http.Timeout", /not complete within 0\.3 s/);
    expect(tookMs).toBeGreaterThanOrEqual(295);
    expect(tookMs).toBeLessThan(2_000);
    await expect.poll(() => closed).toBe(true);
  });

  test("the time counts over all redirects", async () => {
    const { send } = setUpHttp();
    const url = await httpServer((_, response) => {
      setTimeout(() => response.writeHead(302, { location: "/again" }).end(), 100);
    });
    const result = await send({ url, followRedirects: 10, timeoutSeconds: 0.35 });
    expectFailure(result, "Http.Timeout", /\/again: not complete within 0\.35 s/);
  });
});

describe("nobody waits any more", () => {
  test("a request that is under way is torn down at once", async () => {
    const { send } = setUpHttp();
    const controller = new AbortController();
    let closed = false;
    const port = await afterRequest((socket) => {
      socket.on("close", () => {
        closed = true;
      });
      controller.abort();
    });
    const result = await send({ url: `http://127.0.0.1:${port}/` }, { signal: controller.signal });
    expectFailure(result, "Http.Aborted", /given up after the request was sent/);
    await expect.poll(() => closed).toBe(true);
  });

  test("a request that has not begun does not begin", async () => {
    const { send } = setUpHttp();
    let requests = 0;
    const url = await httpServer(() => {
      requests += 1;
    });
    const result = await send({ url }, { signal: AbortSignal.abort() });
    expectFailure(result, "Http.Aborted", /nothing was sent/);
    expect(requests).toBe(0);
  });
});

describe("answers that are too large", () => {
  const sized = (size: number, isChunked: boolean) =>
    httpServer((_, response) => {
      if (!isChunked) response.setHeader("content-length", size);
      else response.write("x");
      response.end("x".repeat(isChunked ? size - 1 : size));
    });

  test.each([true, false])("one byte more than allowed, chunked %s", async (isChunked) => {
    const { send } = setUpHttp();
    const url = await sized(70_000, isChunked);
    expect(await send({ url, maxResponseBytes: 70_000 })).toMatchObject({ kind: "succeeded" });
    expectFailure(
      await send({ url: url + secret, maxResponseBytes: 69_999 }),
      "Http.ResponseTooLarge",
      /more than 69999 bytes/,
    );
  });

  test("a mebibyte is the limit where nothing is said", async () => {
    const { send } = setUpHttp();
    expect(await send({ url: await sized(1_048_576, false) })).toMatchObject({ kind: "succeeded" });
    expectFailure(
      await send({ url: await sized(1_048_577, true) }),
      "Http.ResponseTooLarge",
      /1048576/,
    );
  });

  test("an answer without end is cut off", async () => {
    const { send } = setUpHttp();
    let sent = 0;
    const url = await httpServer((_, response) => {
      const more = () => {
        sent += 65_536;
        response.write("x".repeat(65_536), (error) => error ?? setImmediate(more));
      };
      more();
    });
    expectFailure(await send({ url }), "Http.ResponseTooLarge", /more than 1048576 bytes/);
    expect(sent).toBeLessThan(64 * 1_048_576);
  });

  test("a small body that unpacks to a large one", async () => {
    const { send } = setUpHttp();
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const url = await httpServer((_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
    );
    expectFailure(await send({ url }), "Http.ResponseTooLarge", /more than 1048576 bytes/);
  });

  test("headers", async () => {
    const { send } = setUpHttp();
    const url = await httpServer((_, response) =>
      response.writeHead(200, { "x-long": "x".repeat(20_000) }).end(),
    );
    expectFailure(await send({ url }), "Http.ResponseTooLarge", /headers that are too large/);
  });
});

describe("answers that are wrong", () => {
  test.each([
    ["SSH-2.0-OpenSSH_9.6\r\n", /not HTTP/],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", /not HTTP/],
  ])("%j is not HTTP", async (bytes, cause) => {
    const { send } = setUpHttp();
    const port = await afterRequest((socket) => socket.end(bytes));
    expectFailure(
      await send({ url: `http://127.0.0.1:${port}${secret}` }),
      "Http.BadResponse",
      cause,
    );
  });

  test.each<[Record<string, string>, string, RegExp]>([
    [{ "content-type": "application/json" }, "<html>", /says that its answer is JSON/],
    [{ "content-encoding": "gzip" }, "not packed", /broken gzip data/],
    [{ "content-encoding": "zip" }, "x", /content encoding zip/],
  ])("headers %j and body %s contradict each other", async (headers, body, cause) => {
    const { send } = setUpHttp();
    const url = await httpServer((_, response) => response.writeHead(200, headers).end(body));
    expectFailure(await send({ url: url + secret }), "Http.BadResponse", cause);
  });

  test("a redirect leads to no HTTP at all", async () => {
    const { send } = setUpHttp();
    const url = await httpServer((_, response) =>
      response.writeHead(302, { location: "file:///etc/passwd" }).end(),
    );
    expectFailure(
      await send({ url, followRedirects: 1 }),
      "Http.BadResponse",
      /no http: or https: URL/,
    );
  });

  test("redirects go round in circles", async () => {
    const { send } = setUpHttp();
    let requests = 0;
    const url = await httpServer((_, response) => {
      requests += 1;
      response.writeHead(302, { location: secret }).end();
    });
    const result = await send({ url, followRedirects: 3 });
    expectFailure(result, "Http.TooManyRedirects", /redirected more than 3 times/);
    expect(requests).toBe(4);
  });
});

describe("addresses that may not be called", () => {
  test.each([
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.254.169.254.",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "[ff02::1]",
    "[::]",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "0",
    "224.0.0.1",
    "255.255.255.255",
  ])("%s", async (host) => {
    const { send } = setUpHttp();
    const startedAt = performance.now();
    const result = await send({ url: `http://${host}/latest${secret}` });
    expectFailure(result, "Http.AddressRefused", /may not be called/);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  const naming =
    (...addresses: readonly string[]): LookupFunction =>
    (_, __, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );

  test.each(["169.254.169.254", "fe80::1%lo", "::ffff:a9fe:a9fe"])(
    "a name for %s",
    async (address) => {
      const { send } = setUpHttp({ lookup: naming(address) });
      const result = await send({ url: "http://innocent.example/" });
      expectFailure(result, "Http.AddressRefused", /innocent\.example is .* may not be called/);
    },
  );

  test("a name with several addresses is called at those that may be", async () => {
    const origin = await httpServer((_, response) => response.end("here"));
    const { send } = setUpHttp({ lookup: naming("169.254.169.254", "127.0.0.1") });
    const url = origin.replace("127.0.0.1", "innocent.example");
    expect(await send({ url })).toMatchObject({ output: { body: "here" } });
  });

  test("a name that changes between two looks at it", async () => {
    const answers = ["127.0.0.1", "169.254.169.254"];
    const lookup: LookupFunction = (_, __, callback) =>
      callback(null, [{ address: answers.shift() ?? "169.254.169.254", family: 4 }]);
    const { send } = setUpHttp({ lookup });
    const origin = await httpServer((_, response) =>
      response.writeHead(302, { location: "/next", connection: "close" }).end(),
    );
    const url = origin.replace("127.0.0.1", "rebinding.example");
    const result = await send({ url, followRedirects: 2 });
    expectFailure(
      result,
      "Http.AddressRefused",
      /\/next: rebinding\.example is 169\.254\.169\.254/,
    );
  });

  test("a redirect to one", async () => {
    const { send } = setUpHttp();
    const url = await httpServer((_, response) =>
      response.writeHead(302, { location: "http://0xa9fea9fe/latest/meta-data/" }).end(),
    );
    const result = await send({ url, followRedirects: 1 });
    expectFailure(result, "Http.AddressRefused", /169\.254\.169\.254/);
  });

  test("a Host header does not lead elsewhere", async () => {
    const { send } = setUpHttp();
    const result = await send({ url: "http://169.254.169.254/", headers: { Host: "127.0.0.1" } });
    expectFailure(result, "Http.AddressRefused", /169\.254\.169\.254/);
  });

  test.each([
    [["loopback"], "127.0.0.1"],
    [["loopback"], "[::1]"],
    [["loopback"], "[::ffff:7f00:1]"],
    [["loopback"], "localhost"],
    [["private"], "10.1.2.3"],
    [["private"], "[fc00::1]"],
    [["192.0.2.0/24", "2001:db8::/32"], "192.0.2.7"],
    [["192.0.2.0/24", "2001:db8::/32"], "[2001:db8::7]"],
    [["198.51.100.1"], "198.51.100.1"],
  ])("with %j refused too, %s", async (refuse, host) => {
    const { send } = setUpHttp({ refuse });
    expectFailure(
      await send({ url: `http://${host}/` }),
      "Http.AddressRefused",
      /may not be called/,
    );
  });
});
