/** A map run as an execution of its own: facts about its pages, children and results. */
import { describe, expect, test } from "vitest";
import type { MapState } from "#core/asl/definition.ts";
import { initialState } from "#core/execution/advance.ts";
import type { ChildEnd, Fact, MapRunUpdated } from "#core/execution/facts.ts";
import type { MapRunPlan, PlanReader } from "#core/execution/map-run/plan.ts";
import { firstPage, pageIn, readingOf } from "#core/execution/map-run/source.ts";
import type { Json } from "#core/json.ts";
import { itemDocumentBytesMax, itemPageBytes } from "#core/limits.ts";
import {
  begin as beginProcess,
  failed,
  Scenario,
  startAtMs,
  startOf,
  succeeded,
} from "./scenario.ts";

const each: MapState = {
  Type: "Map",
  ItemProcessor: {
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
    StartAt: "Work",
    States: { Work: { Type: "Pass", End: true } },
  },
  End: true,
};

const part = { kind: "mapRun", machine: [], state: "Each" } as const;

const plan = (fields: Partial<MapRunPlan>): MapRunPlan => ({
  process: "p/Each",
  part,
  concurrency: 10,
  tolerance: {},
  writer: { transformation: "COMPACT", outputType: "JSON", keepsFailed: false },
  ...fields,
});

const begin = async (fields: Partial<MapRunPlan>) => {
  const fact: Fact = {
    ...startOf(plan(fields) as unknown as Json),
    process: "p/Each",
    name: "map-1",
    part,
  };
  const definition = { StartAt: "Each", States: { Each: each } };
  const scenario = new Scenario(definition, initialState("p/Each:map-1", fact, startAtMs));
  await scenario.take(fact);
  return scenario;
};

const inputs = ({ state }: Scenario): readonly Json[] =>
  Object.values(state.activities).map(({ parameters }) => parameters);
const ids = ({ state }: Scenario): readonly string[] => Object.keys(state.activities);

const end = (activity: string, status: ChildEnd["status"]): Fact => ({
  kind: "ChildEnded",
  activity,
  attempt: 1,
  child: {
    ...{ executionId: `p/Each:${activity}`, process: "p/Each", name: activity, status },
    ...{ startedAtMs: 1, stoppedAtMs: 2 },
  },
});

describe("a map run", () => {
  test("counts its children by how they end, and asks for the results when all have ended", async () => {
    const run = await begin({ items: ["a", "b", "c", "d"], tolerance: { count: 3 } });
    expect(inputs(run)).toEqual(["a", "b", "c", "d"]);
    const [first, second, third, last] = ids(run);
    await run.take(end(first ?? "", "SUCCEEDED"));
    await run.take(end(second ?? "", "FAILED"));
    await run.take(end(third ?? "", "TIMED_OUT"));
    expect(run.state.mapRun).toMatchObject({ runningCount: 1, startedItemCount: 4 });
    await run.take(end(last ?? "", "ABORTED"));
    expect(run.state.mapRun).toMatchObject({
      childCount: 4,
      runningCount: 0,
      succeededCount: 1,
      failedCount: 1,
      timedOutCount: 1,
      abortedCount: 1,
      succeededItemCount: 1,
      failedItemCount: 3,
      resultsWritten: 0,
    });
    expect(ids(run)).toEqual(["results"]);
    await run.take(succeeded("results", 1, ["A"]));
    expect(run.state).toMatchObject({ status: "SUCCEEDED", output: ["A"], activities: {} });
    expect(run.state.mapRun?.resultsWritten).toBe(4);
  });

  test("has no more children at once than it may, and begins the next when one ends", async () => {
    const run = await begin({ items: [1, 2, 3, 4], concurrency: 2 });
    expect(inputs(run)).toEqual([1, 2]);
    await run.take(end(ids(run)[0] ?? "", "SUCCEEDED"));
    expect(inputs(run)).toEqual([2, 3]);
  });

  test("whose server was lost while it read stops its children all the same when too many fail", async () => {
    const reader: PlanReader = {
      resource: "holdfast:file:read",
      arguments: { path: "a.json" },
      config: { InputType: "JSON" },
      maxItems: 0,
    };
    const run = await begin({ reader });
    const interrupted = [{ activity: "read.1", attempt: 1, resolution: "restart" as const }];
    await run.take({ kind: "TakenOver", fromTurn: "t", interrupted });
    await run.take(succeeded("read.1", 2, { text: "[1,2]" }));
    const [first = "", second = ""] = ids(run);
    const commands = await run.take(end(first, "FAILED"));
    expect(commands).toContainEqual(
      expect.objectContaining({ kind: "StopChild", activity: second }),
    );
    expect(run.state.mapRun).toMatchObject({ runningCount: 0, abortedCount: 1 });
  });

  test("counts a batch as the items in it", async () => {
    const batch = { itemCountMax: 2 };
    const run = await begin({ items: [1, 2, 3], batch, tolerance: { count: 2 } });
    expect(inputs(run)).toEqual([{ Items: [1, 2] }, { Items: [3] }]);
    expect(run.state.mapRun).toMatchObject({ childCount: 2, startedItemCount: 3 });
    const [pair, single] = ids(run);
    await run.take(end(pair ?? "", "FAILED"));
    await run.take(end(single ?? "", "SUCCEEDED"));
    expect(run.state.mapRun).toMatchObject({
      failedCount: 1,
      failedItemCount: 2,
      succeededCount: 1,
      succeededItemCount: 1,
    });
    expect(run.state.mapRun?.sizes ?? {}).toEqual({});
  });

  test("begins a new batch with the item that did not fit in the last", async () => {
    const run = await begin({ items: ["aa", "bb", "cc"], batch: { byteCountMax: 21 } });
    expect(inputs(run)).toEqual([{ Items: ["aa", "bb"] }, { Items: ["cc"] }]);
  });

  test("fails with the first child too many, and stops the others", async () => {
    const run = await begin({ items: [1, 2, 3], tolerance: { count: 1 } });
    const [first, second] = ids(run);
    await run.take(end(first ?? "", "FAILED"));
    expect(run.state.status).toBe("RUNNING");
    const commands = await run.take(end(second ?? "", "ABORTED"));
    expect(run.state).toMatchObject({
      status: "FAILED",
      error: "States.ExceedToleratedFailureThreshold",
      cause: "The specified tolerated failure threshold was exceeded",
    });
    expect(commands).toContainEqual(expect.objectContaining({ kind: "CancelActivity" }));
  });

  test("takes a child that could not be started for one that failed", async () => {
    const run = await begin({ items: [1], tolerance: { percentage: 100 } });
    await run.take(failed(ids(run)[0] ?? "", 1));
    expect(run.state.mapRun).toMatchObject({ failedCount: 1, runningCount: 0 });
    expect(ids(run)).toEqual(["results"]);
  });

  test("fails as whoever collects its results does", async () => {
    const run = await begin({ items: [] });
    await run.take(failed("results", 1));
    expect(run.state).toMatchObject({ status: "FAILED", error: "Boom", cause: "it broke" });
  });
});

describe("a map run that is changed while it works", () => {
  const change = (fields: Partial<MapRunUpdated>): Fact => ({
    kind: "MapRunUpdated",
    by: "key:ann",
    ...fields,
  });

  test("starts as many more as it may by now", async () => {
    const run = await begin({ items: [1, 2, 3, 4], concurrency: 1 });
    const commands = await run.take(change({ concurrency: 3 }));
    expect(commands.map(({ kind }) => kind)).toEqual(["RunActivity", "RunActivity"]);
    expect(inputs(run)).toEqual([1, 2, 3]);
  });

  test("starts none until as few run as it may have by now", async () => {
    const run = await begin({ items: [1, 2, 3, 4], concurrency: 3 });
    const [first = "", second = "", third = ""] = ids(run);
    expect(await run.take(change({ concurrency: 1 }))).toEqual([]);
    await run.take(end(first, "SUCCEEDED"));
    await run.take(end(second, "SUCCEEDED"));
    expect(inputs(run)).toEqual([3]);
    await run.take(end(third, "SUCCEEDED"));
    expect(inputs(run)).toEqual([4]);
  });

  test("tolerates what it did not tolerate before", async () => {
    const run = await begin({ items: [1, 2, 3], tolerance: { percentage: 10 } });
    await run.take(change({ toleratedFailureCount: 2, toleratedFailurePercentage: 70 }));
    const [first = "", second = "", third = ""] = ids(run);
    await run.take(end(first, "FAILED"));
    await run.take(end(second, "FAILED"));
    expect(run.state.status).toBe("RUNNING");
    await run.take(change({ toleratedFailurePercentage: 60 }));
    expect(run.state).toMatchObject({
      status: "FAILED",
      error: "States.ExceedToleratedFailureThreshold",
      mapRunChange: { tolerance: { count: 2, percentage: 60 } },
    });
    expect(run.state.activities[third]).toBeUndefined();
  });

  test("keeps what was changed before and not again, and what was never changed", async () => {
    const run = await begin({ items: [1, 2, 3], concurrency: 1, tolerance: { count: 1 } });
    await run.take(change({ concurrency: 2 }));
    await run.take(change({ toleratedFailurePercentage: 50 }));
    expect(run.state.mapRunChange).toEqual({ concurrency: 2, tolerance: { percentage: 50 } });
    const [first = "", second = ""] = ids(run);
    await run.take(end(first, "FAILED"));
    expect(inputs(run)).toEqual([2, 3]);
    await run.take(end(second, "FAILED"));
    expect(run.state.status).toBe("FAILED");
  });

  test("whose results are collected goes on collecting them", async () => {
    const run = await begin({ items: [1] });
    await run.take(end(ids(run)[0] ?? "", "SUCCEEDED"));
    expect(await run.take(change({ concurrency: 5 }))).toEqual([]);
    expect(ids(run)).toEqual(["results"]);
    await run.take(succeeded("results", 1, []));
    expect(run.state.status).toBe("SUCCEEDED");
  });

  test("is one: of another execution nothing is changed", async () => {
    const { scenario } = await beginProcess({
      StartAt: "A",
      States: { A: { Type: "Wait", Seconds: 5, End: true } },
    });
    const before = structuredClone(scenario.state);
    expect(await scenario.take(change({ concurrency: 5 }))).toEqual([]);
    expect(scenario.state).toEqual(before);
  });
});

describe("a map run that reads its items", () => {
  const reader: PlanReader = {
    resource: "holdfast:file:read",
    arguments: { path: "items.jsonl" },
    config: { InputType: "JSONL" },
    maxItems: 0,
  };

  test("asks for the next page when the last is used up, and ends with the last", async () => {
    const run = await begin({ reader, concurrency: 2 });
    expect(ids(run)).toEqual(["read.1"]);
    expect(inputs(run)).toEqual([{ path: "items.jsonl", offset: 0, length: itemPageBytes }]);
    await run.take(succeeded("read.1", 1, { text: "1\n2\n3\n", isEnd: false }));
    expect(inputs(run)).toEqual([1, 2]);
    await run.take(end(ids(run)[0] ?? "", "SUCCEEDED"));
    expect(inputs(run)).toEqual([2, 3, { path: "items.jsonl", offset: 6, length: itemPageBytes }]);
    await run.take(succeeded("read.2", 1, { text: "4", isEnd: true }));
    expect(run.state.mapRun).toMatchObject({ itemCount: 4, pageCount: 2 });
    for (const id of ids(run)) await run.take(end(id, "SUCCEEDED"));
    for (const id of ids(run)) await run.take(end(id, "SUCCEEDED"));
    expect(ids(run)).toEqual(["results"]);
    expect(run.state.mapRun).toMatchObject({ startedItemCount: 4, succeededCount: 4 });
  });

  test("takes no more items than it was asked to", async () => {
    const run = await begin({ reader: { ...reader, maxItems: 3 } });
    await run.take(succeeded("read.1", 1, { text: "1\n2\n", isEnd: false }));
    expect(inputs(run)).toContainEqual(2);
    await run.take(succeeded("read.2", 1, { text: "3\n4\n", isEnd: false }));
    expect(run.state.mapRun).toMatchObject({ itemCount: 3, startedItemCount: 3 });
    expect(ids(run).some((id) => id.startsWith("read"))).toBe(false);
  });

  test("keeps an unfilled batch for the next page", async () => {
    const run = await begin({ reader, batch: { itemCountMax: 3 } });
    await run.take(succeeded("read.1", 1, { text: "1\n2\n", isEnd: false }));
    expect(ids(run)).toEqual(["read.2"]);
    await run.take(succeeded("read.2", 1, { text: "3\n4\n", isEnd: true }));
    expect(inputs(run)).toEqual([{ Items: [1, 2, 3] }, { Items: [4] }]);
  });

  test("fails where a page can not be read, and says why", async () => {
    const run = await begin({ reader });
    await run.take(failed("read.1", 1));
    expect(run.state).toMatchObject({ status: "FAILED", error: "States.ItemReaderFailed" });
    expect(run.state.cause).toContain("Boom: it broke");
  });
});

describe("a page of items", () => {
  const file: PlanReader = {
    resource: "holdfast:file:read",
    arguments: { path: "f" },
    config: {},
    maxItems: 0,
  };
  const object: PlanReader = { ...file, resource: "arn:aws:states:::s3:getObject" };
  const listing: PlanReader = { ...file, resource: "arn:aws:states:::s3:listObjectsV2" };
  const lines = { InputType: "JSONL" };

  test("of a document is as long as one may be, of lines a stretch", () => {
    expect(firstPage(file)).toEqual({ offset: 0, length: itemDocumentBytesMax });
    expect(firstPage({ ...file, config: lines })).toEqual({ offset: 0, length: itemPageBytes });
    expect(firstPage(listing)).toEqual({ offset: 0, length: itemPageBytes });
    expect(() => firstPage({ ...file, maxItems: -1 })).toThrow("field MaxItems must be positive");
  });

  test("is asked for by what the resource knows: a stretch, a token, or all", () => {
    const cursor = { offset: 5, length: 7, token: "t" };
    expect(readingOf(file, cursor)).toEqual({ path: "f", offset: 5, length: 7 });
    expect(readingOf(object, cursor)).toEqual({ path: "f" });
    const objectOfLines = { ...object, config: lines };
    expect(readingOf(objectOfLines, cursor)).toEqual({ path: "f", Range: "bytes=5-11" });
    const other = { ...file, resource: "holdfast:http:request" };
    expect(readingOf(other, cursor)).toEqual({ path: "f" });
    expect(readingOf(listing, cursor)).toEqual({ path: "f", ContinuationToken: "t" });
    expect(readingOf(listing, { offset: 0, length: 7 })).toEqual({ path: "f" });
  });

  test("lies in the text of an answer, whatever the answer is called", () => {
    const cursor = { offset: 0, length: 9 };
    for (const answer of ["[1]", { text: "[1]" }, { Body: "[1]" }])
      expect(pageIn(object, cursor, answer)).toEqual({ items: [1], next: undefined });
    for (const answer of [{ other: "[1]" }, null, 7, [1]])
      expect(() => pageIn(object, cursor, answer)).toThrow(
        "The answer of the ItemReader's resource holds no text.",
      );
  });

  test("of an object goes on in the same version, as long as the object is", () => {
    const reader = { ...object, config: lines };
    const answer = (Body: string, ContentRange: string) => ({ Body, ContentRange, ETag: '"v1"' });
    const { items, next } = pageIn(
      reader,
      { offset: 0, length: 5 },
      answer('1\n"ab', "bytes 0-4/9"),
    );
    expect(items).toEqual([1]);
    expect(next).toEqual({ offset: 2, length: itemPageBytes, tag: '"v1"' });
    expect(readingOf(reader, { offset: 2, length: 4, tag: '"v1"' })).toEqual({
      path: "f",
      Range: "bytes=2-5",
      IfMatch: '"v1"',
    });
    const longer = pageIn(reader, { offset: 2, length: 4 }, answer('"abc', "bytes 2-5/9"));
    expect(longer).toEqual({ items: [], next: { offset: 2, length: 16, tag: '"v1"' } });
    const last = pageIn(reader, { offset: 2, length: 16 }, answer('"abcd"', "bytes 2-8/9"));
    expect(last).toEqual({ items: ["abcd"], next: undefined });
  });

  test("ends where the last whole item does; the next begins there, counted in bytes", () => {
    const reader = { ...file, config: lines };
    const page = pageIn(reader, { offset: 10, length: 20 }, { text: '"ü"\n"b', isEnd: false });
    expect(page).toEqual({ items: ["ü"], next: { offset: 15, length: itemPageBytes } });
    const csv = { ...file, config: { InputType: "CSV" } };
    const first = pageIn(csv, { offset: 0, length: 20 }, { text: "a,b\n1,2\n3", isEnd: false });
    expect(first).toEqual({
      items: [{ a: "1", b: "2" }],
      next: { offset: 8, length: itemPageBytes, columns: ["a", "b"] },
    });
    expect(pageIn(csv, first.next ?? { offset: 0, length: 0 }, { text: "3,4" })).toEqual({
      items: [{ a: "3", b: "4" }],
      next: undefined,
    });
  });

  test("without a whole item is read again, longer, up to a limit", () => {
    const reader = { ...file, config: lines };
    const answer = { text: '"long', isEnd: false };
    expect(pageIn(reader, { offset: 3, length: 100 }, answer)).toEqual({
      items: [],
      next: { offset: 3, length: 400 },
    });
    const nearly = itemDocumentBytesMax - 1;
    expect(pageIn(reader, { offset: 3, length: nearly }, answer).next?.length).toBe(
      itemDocumentBytesMax,
    );
    expect(() => pageIn(reader, { offset: 3, length: itemDocumentBytesMax }, answer)).toThrow(
      `An item, or a JSON document, of the data set is larger than ${itemDocumentBytesMax} bytes.`,
    );
  });

  test("of a listing names what asks for the next", () => {
    const answer = { Contents: [{ Key: "k" }], NextContinuationToken: "more" };
    const cursor = { offset: 0, length: 9 };
    expect(pageIn(listing, cursor, answer)).toEqual({
      items: [{ Key: "k" }],
      next: { ...cursor, token: "more" },
    });
    expect(pageIn(listing, cursor, { Contents: [] })).toEqual({ items: [], next: undefined });
  });
});
