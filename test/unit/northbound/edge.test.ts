import { describe, expect, test } from "vitest";
import { type ErrorCode, OrchestratorError } from "#core/errors.ts";
import { problemKinds } from "#northbound/problem.ts";
import { shown } from "./documented.ts";
import { environment, handEngine, token } from "./stand-in.ts";

const start = { process: "hello" };

describe("access", () => {
  test.each([
    ["no header", undefined],
    ["no token", "Bearer"],
    ["another scheme", `Basic ${token}`],
    ["a wrong token", "Bearer wrong"],
    ["a longer token", `Bearer ${token}x`],
    ["a token in two parts", `Bearer ${token} ${token}`],
  ])("is refused with %s, and says where a token is found", async (_case, authorization) => {
    const { app } = environment({ tokenHint: "It lies in ./token." });
    const headers = authorization === undefined ? {} : { authorization };
    const response = await app.request("/v1/executions", { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm="holdfast"/);
    expect((await shown(response)).action).toContain("It lies in ./token.");
  });

  test("is asked for before the body is read", async () => {
    const { app } = environment();
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const request = { method: "POST", body, duplex: "half" } as RequestInit;
    expect((await app.request("/v1/executions", request)).status).toBe(401);
  });

  test("names the principal of each token", async () => {
    const { post } = environment();
    const authorization = "bearer  other-0123456789 ";
    const response = await post("/v1/executions", start, { headers: { authorization } });
    expect(await response.json()).toMatchObject({ startedBy: "key:other" });
  });

  test("is not needed for health and the document", async () => {
    const { app } = environment();
    expect((await app.request("/v1/health")).status).toBe(200);
    expect((await app.request("/openapi.json")).status).toBe(200);
  });
});

describe("a body", () => {
  test("may be as large as the limit and no larger", async () => {
    const text = JSON.stringify(start);
    const limits = { bodyBytesMax: text.length };
    const { post } = environment({ limits });
    expect((await post("/v1/executions", text)).status).toBe(201);
    const promised = { headers: { "content-length": String(text.length + 1) } };
    for (const response of [
      await post("/v1/executions", `${text} `),
      await post("/v1/executions", `${text} `, promised),
      await post("/v1/executions", text.replace("hello", "hellö")),
    ]) {
      expect([response.status, (await shown(response)).code]).toEqual([413, "body-too-large"]);
    }
  });

  test("is not read beyond the limit", async () => {
    const { post } = environment({ limits: { bodyBytesMax: 1000 } });
    let pulled = 0;
    let isCancelled = false;
    const body = new ReadableStream({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(100));
      },
      cancel: () => {
        isCancelled = true;
      },
    });
    const endless = { body, duplex: "half" } as RequestInit;
    expect((await post("/v1/executions", "", endless)).status).toBe(413);
    expect([pulled < 20, isCancelled]).toEqual([true, true]);
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=latin1",
    "application/jsonx",
    "",
  ])("of media type %j is refused", async (mediaType) => {
    const { post } = environment();
    const response = await post("/v1/executions", start, {
      headers: { "content-type": mediaType },
    });
    expect([response.status, (await shown(response)).code]).toEqual([
      415,
      "media-type-unsupported",
    ]);
  });

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    'Application/JSON;charset="UTF-8"',
    "application/merge-patch+json",
  ])("of media type %j is read", async (mediaType) => {
    const { post } = environment();
    const response = await post("/v1/executions", start, {
      headers: { "content-type": mediaType },
    });
    expect(response.status).toBe(201);
  });

  test("that is compressed or not UTF-8 is refused", async () => {
    const { post } = environment();
    const headers = { "content-encoding": "gzip" };
    expect((await post("/v1/executions", start, { headers })).status).toBe(415);
    const body = new Uint8Array([0x22, 0xff, 0x22]);
    expect((await post("/v1/executions", "", { body })).status).toBe(415);
  });

  test("that is not JSON is refused with the place", async () => {
    const { post } = environment();
    const response = await post("/v1/executions", '{"process": "hello",\n  "input": }');
    const problem = await shown(response);
    expect(response.status).toBe(400);
    expect(problem).toMatchObject({ code: "request-invalid", line: 2, column: 12 });
    expect(problem.detail).toBe("The body is not JSON: line 2, column 12: expected a value.");
  });

  test("may be nested as deep as the limit and no deeper", async () => {
    const { post } = environment({ limits: { jsonDepthMax: 10 } });
    const nested = (depth: number) =>
      `{"process":"hello","input":${'[{"a":'.repeat(depth)}1${"}]".repeat(depth)}}`;
    expect((await post("/v1/executions", nested(4))).status).toBe(201);
    for (const depth of [5, 100_000]) {
      const response = await post("/v1/executions", nested(depth));
      expect([response.status, (await shown(response)).code]).toEqual([400, "request-invalid"]);
    }
  });
});

describe("paths and methods", () => {
  test("an unknown path is a problem, whoever asks", async () => {
    const { app, get } = environment();
    for (const path of ["/", "/v2", "/v1/executions/", "/v1/executions/a/b/c", "//", "/%zz"]) {
      const response = await get(path);
      expect([response.status, (await shown(response)).code], path).toEqual([404, "not-found"]);
    }
    expect((await app.request("/nothing")).status).toBe(404);
  });

  test("a wrong method names the right ones", async () => {
    const { get, app } = environment();
    for (const [method, path, allow] of [
      ["DELETE", "/v1/executions/hello:a", "GET, HEAD, OPTIONS"],
      ["PUT", "/v1/executions", "GET, HEAD, OPTIONS, POST"],
      ["GET", "/v1/executions/hello:a/stop", "OPTIONS, POST"],
      ["HEAD", "/v1/executions/hello:a/stop", "OPTIONS, POST"],
      ["PATCH", "/openapi.json", "GET, HEAD, OPTIONS"],
    ] as const) {
      const response = await get(path, { method });
      expect([response.status, response.headers.get("allow")], path).toEqual([405, allow]);
    }
    const response = await app.request("/v1/processes", { method: "DELETE" });
    expect((await shown(response)).code).toBe("method-not-allowed");
  });

  test("OPTIONS answers what is allowed, and nothing for other origins", async () => {
    const { app } = environment();
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const response = await app.request("/v1/executions", { method: "OPTIONS", headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS, POST");
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-"))).toEqual([]);
    expect((await app.request("/nothing", { method: "OPTIONS" })).status).toBe(404);
  });

  test("HEAD answers as GET does, without a body", async () => {
    const { get, post } = environment();
    await post("/v1/executions", { ...start, name: "a" });
    const response = await get("/v1/executions/hello:a", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect((await get("/v1/executions/hello:b", { method: "HEAD" })).status).toBe(404);
  });
});

describe("headers", () => {
  test("a harmless request id is echoed, any other replaced", async () => {
    const { get } = environment();
    const answered = async (id: string) =>
      (await get("/v1/nothing", { headers: { "x-request-id": id } })).headers.get("x-request-id");
    expect(await answered("abc-1:2.3_X")).toBe("abc-1:2.3_X");
    for (const id of ["", "a b", "<script>", "x".repeat(129)]) {
      expect(await answered(id)).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("every answer forbids caching, sniffing and framing", async () => {
    const { app, get, post } = environment();
    for (const response of [
      await get("/v1/executions"),
      await post("/v1/executions", "{"),
      await app.request("/nothing"),
      await app.request("/v1/health"),
    ]) {
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "x-request-id": expect.any(String),
      });
    }
  });
});

describe("errors", () => {
  const failing = (error: unknown) => {
    const { executions } = handEngine();
    const describeIt = () => Promise.reject(error);
    return environment({ executions: { ...executions, describe: describeIt } });
  };

  test("an unexpected error tells the caller nothing but its request id, and the log all", async () => {
    const error = new TypeError("secret at /home/someone");
    const { get, logged } = failing(error);
    const headers = { "x-request-id": "r-1" };
    const response = await get("/v1/executions/hello:a", { headers });
    expect(response.status).toBe(500);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const text = await response.text();
    expect(text).not.toMatch(/secret|home|TypeError|at \//);
    expect(JSON.parse(text)).toMatchObject({ code: "internal-error", requestId: "r-1" });
    expect(logged).toEqual([
      expect.objectContaining({ requestId: "r-1", operationId: "getExecution", error }),
    ]);
  });

  test("what is thrown need not be an error", async () => {
    const { get } = failing("text");
    expect((await get("/v1/executions/hello:a")).status).toBe(500);
  });

  test("every code has a status, a title and something to do", async () => {
    for (const [code, kind] of Object.entries(problemKinds)) {
      const { get } = failing(new OrchestratorError(code as ErrorCode, "It went wrong at x."));
      const response = await get("/v1/executions/hello:a");
      const problem = await shown(response);
      expect(response.status).toBe(kind.status);
      expect(problem).toMatchObject({ code, status: kind.status, detail: "It went wrong at x." });
      expect([problem.title, problem.action].every((text) => text.length > 10)).toBe(true);
    }
  });

  test("an error's own action and details are told; its details never hide the problem's fields", async () => {
    const details = { executionId: "hello:a", status: 200, code: "x" };
    const error = new OrchestratorError("storage-unavailable", "no answer", {
      action: "Wait.",
      details,
    });
    const { get } = failing(error);
    const response = await get("/v1/executions/hello:a");
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toMatchObject({
      status: 503,
      code: "storage-unavailable",
      action: "Wait.",
      executionId: "hello:a",
    });
  });
});
