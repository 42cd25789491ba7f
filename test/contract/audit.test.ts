import { describe, expect, test } from "vitest";
import type { AuditEntry } from "#access/audit/audit.ts";
import type { AuditBlock } from "#access/audit/block.ts";
import type { Grant } from "#access/permissions.ts";
import type { Role } from "#access/roles.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { accessEnvironment, waitingProcess } from "./access-environment.ts";

const grants = (role: Role): readonly Grant[] => [{ role, scope: { kind: "all" } }];

const environment = async (documents?: (real: DocumentStore) => DocumentStore) => {
  const made = await accessEnvironment(
    [
      { name: "root", grants: grants("Administrator") },
      { name: "bob", grants: grants("Creator-owner") },
      { name: "agent", grants: grants("Server") },
    ],
    documents && { documents },
  );
  await made.processes.deploy({ text: waitingProcess("billing"), deployedBy: "key:root" });
  const post = (name: string, path: string, body: unknown = {}) =>
    made.call(name, { method: "POST", path, body });
  const entries = async (filter: object = {}): Promise<readonly AuditEntry[]> =>
    (await made.audit.list({ limit: 1000, ...filter })).entries;
  const kinds = async () =>
    (await entries()).map(({ kind, operation }) => `${kind} ${operation}`).reverse();
  return { ...made, post, entries, kinds };
};

describe("a change", () => {
  test("is written down before it is made and after: who, from where, what, why, before and after", async () => {
    const { call: callAs, entries, alerts } = await environment();
    const { alertId } = await alerts.raise({ key: "a", severity: "info", title: "Down" });
    const headers = { "holdfast-reason": encodeURIComponent("Platte getauscht: größer") };
    const path = `/v1/alerts/${alertId}/close`;
    await callAs("root", { method: "POST", path, body: { reason: "done" }, headers });
    const [outcome, intent] = await entries();
    const call = {
      principal: "key:root",
      from: "127.0.0.1",
      operation: "closeAlert",
      object: alertId,
      reason: "Platte getauscht: größer",
      server: "server-1",
    };
    expect(intent).toMatchObject({ ...call, kind: "begun" });
    expect(outcome).toMatchObject({
      ...call,
      kind: "changed",
      status: 200,
      of: intent?.entryId,
      before: { status: "open" },
      after: { status: "closed", closeReason: "done" },
    });
  });

  test("that fails is written down with what was wrong", async () => {
    const { post, entries } = await environment();
    await post("root", "/v1/executions/billing:none/stop");
    const [outcome] = await entries();
    expect(outcome).toMatchObject({ kind: "failed", status: 404, code: "execution-not-found" });
  });

  test("never shows a secret that it made", async () => {
    const { call, post, entries } = await environment();
    const { body } = await post("root", "/v1/access-keys", { name: "ci", isForAws: true });
    const rotated = await post("root", `/v1/access-keys/${body.keyId}/rotate`);
    const text = JSON.stringify(await entries());
    expect(text).toContain(body.keyId);
    for (const { token, secret } of [body, rotated.body]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(secret);
    }
    const shown = await call("root", { method: "GET", path: "/v1/audit" });
    expect(JSON.stringify(shown.body)).not.toContain(body.secret);
  });

  test("is not made while its intent cannot be written down", async () => {
    let isFull = false;
    const refuse = (real: DocumentStore): DocumentStore => ({
      ...real,
      put: async (document, options) => {
        if (isFull && document.collection === "audit")
          throw new OrchestratorError("storage-full", "no space is left");
        return real.put(document, options);
      },
    });
    const { post, entries, executions, engine } = await environment(refuse);
    await engine.start({ process: "billing", name: "a", input: {}, startedBy: "key:root" });
    isFull = true;
    const refused = await post("root", "/v1/executions/billing:a/stop");
    expect([refused.status, refused.body.code]).toEqual([507, "storage-full"]);
    expect((await executions.describe("billing:a")).status).toBe("RUNNING");
    isFull = false;
    expect((await post("root", "/v1/executions/billing:a/stop")).status).toBe(200);
    expect((await entries()).map(({ kind }) => kind)).toEqual(["changed", "begun"]);
  });

  test("whose server ends in between stays without an outcome", async () => {
    const { audit, auditOf, entries } = await environment();
    const dying = auditOf("dying");
    const call = { principal: "key:root", operation: "stopExecution", requestId: "r" };
    await dying.begin(call);
    await audit.begin(call).then((done) => done({ status: 200 }));
    const found = await entries();
    const ended = new Set(found.flatMap(({ of }) => of ?? []));
    expect(
      found.filter(({ kind, entryId }) => kind === "begun" && !ended.has(entryId)),
    ).toMatchObject([{ server: "dying" }]);
  });
});

describe("what is not written down", () => {
  test("are reads, checks, and what the log of an execution has with who did it", async () => {
    const { call, post, kinds } = await environment();
    await post("root", "/v1/executions", { process: "billing", name: "a" });
    await post("root", "/v1/executions/billing:a/signals", { name: "go" });
    await post("agent", "/v1/activities/print/tasks", { waitSeconds: 0 });
    await post("agent", "/v1/task-tokens/success", { token: "billing:a/0.1/5f0c3c1e" });
    await post("root", "/v1/processes/validate", { document: "x" });
    await post("root", "/v1/test-state", { definition: { Type: "Pass", End: true } });
    const from = { state: "Rest" };
    await post("root", "/v1/executions/billing:a/restart", { from, preview: true });
    await call("root", { method: "GET", path: "/v1/executions/billing:a" });
    expect(await kinds()).toEqual([]);
    await post("root", "/v1/task-tokens/success", { token: "billing:a/0.1/5f0c3c1e" });
    expect(await kinds()).toEqual(["begun sendTaskSuccess", "failed sendTaskSuccess"]);
  });
});

describe("a denied call", () => {
  test("is written down, whatever the caller was told", async () => {
    const { engine, post, entries } = await environment();
    await engine.start({ process: "billing", name: "a", input: {}, startedBy: "key:root" });
    expect((await post("nobody", "/v1/drains", { scope: "environment" })).status).toBe(401);
    expect((await post("bob", "/v1/drains", { scope: "environment" })).status).toBe(403);
    expect((await post("bob", "/v1/executions/billing:a/stop")).status).toBe(404);
    expect(
      (await post("bob", "/v1/processes", { document: waitingProcess("billing") })).status,
    ).toBe(403);
    // Nothing was kept from bob here.
    expect((await post("bob", "/v1/executions/billing:none/stop")).status).toBe(404);
    const denied = (await entries({ kind: "denied" })).toReversed();
    expect(
      denied.map(({ principal, operation, object, status }) => [
        principal,
        operation,
        object,
        status,
      ]),
    ).toEqual([
      ["anonymous", "beginDrain", undefined, 401],
      ["key:bob", "beginDrain", undefined, 403],
      ["key:bob", "stopExecution", "billing:a", 404],
      ["key:bob", "deployProcess", undefined, 403],
    ]);
  });

  test("that comes again and again is counted", async () => {
    const { audit, post, entries } = await environment();
    for (let index = 0; index < 10; index += 1) await post("bob", "/v1/drains", { scope: "pool" });
    expect(await entries()).toHaveLength(1);
    await audit.close();
    expect((await entries()).map(({ count }) => count)).toEqual([9, undefined]);
  });

  test("of callers that nobody knows can not fill the storage", async () => {
    const { audit, entries } = await environment();
    for (let index = 0; index < 5_000; index += 1) {
      const call = {
        principal: "anonymous",
        from: `10.0.${index % 250}.${Math.floor(index / 250)}`,
      };
      audit.denied({ ...call, operation: "x", requestId: "r" }, { status: 401 });
    }
    await audit.close();
    const found = await entries();
    expect(found.length).toBeLessThan(300);
    const told = found.reduce((sum, { count = 1 }) => sum + count, 0);
    expect(told).toBe(5_000);
  });
});

describe("the chain", () => {
  test("is whole however many servers write at once, and no entry is lost or twice", async () => {
    const { auditOf, entries, audit } = await environment();
    const servers = ["a", "b", "c", "d"].map(auditOf);
    await Promise.all(
      servers.flatMap((server, at) =>
        Array.from({ length: 100 }, async (_, index) => {
          await new Promise((resolve) => setTimeout(resolve, index % 7));
          const done = await server.begin({
            principal: "key:root",
            operation: "x",
            requestId: `${at}-${index}`,
          });
          done({ status: 200 });
        }),
      ),
    );
    for (const server of servers) await server.close();
    const found = await entries({ limit: 1000 });
    expect(found).toHaveLength(800);
    expect(new Set(found.map(({ entryId }) => entryId)).size).toBe(800);
    const verified = await audit.verify({ from: 1, limit: 10_000 });
    expect(verified).toMatchObject({ problems: [], entryCount: 800, next: undefined });
    expect(verified.head.number).toBeGreaterThan(3);
  });

  /** Ten blocks of one change each, and what a hand in the storage can do to them. */
  const tampered = async (
    tamper: (
      documents: DocumentStore,
      made: Awaited<ReturnType<typeof environment>>,
    ) => Promise<unknown>,
  ) => {
    const made = await environment();
    const { audit, documents } = made;
    for (let index = 0; index < 10; index += 1)
      await audit.begin({ principal: "key:root", operation: "x", requestId: `r${index}` });
    const before = await audit.verify({ from: 1, limit: 100 });
    expect([before.problems, before.head.number]).toEqual([[], 10]);
    await tamper(documents, made);
    const { problems } = await audit.verify({ from: 1, limit: 100 });
    return problems.map(({ number }) => number);
  };
  const key = (number: number) => String(number).padStart(12, "0");
  const read = async (documents: DocumentStore, number: number) => {
    const found = await documents.get("audit", key(number));
    return found?.value as unknown as AuditBlock;
  };
  const write = (documents: DocumentStore, number: number, value: unknown) =>
    documents.put({ collection: "audit", key: key(number), value: value as never });

  test("shows an entry that was changed", async () => {
    const found = await tampered(async (documents) => {
      const block = await read(documents, 4);
      const entries = block.entries.map((entry) => ({ ...entry, principal: "key:eve" }));
      await write(documents, 4, { ...block, entries });
    });
    expect(found).toEqual([4]);
  });

  test("shows an entry that was taken out, and one that was put in", async () => {
    expect(
      await tampered(async (documents) =>
        write(documents, 4, { ...(await read(documents, 4)), entries: [] }),
      ),
    ).toEqual([4]);
    expect(
      await tampered(async (documents) => {
        const block = await read(documents, 4);
        await write(documents, 4, { ...block, entries: [...block.entries, ...block.entries] });
      }),
    ).toEqual([4]);
  });

  test("shows a block that is missing", async () => {
    // Nor can the next one be said to follow it.
    expect(await tampered((documents) => documents.remove("audit", key(4)))).toEqual([4, 5]);
  });

  test("shows a block that was made anew with a right hash of its own", async () => {
    const found = await tampered(async (documents) => {
      const [third, seventh] = [await read(documents, 3), await read(documents, 7)];
      await write(documents, 3, { ...seventh, number: 3 });
      await write(documents, 7, { ...third, number: 7 });
    });
    expect(found).toEqual(expect.arrayContaining([3, 7]));
  });

  test.each([
    ["nothing", null],
    ["a text", "x"],
    ["an object without entries", {}],
    ["entries that are none", { number: 4, previous: "", hash: "", entries: 7 }],
  ])("shows a block in whose place is %s, and the list leaves it out", async (_case, value) => {
    let audited: Awaited<ReturnType<typeof environment>> | undefined;
    const found = await tampered(async (documents, made) => {
      audited = made;
      await write(documents, 4, value);
    });
    expect(found).toContain(4);
    expect(await audited?.entries()).toHaveLength(9);
  });

  test("is looked at in stretches, and a break between two of them is seen", async () => {
    const { audit, documents } = await environment();
    for (let index = 0; index < 10; index += 1)
      await audit.begin({ principal: "key:root", operation: "x", requestId: `r${index}` });
    const first = await audit.verify({ from: 1, limit: 4 });
    expect(first).toMatchObject({ from: 1, to: 4, next: 5, problems: [] });
    const block = await read(documents, 5);
    await write(documents, 4, { ...(await read(documents, 4)), hash: block.hash });
    expect((await audit.verify({ from: 5, limit: 100 })).problems).toMatchObject([{ number: 5 }]);
  });
});

test("the list is filtered and paged", async () => {
  const { audit, call } = await environment();
  for (let index = 0; index < 25; index += 1) {
    const principal = index % 2 === 0 ? "key:ann" : "key:bob";
    await audit.begin({ principal, operation: "x", object: `o${index}`, requestId: "r" });
  }
  const found: string[] = [];
  for (let after = ""; ; ) {
    const path = `/v1/audit?principal=key:ann&limit=4${after}`;
    const { body } = await call("root", { method: "GET", path });
    expect(body.entries.length).toBeLessThanOrEqual(4);
    found.push(...body.entries.map(({ object }: { object: string }) => object));
    if (body.next === undefined) break;
    after = `&after=${body.next}`;
  }
  expect(found).toEqual(Array.from({ length: 13 }, (_, index) => `o${24 - 2 * index}`));
  const path = "/v1/audit?object=o3";
  expect((await call("root", { method: "GET", path })).body.entries).toHaveLength(1);
  const none = "/v1/audit?until=2020-01-01T00:00:00Z";
  expect((await call("root", { method: "GET", path: none })).body.entries).toEqual([]);
});
