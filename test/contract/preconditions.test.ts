import { describe, expect, test } from "vitest";
import { accessEnvironment, administratorToken } from "./access-environment.ts";

const environment = async () => {
  const made = await accessEnvironment(undefined);
  const call = (method: string, path: string, more: object = {}) =>
    made.call(administratorToken, { method, path, ...more });
  return { ...made, call };
};

type Environment = Awaited<ReturnType<typeof environment>>;

interface Case {
  /** Makes it; answers its path. */
  readonly make: (environment: Environment) => Promise<string>;
  /** Changes it, or makes another of its name. */
  readonly change: (environment: Environment, path: string) => Promise<unknown>;
  /** Changes or ends it, as the call under test. */
  readonly method: "DELETE" | "POST";
  readonly below?: string;
}

const issuer = {
  name: "corp",
  url: "http://127.0.0.1:1",
  audiences: ["x"],
  keysUrl: "http://127.0.0.1:1/k",
};
const trust = (clockToleranceSeconds: number) => ({ body: { ...issuer, clockToleranceSeconds } });
const assignment = { body: { subject: "key:a", role: "Auditor" } };
const drain = (deadlineSeconds: number) => ({
  body: { scope: "process", name: "p", deadlineSeconds },
});

const document = (state: string) => ({
  body: {
    document: `{kind: Process, name: p, definition: {StartAt: ${state}, States: {${state}: {Type: Succeed}}}}`,
  },
});

const newKey = async ({ call }: Environment): Promise<string> => {
  const { body } = await call("POST", "/v1/access-keys", { body: { name: "ci" } });
  return `/v1/access-keys/${body.keyId}`;
};
const rotated = ({ call }: Environment, path: string) =>
  call("POST", `${path}/rotate`, { body: { graceSeconds: 60 } });

const cases: Readonly<Record<string, Case>> = {
  "an issuer that is distrusted": {
    make: async ({ call }) => {
      await call("POST", "/v1/issuers", trust(1));
      return "/v1/issuers/corp";
    },
    change: ({ call }) => call("POST", "/v1/issuers", trust(2)),
    method: "DELETE",
  },
  "a process that is removed": {
    make: async ({ call }) => {
      await call("POST", "/v1/processes", document("A"));
      return "/v1/processes/p";
    },
    change: ({ call }) => call("POST", "/v1/processes", document("B")),
    method: "DELETE",
  },
  "an activity that is forgotten": {
    make: async ({ call }) => {
      await call("PUT", "/v1/activities/print", { body: {} });
      return "/v1/activities/print";
    },
    change: ({ call }, path) => call("PUT", path, { body: { tags: { team: "a" } } }),
    method: "DELETE",
  },
  "an assignment that is removed": {
    make: async ({ call }) => {
      const { body } = await call("POST", "/v1/assignments", assignment);
      return `/v1/assignments/${body.assignmentId}`;
    },
    change: async ({ call, pass }, path) => {
      await call("DELETE", path);
      pass(1000);
      await call("POST", "/v1/assignments", assignment);
    },
    method: "DELETE",
  },
  "a drain that is ended": {
    make: async ({ call }) => {
      await call("POST", "/v1/drains", drain(10));
      return "/v1/drains/process:p";
    },
    change: ({ call }) => call("POST", "/v1/drains", drain(1000)),
    method: "DELETE",
  },
  "an alert that is closed": {
    make: async ({ alerts }) => {
      const { alertId } = await alerts.raise({ key: "a", severity: "info", title: "Down" });
      return `/v1/alerts/${alertId}`;
    },
    change: ({ call }, path) => call("POST", `${path}/close`, { body: {} }),
    method: "POST",
    below: "/close",
  },
  "an access key that is revoked": {
    make: newKey,
    change: rotated,
    method: "POST",
    below: "/revoke",
  },
  "an access key that is rotated": {
    make: newKey,
    change: rotated,
    method: "POST",
    below: "/rotate",
  },
};

describe.each(Object.entries(cases))("%s", (_, { make, change, method, below = "" }) => {
  test("stays as it is for whoever says that there be none, or says it in another way", async () => {
    const made = await environment();
    const path = await make(made);
    const before = (await made.call("GET", path)).body;
    for (const [given, expected] of [
      ["*", 412],
      ['"any"', 400],
    ] as const) {
      const headers = { "if-none-match": given };
      const sent = { headers, ...(below && { body: {} }) };
      expect((await made.call(method, path + below, sent)).status).toBe(expected);
    }
    expect((await made.call("GET", path)).body).toEqual(before);
  });

  test("stays as it is where somebody has changed it since it was read", async () => {
    const made = await environment();
    const { call } = made;
    const path = await make(made);
    const etag = (await call("GET", path)).headers.get("etag") ?? "";
    const send = (ifMatch: string) =>
      call(method, path + below, { headers: { "if-match": ifMatch }, ...(below && { body: {} }) });
    await change(made, path);
    const there = await call("GET", path);
    const now = there.headers.get("etag") ?? "";
    const refused = await send(etag);
    expect([refused.status, refused.body.code]).toEqual([412, "precondition-failed"]);
    expect(refused.headers.get("etag")).toBe(now);
    const after = await call("GET", path);
    expect([after.body, after.headers.get("etag")]).toEqual([there.body, now]);
    expect((await send(`${etag}, ${now}`)).status).toBeLessThan(300);
  });
});

test("of two who rotate a key at once with its ETag one makes the next", async () => {
  const made = await environment();
  const { call, access } = made;
  const path = await newKey(made);
  const etag = (await call("GET", path)).headers.get("etag") ?? "";
  const answers = await Promise.all(
    Array.from({ length: 5 }, () =>
      call("POST", `${path}/rotate`, {
        headers: { "if-match": etag },
        body: { graceSeconds: 60 },
      }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 412, 412, 412, 412]);
  const next = answers.find(({ status }) => status === 201)?.body.keyId;
  const valid = (await access.keys.list()).filter(
    ({ name, revokedAtMs }) => name === "ci" && revokedAtMs === undefined,
  );
  expect(valid.map(({ keyId }) => `/v1/access-keys/${keyId}`).sort()).toEqual(
    [path, `/v1/access-keys/${next}`].sort(),
  );
});

test("what is there is not replaced by who means to make it", async () => {
  const { call } = await environment();
  const none = { headers: { "if-none-match": "*" } };
  for (const [path, first, second] of [
    ["/v1/issuers", trust(1), trust(2)],
    ["/v1/drains", drain(10), drain(1000)],
  ] as const) {
    expect((await call("POST", path, { ...first, ...none })).status).toBeLessThan(300);
    expect((await call("POST", path, { ...second, ...none })).status).toBe(412);
    const wrong = { headers: { "if-match": '"other"' } };
    expect((await call("POST", path, { ...second, ...wrong })).status).toBe(412);
  }
  expect((await call("GET", "/v1/issuers/corp")).body.clockToleranceSeconds).toBe(1);
});
