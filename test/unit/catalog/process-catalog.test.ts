import { describe, expect, test } from "vitest";
import { processCatalog } from "#catalog/process-catalog.ts";
import type { Processes } from "#catalog/processes.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";

const documentStore = () => memoryPlatform({ clock: virtualClock(0) }).documents;

const catalogOn = (documents: DocumentStore) =>
  processCatalog({
    documents,
    nowMs: () => 1000,
    knowsResource: (resource) => resource === "holdfast:http:request",
    knownResources: () => ["holdfast:http:request"],
  });

const text = (comment: string, name = "hello") =>
  `kind: Process
name: ${name}
description: ${comment}
inputSchema: { type: object, required: [who], additionalProperties: false, properties: { who: { type: string, enum: [me, you] } } }
definition: { StartAt: A, States: { A: { Type: Succeed } } }
`;

const deploy = async (catalog: Processes, comment: string, name?: string) => {
  const deployed = await catalog.deploy({ text: text(comment, name), deployedBy: "tester" });
  if (deployed.kind === "refused") throw new TypeError(JSON.stringify(deployed.diagnostics));
  return { version: deployed.process.version, isNew: deployed.isNew, process: deployed.process };
};

/** Fails the given put, after carrying it out or instead of it, as a server that dies does. */
const dyingAt = (documents: DocumentStore, put: number): DocumentStore => {
  let count = 0;
  return {
    ...documents,
    put: async (document, options) => {
      count += 1;
      if (count >= put) throw new TypeError("died");
      return documents.put(document, options);
    },
  };
};

describe("deploying", () => {
  test("gives versions from 1 and keeps the text as it was", async () => {
    const catalog = catalogOn(documentStore());
    const first = await deploy(catalog, "one");
    const second = await deploy(catalog, "two");
    expect([first.version, second.version]).toEqual([1, 2]);
    expect(await catalog.get("hello")).toMatchObject({ version: 2, description: "two" });
    expect(await catalog.get("hello", 1)).toMatchObject({
      name: "hello",
      version: 1,
      description: "one",
      document: text("one"),
      definition: { StartAt: "A" },
      deployedAtMs: 1000,
      deployedBy: "tester",
    });
    expect(await catalog.get("hello", 3)).toBeUndefined();
    expect(await catalog.get("other")).toBeUndefined();
  });

  test("the same content again makes no version, however it is written", async () => {
    const catalog = catalogOn(documentStore());
    await deploy(catalog, "one");
    expect(await deploy(catalog, "one")).toMatchObject({ version: 1, isNew: false });
    const again = await catalog.deploy({
      text: `# noted\ndescription: one\n${text("one").replace("description: one\n", "")}`,
      deployedBy: "another",
    });
    expect(again).toMatchObject({ isNew: false, process: { version: 1, deployedBy: "tester" } });
  });

  test("the content of an older version again makes a new one", async () => {
    const catalog = catalogOn(documentStore());
    for (const comment of ["one", "two"]) await deploy(catalog, comment);
    expect(await deploy(catalog, "one")).toMatchObject({ version: 3, isNew: true });
  });

  test("what is invalid is refused and changes nothing", async () => {
    const catalog = catalogOn(documentStore());
    const bad = text("one").replace(
      "Type: Succeed",
      "Type: Task, End: true, Resource: holdfast:htpp:request",
    );
    const refused = await catalog.deploy({ text: bad, deployedBy: "tester" });
    expect(refused).toMatchObject({
      kind: "refused",
      diagnostics: [{ code: "UNKNOWN_RESOURCE", line: 5, column: expect.any(Number) }],
    });
    expect(await catalog.validate({ text: bad })).toMatchObject([{ code: "UNKNOWN_RESOURCE" }]);
    expect(await catalog.get("hello")).toBeUndefined();
  });
});

describe("many servers", () => {
  test("that deploy at once make versions without gaps", async () => {
    const documents = documentStore();
    const servers = Array.from({ length: 4 }, () => catalogOn(documents));
    const deployed = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        deploy(servers[index % 4] as Processes, `v${index}`),
      ),
    );
    const numbers = deployed.map(({ version }) => version).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    for (const { version, process } of deployed)
      expect((await servers[0]?.get("hello", version))?.description).toBe(process.description);
    expect(await servers[0]?.get("hello")).toMatchObject({ version: 40 });
  });

  test("that deploy the same at once make one version", async () => {
    const documents = documentStore();
    const deployed = await Promise.all(
      Array.from({ length: 10 }, () => deploy(catalogOn(documents), "same")),
    );
    expect(deployed.map(({ version }) => version)).toEqual(Array.from({ length: 10 }, () => 1));
    expect(deployed.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test("see at once what another one deployed", async () => {
    const documents = documentStore();
    const [one, two] = [catalogOn(documents), catalogOn(documents)];
    await deploy(one, "one");
    expect(await two.program("hello")).toMatchObject({ version: 1 });
    await deploy(one, "two");
    expect(await two.program("hello")).toMatchObject({ version: 2 });
  });

  test("leave no version half deployed when one dies between its two puts", async () => {
    const documents = documentStore();
    await deploy(catalogOn(documents), "one");
    await expect(deploy(catalogOn(dyingAt(documents, 2)), "two")).rejects.toThrow("died");
    expect(await catalogOn(documents).get("hello")).toMatchObject({ version: 1 });

    const repeated = await deploy(catalogOn(documents), "two");
    expect(repeated).toMatchObject({ version: 2, isNew: false });
    expect(await catalogOn(documents).get("hello")).toMatchObject({ version: 2 });
  });

  test("go on after a version that was left behind", async () => {
    const documents = documentStore();
    await expect(deploy(catalogOn(dyingAt(documents, 2)), "one")).rejects.toThrow("died");
    expect(await catalogOn(documents).get("hello")).toBeUndefined();
    expect(await deploy(catalogOn(documents), "two")).toMatchObject({ version: 2, isNew: true });
    expect(await catalogOn(documents).get("hello")).toMatchObject({ version: 2 });
  });
});

describe("programs", () => {
  test("of a version are answered at once when they are in memory", async () => {
    const documents = documentStore();
    await deploy(catalogOn(documents), "one");
    const catalog = catalogOn(documents);
    expect(catalog.program("hello", 1)).toBeInstanceOf(Promise);
    const program = await catalog.program("hello", 1);
    expect(program).toEqual({
      process: "hello",
      version: 1,
      definition: { StartAt: "A", States: { A: { Type: "Succeed" } } },
    });
    expect(catalog.program("hello", 1)).toBe(program);
  });

  test("that do not exist are undefined", async () => {
    const catalog = catalogOn(documentStore());
    expect(await catalog.program("hello")).toBeUndefined();
    expect(await catalog.program("hello", 1)).toBeUndefined();
  });
});

test("a list has the newest version of each process, by name, page by page", async () => {
  const catalog = catalogOn(documentStore());
  for (const name of ["b", "a", "c"]) await deploy(catalog, "one", name);
  await deploy(catalog, "two", "a");
  const first = await catalog.list({ limit: 2 });
  expect(first.processes.map(({ name, version }) => `${name} ${version}`)).toEqual(["a 2", "b 1"]);
  const rest = await catalog.list({ limit: 2, after: first.next ?? "" });
  expect(rest.processes.map(({ name }) => name)).toEqual(["c"]);
  expect(rest.next).toBeUndefined();
});

describe("inputs", () => {
  test("that do not fit name each field", async () => {
    const catalog = catalogOn(documentStore());
    const { process } = await deploy(catalog, "one");
    expect(catalog.inputProblems(process, { who: "me" })).toEqual([]);
    expect(catalog.inputProblems(process, {})).toEqual([{ path: "/who", message: "is required" }]);
    expect(catalog.inputProblems(process, { who: 1, "a/b": 2 })).toEqual([
      { path: "/a~1b", message: "is not known here" },
      { path: "/who", message: "must be string" },
      { path: "/who", message: 'must be one of ["me","you"]' },
    ]);
  });

  test("fit any process without a schema", async () => {
    const catalog = catalogOn(documentStore());
    const plain = await catalog.deploy({
      text: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
      fileName: "plain.asl.json",
      deployedBy: "tester",
    });
    expect(plain.kind === "deployed" && catalog.inputProblems(plain.process, 7)).toEqual([]);
  });
});

describe("removing", () => {
  test("leaves no process to start or to list, but the versions that executions run", async () => {
    const catalog = catalogOn(documentStore());
    await deploy(catalog, "one");
    expect(await catalog.remove("hello")).toBe(true);
    expect(await catalog.remove("hello")).toBe(false);
    expect(await catalog.get("hello")).toBeUndefined();
    expect(await catalog.get("hello", 1)).toBeUndefined();
    expect(await catalog.program("hello")).toBeUndefined();
    expect((await catalog.list({ limit: 10 })).processes).toEqual([]);
    expect(await catalog.program("hello", 1)).toMatchObject({ process: "hello", version: 1 });
    expect(await catalogOn(documentStore()).remove("hello")).toBe(false);
  });

  test("lets the name be taken again by the same content, as another version of a new owner", async () => {
    const catalog = catalogOn(documentStore());
    await deploy(catalog, "one");
    await catalog.remove("hello");
    const seen: unknown[] = [];
    const again = await catalog.deploy({
      text: text("one"),
      deployedBy: "another",
      allow: (newest) => seen.push(newest),
    });
    expect(again).toMatchObject({ isNew: true, process: { version: 2, owner: "another" } });
    expect(seen).toEqual([undefined]);
    expect(await catalog.get("hello")).toMatchObject({ version: 2 });
    expect(await catalog.get("hello", 1)).toBeUndefined();
    await deploy(catalog, "three");
    expect(await catalog.get("hello", 2)).toMatchObject({ version: 2 });
    expect(await catalog.get("hello", 1)).toBeUndefined();
  });
});

describe("removing a version", () => {
  test("leaves it to the executions that run it, and to nobody else", async () => {
    const catalog = catalogOn(documentStore());
    for (const comment of ["one", "two", "three"]) await deploy(catalog, comment);
    expect(await catalog.removeVersion("hello", 2)).toBe("removed");
    expect(await catalog.removeVersion("hello", 2)).toBe("none");
    expect(await catalog.get("hello", 2)).toBeUndefined();
    expect(await catalog.get("hello", 1)).toMatchObject({ version: 1 });
    expect(await catalog.get("hello")).toMatchObject({ version: 3 });
    expect(await catalog.program("hello", 2)).toMatchObject({ version: 2 });
    // The number is never given again, and a further deployment does not bring it back.
    expect((await deploy(catalog, "two")).version).toBe(4);
    expect(await catalog.get("hello", 2)).toBeUndefined();
  });

  test("is refused of the newest, and nothing is done where there is none", async () => {
    const catalog = catalogOn(documentStore());
    await deploy(catalog, "one");
    expect(await catalog.removeVersion("hello", 1)).toBe("newest");
    expect(await catalog.get("hello", 1)).toMatchObject({ version: 1 });
    for (const [name, version] of [
      ["hello", 0],
      ["hello", 2],
      ["other", 1],
    ] as const)
      expect(await catalog.removeVersion(name, version)).toBe("none");
    await catalog.remove("hello");
    expect(await catalog.removeVersion("hello", 1)).toBe("none");
    await deploy(catalog, "two");
    expect(await catalog.removeVersion("hello", 1)).toBe("none");
  });

  test("of several that are removed at once forgets none", async () => {
    const catalog = catalogOn(documentStore());
    for (const comment of ["one", "two", "three", "four"]) await deploy(catalog, comment);
    await Promise.all([1, 2, 3].map((version) => catalog.removeVersion("hello", version)));
    const found = await Promise.all([1, 2, 3, 4].map((version) => catalog.get("hello", version)));
    expect(found.map((version) => version?.version)).toEqual([undefined, undefined, undefined, 4]);
  });
});

describe("a plain definition under a name", () => {
  const plain =
    '{ "Comment": "It ends.", "StartAt": "A", "States": { "A": { "Type": "Succeed" } } }';

  test("is a process of that name and type, whose text stays as it is", async () => {
    const catalog = catalogOn(documentStore());
    const definitionOf = { name: "quick", type: "EXPRESS" } as const;
    const deployed = await catalog.deploy({ text: plain, definitionOf, deployedBy: "tester" });
    expect(deployed).toMatchObject({
      process: { name: "quick", type: "EXPRESS", document: plain, description: "It ends." },
    });
  });

  test("is no document, whatever it looks like", async () => {
    const catalog = catalogOn(documentStore());
    const definitionOf = { name: "quick" };
    const refused = await catalog.deploy({
      text: JSON.stringify({ kind: "Process", name: "hello", definition: JSON.parse(plain) }),
      definitionOf,
      deployedBy: "tester",
    });
    expect(refused.kind).toBe("refused");
    expect(await catalog.get("hello")).toBeUndefined();
  });
});
