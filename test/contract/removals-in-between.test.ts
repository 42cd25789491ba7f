import { expect, test } from "vitest";
import type { DocumentStore } from "#ports/document-store.ts";
import { accessEnvironment } from "./access-environment.ts";

const document = (n: number) =>
  `{kind: Process, name: p, definition: {StartAt: A, States: {A: {Type: Pass, Result: ${n}, End: true}}}}`;

const to = (version: number) => ({ routes: [{ version, weight: 100 }] });

type Put = Parameters<DocumentStore["put"]>[0];

/** What happens once, in the middle of something else: before or after a document is put that is meant. */
interface Between {
  readonly when: "before" | "after";
  readonly isMeant: (document: Put) => boolean;
  readonly happens: () => Promise<unknown>;
}

/** A process of two versions, and a store in which something happens in between. */
const environment = async () => {
  let between: Between | undefined;
  const step = async (when: Between["when"], put: Put) => {
    if (between === undefined || between.when !== when || !between.isMeant(put)) return;
    const { happens } = between;
    between = undefined;
    await happens();
  };
  const made = await accessEnvironment(
    [{ name: "ann", grants: [{ role: "Administrator", scope: { kind: "all" } }] }],
    {
      documents: (real) => ({
        ...real,
        put: async (put, options) => {
          await step("before", put);
          const outcome = await real.put(put, options);
          await step("after", put);
          return outcome;
        },
      }),
    },
  );
  const deploy = (n: number) => made.processes.deploy({ text: document(n), deployedBy: "key:ann" });
  for (const n of [1, 2]) await deploy(n);
  const rest = (method: string, path: string, body?: unknown) =>
    made.call("ann", { method, path: `/v1/processes/p${path}`, body });
  const meanwhile = (given: Between) => {
    between = given;
  };
  const hasHappened = () => between === undefined;
  return { ...made, deploy, rest, meanwhile, hasHappened };
};

const isOfAlias = ({ collection }: Put): boolean => collection === "processAliases";
const isRemoval = ({ collection, value }: Put): boolean =>
  collection === "processes" && (value as { isRemoved?: true }).isRemoved === true;
const isRemovalOfVersion = ({ collection, value }: Put): boolean =>
  collection === "processes" && (value as { deleted?: [] }).deleted !== undefined;

const role = { roleArn: "arn:aws:iam::000000000000:role/any" };

test("what is set beside the next process of a name is not forgotten with the one before", async () => {
  const { deploy, rest, meanwhile, hasHappened } = await environment();
  await rest("PUT", "/aliases/live", to(1));
  await rest("PUT", "/aliases/old", to(2));
  await rest("PUT", "/tags", { tags: { team: "a" } });
  meanwhile({
    when: "after",
    isMeant: isRemoval,
    happens: async () => {
      await deploy(3);
      await rest("PUT", "/aliases/live", to(3));
      await rest("PUT", "/tags", { tags: { team: "b" } });
      await rest("PUT", "/state-machine", role);
    },
  });
  expect((await rest("DELETE", "")).status).toBe(200);
  expect(hasHappened()).toBe(true);
  const { body } = await rest("GET", "/aliases");
  expect(body.aliases).toMatchObject([{ name: "live", ...to(3) }]);
  expect((await rest("GET", "/aliases/old")).body.code).toBe("alias-not-found");
  expect((await rest("GET", "/tags")).body.tags).toEqual({ team: "b" });
  expect((await rest("GET", "/state-machine")).body).toMatchObject(role);
});

test("an alias that was meant for a process is not set beside the next one of its name", async () => {
  const { deploy, rest, meanwhile, hasHappened } = await environment();
  meanwhile({
    when: "before",
    isMeant: isOfAlias,
    happens: async () => {
      await rest("DELETE", "");
      await deploy(3);
    },
  });
  const { status, body } = await rest("PUT", "/aliases/live", to(1));
  expect(hasHappened()).toBe(true);
  expect([status, body.code]).toEqual([404, "process-not-found"]);
  expect((await rest("GET", "/aliases")).body.aliases).toEqual([]);
  const next = await rest("PUT", "/aliases/live", to(3));
  expect([next.status, next.body.createdAt]).toEqual([201, next.body.updatedAt]);
});

test.each(["/tags", "/state-machine"])(
  "what was said of a process in %s is not said of the next one of its name",
  async (path) => {
    const { deploy, rest, meanwhile, hasHappened } = await environment();
    const none = (await rest("GET", path)).body;
    meanwhile({
      when: "before",
      isMeant: ({ collection }) => ["tags", "stateMachineSettings"].includes(collection),
      happens: async () => {
        await rest("DELETE", "");
        await deploy(3);
      },
    });
    await rest("PUT", path, path === "/tags" ? { tags: { team: "a" } } : role);
    expect(hasHappened()).toBe(true);
    expect((await rest("GET", path)).body).toEqual(none);
  },
);

test("a version stays if an alias is set while it is removed", async () => {
  const { rest, meanwhile, hasHappened } = await environment();
  let set: number | undefined;
  meanwhile({
    when: "before",
    isMeant: isRemovalOfVersion,
    happens: async () => {
      set = (await rest("PUT", "/aliases/live", to(1))).status;
    },
  });
  const { status, body } = await rest("DELETE", "/versions/1");
  expect([hasHappened(), set]).toEqual([true, 201]);
  expect([status, body.code]).toEqual([409, "version-in-use"]);
  expect((await rest("GET", "?version=1")).status).toBe(200);
  const started = await rest("POST", "/start?alias=live&waitSeconds=20", {});
  expect(started.body).toMatchObject({ version: 1, output: 1 });
});

test.each([
  ["a new one", undefined],
  ["one that is there", to(2)],
])("an alias is not set to a version that is removed meanwhile (%s)", async (_, before) => {
  const { rest, meanwhile, hasHappened } = await environment();
  if (before !== undefined) await rest("PUT", "/aliases/live", before);
  let removed: number | undefined;
  meanwhile({
    when: "before",
    isMeant: isOfAlias,
    happens: async () => {
      removed = (await rest("DELETE", "/versions/1")).status;
    },
  });
  const { status, body } = await rest("PUT", "/aliases/live", to(1));
  expect([hasHappened(), removed]).toEqual([true, 200]);
  expect([status, body.code]).toEqual([404, "process-not-found"]);
  const { body: list } = await rest("GET", "/aliases");
  expect(list.aliases).toMatchObject(before === undefined ? [] : [{ name: "live", ...before }]);
});
