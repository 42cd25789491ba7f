import { describe, expect, test } from "vitest";
import { accessEnvironment, administratorToken } from "./access-environment.ts";
import { type Signed, sha256, sign } from "./sign-request.ts";

const environment = async () => {
  const made = await accessEnvironment(undefined);
  const { host } = new URL(made.url);
  const grants = [{ role: "Auditor", scope: { kind: "all" } }];
  const create = async (name: string, isForAws: boolean) => {
    const body = { name, isForAws, grants };
    const path = "/v1/access-keys";
    const created = await made.call(administratorToken, { method: "POST", path, body });
    return created.body as { keyId: string; secret: string; token: string };
  };
  const key = await create("aws", true);
  const send = async (
    request: Signed,
    change: (sent: { url: string; init: RequestInit }) => void = () => undefined,
    by: { keyId: string; secret: string } = key,
  ) => {
    const { method = "GET", path = "/v1/whoami", query = "", body } = request;
    const sent = {
      url: `${made.url}${path}${query && `?${query}`}`,
      init: { method, headers: sign(by, host, request), ...(body !== undefined && { body }) },
    };
    change(sent);
    const response = await fetch(sent.url, sent.init);
    return {
      status: response.status,
      body: (await response.json()) as { principal?: string; detail?: string; code?: string },
    };
  };
  return { ...made, key, create, send };
};

describe("a signed request", () => {
  test("is its key's, whatever the region", async () => {
    const { send } = await environment();
    for (const region of ["eu-central-1", "us-east-1", "nowhere-1"]) {
      const { status, body } = await send({ region });
      expect([status, body.principal]).toEqual([200, "key:aws"]);
    }
  });

  test("may have a body, a query and a path with any characters", async () => {
    const { send } = await environment();
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ definition: { Type: "Pass" }, input: "grüße" });
    // An auditor may not; but the request was understood as its own.
    const post = { method: "POST", path: "/v1/test-state", body, headers };
    expect((await send(post)).body.code).toBe("forbidden");
    const hashed = { ...headers, "x-amz-content-sha256": sha256(body) };
    expect((await send({ ...post, headers: hashed })).body.code).toBe("forbidden");
    expect((await send({ path: "/v1/executions", query: "limit=5&status=FAILED" })).status).toBe(
      200,
    );
    const path = "/v1/executions/a%3Ab%20c";
    const double = "/v1/executions/a%253Ab%2520c";
    const found = await send({ path: double }, (sent) => {
      sent.url = sent.url.replace(double, path);
    });
    expect(found.status).toBe(404);
  });

  test("is refused when its key can only be shown as a token, is revoked, or is unknown", async () => {
    const { access, create, key, send } = await environment();
    const bearer = await create("bearer", false);
    const secret = bearer.token.slice(-40);
    expect((await send({}, undefined, { ...bearer, secret })).status).toBe(401);
    const unknown = { ...key, keyId: key.keyId.replace("HF", "HG") };
    expect((await send({}, undefined, unknown)).status).toBe(401);
    expect((await send({})).status).toBe(200);
    await access.keys.revoke(key.keyId, "key:admin");
    expect((await send({})).status).toBe(401);
  });

  test("is refused more than five minutes before or after it was signed", async () => {
    const { send } = await environment();
    for (const [skewMs, status] of [
      [-290_000, 200],
      [290_000, 200],
      [-310_000, 401],
      [310_000, 401],
    ] as const) {
      expect((await send({ atMs: Date.now() + skewMs })).status).toBe(status);
    }
  });

  const sending = (init: RequestInit) => (sent: { init: RequestInit }) => {
    sent.init = { ...sent.init, ...init };
  };
  const asking = (change: (url: string) => string) => (sent: { url: string }) => {
    sent.url = change(sent.url);
  };
  const header = (name: string, value: string | undefined) => (sent: { init: RequestInit }) => {
    const headers = new Headers(sent.init.headers);
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
    sent.init = { ...sent.init, headers };
  };
  const replaced = (from: string | RegExp, to: string) => (sent: { init: RequestInit }) => {
    const given = new Headers(sent.init.headers).get("authorization") ?? "";
    expect(given).toMatch(from);
    header("authorization", given.replace(from, to))(sent);
  };

  test.each([
    ["another body", sending({ body: "{}" })],
    ["another path", asking((url) => url.replace("/test-state", "/processes/validate"))],
    ["another query", asking((url) => `${url}?a=1`)],
    ["another signed header", header("x-amz-target", "AWSStepFunctions.StopExecution")],
    ["no signed header", header("x-amz-target", undefined)],
    ["one more header of AWS", header("x-amz-meta", "1")],
    ["a session token", header("x-amz-security-token", "1")],
    ["another date", header("x-amz-date", "20200101T000000Z")],
    ["no date", header("x-amz-date", undefined)],
    ["another hash of the body", header("x-amz-content-sha256", sha256("x"))],
    ["an unsigned body", header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
    ["another signature", replaced(/Signature=[0-9a-f]{4}/, "Signature=0000")],
    ["another region", replaced("eu-central-1", "eu-central-2")],
    ["another service", replaced("/states/", "/s3/")],
    ["another day", replaced(/\/\d{8}\//, "/20200101/")],
    ["no host signed", replaced("content-type;host;", "content-type;")],
    ["a header of AWS not signed", replaced(";x-amz-target", "")],
    ["another algorithm", replaced("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")],
    ["nothing after the algorithm", replaced(/^.*$/, "AWS4-HMAC-SHA256")],
  ])("with %s is refused", async (_case, change) => {
    const { send } = await environment();
    const body = JSON.stringify({ definition: { Type: "Pass", End: true } });
    const headers = { "content-type": "application/json", "x-amz-target": "AWSStepFunctions.A" };
    const request = { method: "POST", path: "/v1/test-state", body, headers };
    expect((await send(request)).status).toBe(403);
    expect((await send(request, change)).status).toBe(401);
  });
});
