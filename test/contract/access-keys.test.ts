import { describe, expect, test } from "vitest";
import type { DocumentStore } from "#ports/document-store.ts";
import { accessEnvironment, administratorToken, waitingProcess } from "./access-environment.ts";

const environment = async () => {
  const made = await accessEnvironment(undefined);
  const as = (token: string) => (method: string, path: string, body?: unknown) =>
    made.call(token, { method, path, body });
  const admin = as(administratorToken);
  const create = async (name: string, more: object = {}) => {
    const { status, body } = await admin("POST", "/v1/access-keys", { name, ...more });
    expect([status, body.code]).toEqual([201, undefined]);
    return body as { keyId: string; token: string; secret?: string };
  };
  const statusOf = async (token: string) => (await as(token)("GET", "/v1/whoami")).status;
  return { ...made, as, admin, create, statusOf };
};

const all = { kind: "all" } as const;

/** All that the documents of access hold, as text. */
const stored = async (documents: DocumentStore): Promise<string> => {
  const pages = await Promise.all(
    ["accessKeys", "accessKeyNames", "accessKeyUses", "roleAssignments"].map((collection) =>
      documents.list(collection, { limit: 1000 }),
    ),
  );
  return JSON.stringify(pages);
};

describe("an access key", () => {
  test("lets its holder do what its principal is assigned, and nothing before that", async () => {
    const { as, admin, create } = await environment();
    const { token } = await create("ci");
    const ci = as(token);
    expect((await ci("GET", "/v1/executions")).status).toBe(403);
    expect((await ci("GET", "/v1/whoami")).body).toMatchObject({ principal: "key:ci", grants: [] });
    const subject = "key:ci";
    const given = await admin("POST", "/v1/assignments", { subject, role: "Auditor" });
    expect(given.status).toBe(201);
    expect((await ci("GET", "/v1/executions")).status).toBe(200);
    expect((await ci("GET", "/v1/whoami")).body.grants).toEqual([{ role: "Auditor", scope: all }]);
    await admin("DELETE", `/v1/assignments/${given.body.assignmentId}`);
    expect((await ci("GET", "/v1/executions")).status).toBe(403);
  });

  test("may be given its roles when it is made", async () => {
    const { as, create } = await environment();
    const scope = { kind: "named", names: ["billing*"] };
    const { token } = await create("ci", { grants: [{ role: "Operator", scope }] });
    expect((await as(token)("GET", "/v1/whoami")).body.grants).toEqual([
      { role: "Operator", scope },
    ]);
  });

  test("leaves nothing behind by which its token could be found", async () => {
    const { create, documents, statusOf } = await environment();
    const { keyId, token } = await create("ci");
    const aws = await create("aws", { isForAws: true });
    expect(await statusOf(token)).toBe(200);
    const text = await stored(documents);
    expect(text).toContain(keyId);
    for (const secret of [token.slice(-40), aws.token.slice(-40), administratorToken])
      expect(text).not.toContain(secret);
  });

  test("is refused with any other secret, and with its own under another id", async () => {
    const { create, statusOf } = await environment();
    const [one, other] = [await create("one"), await create("other")];
    const swapped = one.token.replace(one.keyId, other.keyId);
    const last = one.token.endsWith("A") ? "B" : "A";
    for (const token of [swapped, one.token.slice(0, -1) + last, one.token.slice(0, -1), one.keyId])
      expect(await statusOf(token)).toBe(401);
  });

  test("is refused at once when it is revoked, and its name is not given to another", async () => {
    const { admin, create, statusOf } = await environment();
    const { keyId, token } = await create("ci");
    expect(await statusOf(token)).toBe(200);
    const revoked = await admin("POST", `/v1/access-keys/${keyId}/revoke`, {});
    expect(revoked.body).toMatchObject({ keyId, revokedBy: "key:admin" });
    expect(await statusOf(token)).toBe(401);
    const again = await admin("POST", `/v1/access-keys/${keyId}/revoke`, {});
    expect(again.body).toEqual(revoked.body);
    for (const name of ["ci", "admin"])
      expect((await admin("POST", "/v1/access-keys", { name })).body.code).toBe(
        "access-key-name-taken",
      );
  });

  test("is refused from its expiry on", async () => {
    const { as, create, pass } = await environment();
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { token } = await create("ci", { expiresAt });
    expect((await as(token)("GET", "/v1/whoami")).status).toBe(200);
    pass(3_600_001);
    const { status, body } = await as(token)("GET", "/v1/whoami");
    expect([status, body.detail]).toEqual([401, "The access key has expired."]);
  });

  test("that would have expired already is not made", async () => {
    const { admin } = await environment();
    const expiresAt = "2020-01-01T00:00:00Z";
    const refused = await admin("POST", "/v1/access-keys", { name: "ci", expiresAt });
    expect([refused.status, refused.body.problems[0].path]).toEqual([400, "/expiresAt"]);
    expect((await admin("POST", "/v1/access-keys", { name: "ci" })).status).toBe(201);
  });

  test("when rotated keeps its principal; the old secret is taken for the grace time only", async () => {
    const { admin, create, pass, statusOf, as } = await environment();
    const { keyId, token } = await create("ci", { grants: [{ role: "Auditor", scope: all }] });
    const rotated = await admin("POST", `/v1/access-keys/${keyId}/rotate`, { graceSeconds: 60 });
    expect(rotated.status).toBe(201);
    expect((await as(rotated.body.token)("GET", "/v1/whoami")).body).toMatchObject({
      principal: "key:ci",
      grants: [{ role: "Auditor" }],
    });
    expect(await statusOf(token)).toBe(200);
    pass(60_001);
    expect([await statusOf(token), await statusOf(rotated.body.token)]).toEqual([401, 200]);
    const dead = await admin("POST", `/v1/access-keys/${keyId}/rotate`, {});
    expect([dead.status, dead.body.code]).toEqual([400, "request-invalid"]);
    const names = (await admin("GET", "/v1/access-keys")).body.accessKeys.map(
      ({ name }: { name: string }) => name,
    );
    expect(names).toEqual(["admin", "ci", "ci"]);
  });

  test("says when it was last used, a minute behind at most", async () => {
    const { admin, create, pass, statusOf } = await environment();
    const { token } = await create("ci");
    const lastUsedAt = async () => {
      const { body } = await admin("GET", "/v1/access-keys");
      return body.accessKeys.find(({ name }: { name: string }) => name === "ci").lastUsedAt;
    };
    expect(await lastUsedAt()).toBeUndefined();
    await statusOf(token);
    await expect.poll(lastUsedAt).toBeDefined();
    const first = await lastUsedAt();
    await statusOf(token);
    expect(await lastUsedAt()).toBe(first);
    pass(60_001);
    await statusOf(token);
    await expect.poll(lastUsedAt).not.toBe(first);
  });

  test("is not made where its roles can not be given, and its name stays free", async () => {
    const { admin, access } = await environment();
    for (let index = 0; index < 999; index += 1)
      await access.assignments.create({
        subject: `key:k${index}`,
        role: "Auditor",
        scope: all,
        by: "key:admin",
      });
    const grants = ["Auditor", "Operator"].map((role) => ({ role, scope: all }));
    const refused = await admin("POST", "/v1/access-keys", { name: "ci", grants });
    expect([refused.status, refused.body.code]).toEqual([409, "too-many-assignments"]);
    const one = { name: "ci", grants: grants.slice(0, 1) };
    expect((await admin("POST", "/v1/access-keys", one)).status).toBe(201);
  });

  test("is in the list however many there are: who can not see a key can not revoke it", async () => {
    const { admin, access } = await environment();
    for (let index = 0; index < 1_005; index += 1)
      await access.keys.create({ name: `k${index}`, by: "key:admin" });
    const { body } = await admin("GET", "/v1/access-keys");
    expect(body.accessKeys).toHaveLength(1_006);
  });

  test("that another server revokes is refused after five seconds", async () => {
    const { anotherAccess, create, pass, statusOf } = await environment();
    const { keyId, token } = await create("ci");
    expect(await statusOf(token)).toBe(200);
    await anotherAccess().keys.revoke(keyId, "key:admin");
    pass(5_000);
    expect(await statusOf(token)).toBe(401);
  });
});

test("whoever follows an execution is told nothing more five seconds after the key was revoked", async () => {
  const { url, admin, create, engine, pass, processes } = await environment();
  await processes.deploy({ text: waitingProcess("billing"), deployedBy: "key:admin" });
  await engine.start({ process: "billing", name: "a", input: {}, startedBy: "key:admin" });
  const { keyId, token } = await create("watcher", { grants: [{ role: "Auditor", scope: all }] });
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await fetch(`${url}/v1/executions/billing:a/events`, { headers });
  const chunks = body?.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  const until = async (pattern: RegExp) => {
    let text = "";
    for (let next = await chunks?.next(); next?.done === false; next = await chunks?.next()) {
      text += next.value;
      if (pattern.test(text)) break;
    }
    return text;
  };
  await until(/WaitStateEntered/);
  await admin("POST", `/v1/access-keys/${keyId}/revoke`, {});
  pass(5_000);
  await engine.stop("billing:a", { by: "key:admin", cause: "not for the watcher" });
  const rest = await until(/event: end/);
  expect(rest).not.toContain("not for the watcher");
  expect(rest).toContain("urn:holdfast:problem:unauthorized");
});

describe("the administrator's key", () => {
  test("can do everything, and is handed over when somebody else can", async () => {
    const { access, admin, create } = await environment();
    expect((await admin("GET", "/v1/whoami")).body).toMatchObject({
      principal: "key:admin",
      grants: [{ role: "Administrator", scope: all }],
    });
    expect(await access.isHandedOver()).toBe(false);
    const { keyId } = await create("boss", { grants: [{ role: "Administrator", scope: all }] });
    expect(await access.isHandedOver()).toBe(true);
    await access.keys.revoke(keyId, "key:admin");
    expect(await access.isHandedOver()).toBe(false);
  });

  test("is not handed over to people whom no issuer names, nor to part of an administrator", async () => {
    const { access, admin, create } = await environment();
    const role = "Administrator";
    await admin("POST", "/v1/assignments", { subject: "group:corp/admins", role });
    const scope = { kind: "named", names: ["*"] };
    await create("part", { grants: [{ role, scope }] });
    expect(await access.isHandedOver()).toBe(false);
  });

  test("revoked stays so, until whoever owns the environment has another token", async () => {
    const { access, admin, statusOf } = await environment();
    await admin("POST", "/v1/access-keys/admin/revoke", {});
    await access.keepAdministrator(administratorToken);
    expect(await statusOf(administratorToken)).toBe(401);
    await access.keepAdministrator("another-token");
    expect([await statusOf(administratorToken), await statusOf("another-token")]).toEqual([
      401, 200,
    ]);
  });

  test("stands in the audit when its token is replaced: so nobody comes back unseen", async () => {
    const { access, audit } = await environment();
    const entries = async () => {
      const found = await audit.list({ limit: 10 });
      return found.entries.map(({ kind, principal, operation, object }) => [
        kind,
        principal,
        operation,
        object,
      ]);
    };
    await access.keepAdministrator(administratorToken, audit);
    expect(await entries()).toEqual([]);
    await access.keepAdministrator("another-token", audit);
    const said = ["start", "replaceAdministratorToken", "admin"];
    expect(await entries()).toEqual([
      ["changed", ...said],
      ["begun", ...said],
    ]);
  });

  test("is not rotated here", async () => {
    const { admin } = await environment();
    const { status, body } = await admin("POST", "/v1/access-keys/admin/rotate", {});
    expect([status, body.code]).toEqual([400, "request-invalid"]);
  });
});

describe("an assignment", () => {
  test("made twice is one", async () => {
    const { admin } = await environment();
    const wanted = {
      subject: "group:corp/ops",
      role: "Operator",
      scope: { kind: "category", names: ["b", "a"] },
    };
    const first = await admin("POST", "/v1/assignments", wanted);
    const again = await admin("POST", "/v1/assignments", {
      ...wanted,
      scope: { kind: "category", names: ["a", "b", "b"] },
    });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
  });

  test.each([
    ["an unknown role", { subject: "key:a", role: "Root" }],
    ["a subject of no kind", { subject: "ann", role: "Auditor" }],
    ["a person of no issuer", { subject: "user:ann", role: "Auditor" }],
    [
      "names without a kind",
      { subject: "key:a", role: "Auditor", scope: { kind: "all", names: ["a"] } },
    ],
    ["a kind without names", { subject: "key:a", role: "Auditor", scope: { kind: "named" } }],
  ])("with %s is refused", async (_case, body) => {
    const { admin } = await environment();
    expect((await admin("POST", "/v1/assignments", body)).status).toBe(400);
  });
});
