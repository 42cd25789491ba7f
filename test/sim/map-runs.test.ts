import { describe, expect, it } from "vitest";
import type { MapState, StateMachine } from "#core/asl/definition.ts";
import type { Json } from "#core/json.ts";
import { type Script, type Server, world } from "./world.ts";

type World = ReturnType<typeof world>;

const start = (input: Json) => ({ process: "p", name: "x", input, startedBy: "t" }) as const;

const processor = (states: StateMachine["States"], startAt: string): StateMachine => ({
  ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
  StartAt: startAt,
  States: states,
});

const work = processor(
  { Work: { Type: "Task", Resource: "holdfast:test:work", End: true } },
  "Work",
);

/** A process that is one distributed Map state. */
const mapping = (fields: Partial<MapState> = {}): StateMachine => ({
  StartAt: "Each",
  States: { Each: { Type: "Map", ItemProcessor: work, End: true, ...fields } },
});

const ended = async (w: World, { engine }: Server, input: Json) => {
  await engine.start(start(input));
  await w.run(() => w.hasEnded("p:x"));
  return w.stateOf("p:x");
};

const childHeads = async (w: World) => {
  const { heads } = await w.platform.heads.list({ limit: 1_000, process: "p/Each" });
  return {
    runs: heads.filter(({ name }) => name.startsWith("map-")),
    items: heads.filter(({ name }) => !name.startsWith("map-")),
  };
};

describe("a distributed map", () => {
  it("gives every item a child of its own, and its results in the order of the items", async () => {
    const w = world({ definition: mapping() });
    const state = await ended(w, w.server(), [1, "b", { c: 3 }]);
    expect(state).toMatchObject({ status: "SUCCEEDED", output: [1, "b", { c: 3 }] });
    const { runs, items } = await childHeads(w);
    expect(runs).toMatchObject([{ status: "SUCCEEDED", startedBy: "execution:p:x" }]);
    expect(items.map(({ status, startedBy }) => [status, startedBy])).toEqual(
      Array.from({ length: 3 }, () => ["SUCCEEDED", `execution:${runs[0]?.executionId}`]),
    );
    const run = await w.stateOf(runs[0]?.executionId ?? "");
    expect(run?.mapRun).toMatchObject({ childCount: 3, succeededCount: 3, resultsWritten: 3 });
    expect(state?.mapRuns).toEqual([runs[0]?.executionId]);
  });

  it("without items ends with an empty result", async () => {
    const w = world({ definition: mapping() });
    expect((await ended(w, w.server(), []))?.output).toEqual([]);
  });

  it("keeps as many children in flight as it may, and the parent's log short", async () => {
    let running = 0;
    let most = 0;
    const script: Script = async ({ parameters }) => {
      running += 1;
      most = Math.max(most, running);
      for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
      running -= 1;
      return { kind: "succeeded", output: parameters };
    };
    const w = world({ definition: mapping({ MaxConcurrency: 3 }), script });
    const items = Array.from({ length: 50 }, (_, index) => index);
    expect((await ended(w, w.server(), items))?.output).toEqual(items);
    expect(most).toBeLessThanOrEqual(3);
    expect((await w.platform.log.load("p:x")).records.length).toBeLessThanOrEqual(3);
  });

  it("selects from items in the scope of its own execution", async () => {
    const definition: StateMachine = {
      StartAt: "Set",
      States: {
        Set: { Type: "Pass", Assign: { "who.$": "$.who" }, Next: "Each" },
        Each: {
          Type: "Map",
          ItemsPath: "$.items",
          ItemSelector: {
            "i.$": "$$.Map.Item.Index",
            "v.$": "$$.Map.Item.Value",
            "who.$": "$who",
            "all.$": "$.items",
            "execution.$": "$$.Execution.Name",
            "state.$": "$$.State.Name",
          },
          ItemProcessor: work,
          End: true,
        },
      },
    };
    const w = world({ definition });
    const output = (await ended(w, w.server(), { who: "me", items: ["a", "b"] }))?.output;
    const common = { who: "me", all: ["a", "b"], execution: "x", state: "Each" };
    expect(output).toEqual([
      { i: 0, v: "a", ...common },
      { i: 1, v: "b", ...common },
    ]);
  });

  it("puts items together into batches", async () => {
    const w = world({
      definition: mapping({ ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { tag: "t" } } }),
    });
    expect((await ended(w, w.server(), [1, 2, 3]))?.output).toEqual([
      { BatchInput: { tag: "t" }, Items: [1, 2] },
      { BatchInput: { tag: "t" }, Items: [3] },
    ]);
  });

  it("fails with the first child where no failure is tolerated, and stops the others", async () => {
    const script: Script = ({ parameters }) =>
      parameters === 2 ? { kind: "failed", error: "Bad", cause: "item" } : new Promise(() => {});
    const w = world({ definition: mapping(), script });
    const state = await ended(w, w.server(), [1, 2, 3]);
    expect(state).toMatchObject({
      status: "FAILED",
      error: "States.ExceedToleratedFailureThreshold",
      cause: "The specified tolerated failure threshold was exceeded",
    });
    await w.run(async () =>
      (await childHeads(w)).items.every(({ status }) => status !== "RUNNING"),
    );
    const { items } = await childHeads(w);
    expect(items.map(({ status }) => status).sort()).toEqual(["ABORTED", "ABORTED", "FAILED"]);
  });

  it("leaves failures that it tolerates out of its results", async () => {
    const script: Script = ({ parameters }) =>
      parameters === 2
        ? { kind: "failed", error: "Bad", cause: "item" }
        : { kind: "succeeded", output: parameters };
    const w = world({ definition: mapping({ ToleratedFailurePercentage: 40 }), script });
    expect(await ended(w, w.server(), [1, 2, 3])).toMatchObject({
      status: "SUCCEEDED",
      output: [1, 3],
    });
  });

  it("is stopped with its execution, and its children with it", async () => {
    const w = world({ definition: mapping(), script: () => new Promise(() => {}) });
    const { engine } = w.server();
    await engine.start(start([1, 2]));
    await w.run(async () => (await childHeads(w)).items.length === 2);
    await engine.stop("p:x", { by: "t" });
    await w.run(async () => {
      const { runs, items } = await childHeads(w);
      return [...runs, ...items].every(({ status }) => status !== "RUNNING");
    });
    const { runs, items } = await childHeads(w);
    expect([...runs, ...items].map(({ status }) => status)).toEqual([
      "ABORTED",
      "ABORTED",
      "ABORTED",
    ]);
  });

  it("within a child of another is one more map run", async () => {
    const inner = { Inner: { Type: "Map", ItemProcessor: work, End: true } } as const;
    const w = world({ definition: mapping({ ItemProcessor: processor(inner, "Inner") }) });
    expect((await ended(w, w.server(), [[1, 2], [3]]))?.output).toEqual([[1, 2], [3]]);
    const { heads } = await w.platform.heads.list({ limit: 100, process: "p/Inner" });
    expect(heads.length).toBe(5);
  });

  it("is retried with a map run of its own", async () => {
    let tries = 0;
    const script: Script = ({ parameters }) => {
      tries += 1;
      return tries === 1
        ? { kind: "failed", error: "Bad", cause: "first" }
        : { kind: "succeeded", output: parameters };
    };
    const Retry = [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 }];
    const w = world({ definition: mapping({ Retry }), script });
    expect(await ended(w, w.server(), [7])).toMatchObject({ status: "SUCCEEDED", output: [7] });
    expect((await childHeads(w)).runs.length).toBe(2);
  });
});

describe("a data set", () => {
  const text = ["id,name", ...Array.from({ length: 40 }, (_, n) => `${n},"name ${n}"`)].join("\n");
  /** A file that is given in stretches of at most 100 bytes. */
  const reading: Script = ({ resource, parameters }) => {
    if (resource !== "holdfast:file:read") return { kind: "succeeded", output: parameters };
    const { offset, length } = parameters as { offset: number; length: number };
    const size = Math.min(length, 100);
    const end = offset + size;
    const output = { text: text.slice(offset, end), bytes: size, isEnd: end >= text.length };
    return { kind: "succeeded", output };
  };
  const reader = (ReaderConfig: MapState["ItemReader"]) => ({
    Resource: "holdfast:file:read",
    Parameters: { path: "items.csv" },
    ReaderConfig: ReaderConfig ?? {},
  });
  const csv = { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" };

  it("is read page by page, and every row is in one child", async () => {
    const w = world({ definition: mapping({ ItemReader: reader(csv) }), script: reading });
    const { output } = (await ended(w, w.server(), {})) ?? {};
    expect(output).toEqual(
      Array.from({ length: 40 }, (_, n) => ({ id: `${n}`, name: `name ${n}` })),
    );
    const pages = w.began.filter(({ resource }) => resource === "holdfast:file:read");
    expect(pages.length).toBeGreaterThan(5);
  });

  it("is read no further than MaxItems", async () => {
    const config = { ...csv, MaxItems: 5 };
    const w = world({ definition: mapping({ ItemReader: reader(config) }), script: reading });
    expect((await ended(w, w.server(), {}))?.output).toHaveLength(5);
    const pages = w.began.filter(({ resource }) => resource === "holdfast:file:read");
    expect(pages.length).toBeLessThan(3);
  });

  it("that cannot be read fails the state", async () => {
    const script: Script = () => ({ kind: "failed", error: "File.NotFound", cause: "none" });
    const w = world({ definition: mapping({ ItemReader: reader(csv) }), script });
    expect(await ended(w, w.server(), {})).toMatchObject({
      status: "FAILED",
      error: "States.ItemReaderFailed",
      cause: "File.NotFound: none",
    });
  });

  it("gives batches that go on over the pages", async () => {
    const definition = mapping({ ItemReader: reader(csv), ItemBatcher: { MaxItemsPerBatch: 7 } });
    const w = world({ definition, script: reading });
    const output = (await ended(w, w.server(), {}))?.output as { Items: { id: string }[] }[];
    expect(output.map(({ Items }) => Items.length)).toEqual([7, 7, 7, 7, 7, 5]);
    expect(output.flatMap(({ Items }) => Items.map(({ id }) => Number(id)))).toEqual(
      Array.from({ length: 40 }, (_, n) => n),
    );
  });
});

it("results are written to files", async () => {
  const files = new Map<string, string>();
  const script: Script = ({ resource, parameters }) => {
    if (resource === "holdfast:file:write") {
      const { path, text } = parameters as { path: string; text: string };
      files.set(path, text);
      return { kind: "succeeded", output: {} };
    }
    return parameters === 2
      ? { kind: "failed", error: "Bad", cause: "item" }
      : { kind: "succeeded", output: parameters };
  };
  const writer = { Resource: "holdfast:file:write", Parameters: { Prefix: "out" } };
  const definition = mapping({ ResultWriter: writer, ToleratedFailureCount: 1 });
  const w = world({ definition, script });
  const { output } = (await ended(w, w.server(), [1, 2, 3])) ?? {};
  const name = (await childHeads(w)).runs[0]?.name ?? "";
  const manifest = `out/${name}/manifest.json`;
  expect(output).toEqual({
    MapRunArn: `arn:aws:states:local:000000000000:mapRun:p/Each:${name}`,
    ResultWriterDetails: { Bucket: "files", Key: manifest },
  });
  const { ResultFiles } = JSON.parse(files.get(manifest) ?? "");
  expect(ResultFiles).toMatchObject({
    SUCCEEDED: [{ Key: `out/${name}/SUCCEEDED_0.json` }],
    FAILED: [{ Key: `out/${name}/FAILED_0.json` }],
  });
  const succeeded = JSON.parse(files.get(ResultFiles.SUCCEEDED[0].Key) ?? "");
  expect(succeeded.map(({ Output }: { Output: string }) => Output)).toEqual(["1", "3"]);
  expect(files.get(ResultFiles.FAILED[0].Key)).toContain('"Error":"Bad"');
});

describe("a server that dies in a map run", () => {
  const definition = mapping({ MaxConcurrency: 2 });
  const script: Script = ({ parameters }) => ({ kind: "succeeded", output: parameters });

  /** A world whose server dies before write number `crashAt`; then a second one goes on. */
  const dying = async (crashAt: number) => {
    let writes = 0;
    let server: Server | undefined;
    let hasCrashed = false;
    const w = world({
      definition,
      script,
      mayRestart: () => true,
      beforeWrite: () => {
        writes += 1;
        if (writes !== crashAt) return;
        hasCrashed = true;
        server?.kill();
        throw new Error("crash");
      },
    });
    server = w.server();
    for (let tries = 0; tries < 2; tries += 1) {
      const current: Server = server.isDead() ? w.server() : server;
      server = current;
      let isKnown = false;
      void current.engine.start(start([1, 2, 3, 4])).then(() => {
        isKnown = true;
      });
      await w.run(() => isKnown || current.isDead());
      if (isKnown) break;
    }
    if (server.isDead()) server = w.server();
    await w.run(async () => {
      if (server?.isDead() === true) server = w.server();
      return w.hasEnded("p:x");
    });
    return { w, hasCrashed };
  };

  it("costs no item and gives none twice, whichever write it dies before", async () => {
    let crashes = 0;
    for (let crashAt = 1; ; crashAt += 1) {
      const { w, hasCrashed } = await dying(crashAt);
      if (!hasCrashed) break;
      crashes += 1;
      const state = await w.stateOf("p:x");
      expect([crashAt, state?.status, state?.output]).toEqual([crashAt, "SUCCEEDED", [1, 2, 3, 4]]);
      const { runs, items } = await childHeads(w);
      expect([crashAt, runs.length, items.length]).toEqual([crashAt, 1, 4]);
      const run = await w.stateOf(runs[0]?.executionId ?? "");
      expect(run?.mapRun).toMatchObject({ childCount: 4, succeededCount: 4, failedCount: 0 });
    }
    expect(crashes).toBeGreaterThan(30);
  });
});
