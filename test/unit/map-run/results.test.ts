import { expect, test } from "vitest";
import type { Json } from "#core/json.ts";
import { dataFormatOf } from "#core/map-run/data-format.ts";
import { inventoryOf } from "#core/map-run/inventory.ts";
import { listedItems } from "#core/map-run/listing.ts";
import {
  type EndedChild,
  exportedOutput,
  manifestOf,
  outputOf,
  resultFileName,
  resultFileText,
  resultsOf,
  writerConfigOf,
} from "#core/map-run/results.ts";
import { isExceeded } from "#core/map-run/tolerance.ts";

const succeeded: EndedChild = {
  executionArn: "arn:child",
  processArn: "arn:process/Map",
  name: "child",
  status: "SUCCEEDED",
  input: { a: 1 },
  output: [1, 2],
  startedAtMs: 0,
  stoppedAtMs: 1_000,
};
const failed: EndedChild = {
  ...succeeded,
  status: "FAILED",
  output: undefined,
  error: "Oops",
  cause: "why",
};

test("results that stay are outputs, exported ones tell everything", () => {
  expect(writerConfigOf(undefined, false)).toEqual({
    transformation: "COMPACT",
    outputType: "JSON",
  });
  expect(writerConfigOf(undefined, true)).toEqual({ transformation: "NONE", outputType: "JSON" });
  const config = { Transformation: "FLATTEN", OutputType: "JSONL" };
  expect(writerConfigOf(config, true)).toEqual({ transformation: "FLATTEN", outputType: "JSONL" });
});

test("a child that succeeded, in each form", () => {
  expect(resultsOf(succeeded, "COMPACT")).toEqual([[1, 2]]);
  expect(resultsOf(succeeded, "FLATTEN")).toEqual([1, 2]);
  expect(resultsOf(succeeded, "NONE")).toEqual([
    {
      ExecutionArn: "arn:child",
      Input: '{"a":1}',
      InputDetails: { Included: true },
      Name: "child",
      Output: "[1,2]",
      OutputDetails: { Included: true },
      RedriveCount: 0,
      RedriveStatus: "NOT_REDRIVABLE",
      RedriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
      StartDate: "1970-01-01T00:00:00.000Z",
      StateMachineArn: "arn:process/Map",
      Status: "SUCCEEDED",
      StopDate: "1970-01-01T00:00:01.000Z",
    },
  ]);
});

test("a child that failed is told in full in every form", () => {
  for (const form of ["NONE", "COMPACT", "FLATTEN"] as const)
    expect(resultsOf(failed, form)).toEqual([
      expect.objectContaining({ Status: "FAILED", Error: "Oops", Cause: "why" }),
    ]);
});

test("files of results and what names them", () => {
  const json = { transformation: "COMPACT", outputType: "JSON" } as const;
  const jsonl = { transformation: "COMPACT", outputType: "JSONL" } as const;
  expect(resultFileName("SUCCEEDED", 0, json)).toBe("SUCCEEDED_0.json");
  expect(resultFileName("FAILED", 1, jsonl)).toBe("FAILED_1.jsonl");
  expect(resultFileText([1, { a: 2 }], json)).toBe('[1,{"a":2}]');
  expect(resultFileText([1, { a: 2 }], jsonl)).toBe('1\n{"a":2}\n');
  const files = { bucket: "b", mapRunArn: "arn:run", failed: [], pending: [] };
  expect(manifestOf({ ...files, succeeded: [{ key: "p/SUCCEEDED_0.json", size: 12 }] })).toEqual({
    DestinationBucket: "b",
    MapRunArn: "arn:run",
    ResultFiles: { FAILED: [], PENDING: [], SUCCEEDED: [{ Key: "p/SUCCEEDED_0.json", Size: 12 }] },
  });
  expect(exportedOutput("arn:run", { bucket: "b", key: "p/manifest.json" })).toEqual({
    MapRunArn: "arn:run",
    ResultWriterDetails: { Bucket: "b", Key: "p/manifest.json" },
  });
});

test.for([
  ["nothing is tolerated where nothing is said", {}, 1, 10, true],
  ["no failure is never too many", {}, 0, 10, false],
  ["up to the count", { count: 2 }, 2, 10, false],
  ["beyond the count", { count: 2 }, 3, undefined, true],
  ["up to the percentage", { percentage: 20 }, 2, 10, false],
  ["beyond the percentage", { percentage: 20 }, 3, 10, true],
  ["a percentage waits until the items are counted", { percentage: 20 }, 3, undefined, false],
  ["the stricter of both", { count: 5, percentage: 20 }, 3, 10, true],
] as const)("%s", ([, tolerance, failures, total, expected]) => {
  expect(isExceeded(tolerance, { failed: failures, total })).toBe(expected);
});

test("the objects of a listing are items", () => {
  const listed = listedItems({
    Contents: [
      { ETag: "t", Key: "k", LastModified: 1, Size: 2, StorageClass: "STANDARD", Owner: 1 },
    ],
    NextContinuationToken: "more",
  });
  const item = { Etag: "t", Key: "k", LastModified: 1, Size: 2, StorageClass: "STANDARD" };
  expect(listed).toEqual({ items: [item], next: "more" });
  expect(listedItems({})).toEqual({ items: [], next: undefined });
});

test("a manifest of an inventory names its files and their columns", () => {
  const manifest = {
    destinationBucket: "arn:aws:s3:::reports",
    fileFormat: "CSV",
    fileSchema: "Bucket, Key, Size",
    files: [{ key: "data/1.csv.gz" }],
  };
  expect(inventoryOf(JSON.stringify(manifest))).toEqual({
    bucket: "reports",
    keys: ["data/1.csv.gz"],
    columns: ["Bucket", "Key", "Size"],
  });
  expect(inventoryOf(JSON.stringify({ ...manifest, destinationBucket: "b" })).bucket).toBe("b");
  for (const wrong of [
    { fileFormat: "ORC" },
    { destinationBucket: 1 },
    { fileSchema: null },
    { files: {} },
    { files: ["data/1.csv.gz"] },
    { files: [{ key: 1 }] },
  ])
    expect(
      () => inventoryOf(JSON.stringify({ ...manifest, ...wrong })),
      JSON.stringify(wrong),
    ).toThrow("The data set is no S3 inventory manifest of CSV files.");
  for (const text of ["", "{}", "[]"])
    expect(() => inventoryOf(text)).toThrow(/States\.ItemReaderFailed/);
});

test("what a ResultWriter says of the form holds, and nothing else does", () => {
  const form = (Transformation: string, isExported: boolean) =>
    writerConfigOf({ Transformation }, isExported).transformation;
  for (const isExported of [true, false])
    for (const known of ["NONE", "COMPACT", "FLATTEN"]) expect(form(known, isExported)).toBe(known);
  expect(form("OTHER", true)).toBe("NONE");
  expect(form("OTHER", false)).toBe("COMPACT");
  expect(writerConfigOf({ OutputType: "JSON" }, true).outputType).toBe("JSON");
  expect(writerConfigOf([], true)).toEqual({ transformation: "NONE", outputType: "JSON" });
});

test("a child without output, and one that still runs, are told as far as they are known", () => {
  const [told] = resultsOf({ ...succeeded, output: undefined, stoppedAtMs: undefined }, "NONE");
  expect(told).not.toHaveProperty("Output");
  expect(told).not.toHaveProperty("StopDate");
  expect(told).not.toHaveProperty("Error");
  expect(told).not.toHaveProperty("Cause");
  expect(resultsOf({ ...succeeded, output: undefined }, "COMPACT")).toEqual([null]);
  expect(resultsOf({ ...succeeded, output: { a: 1 } }, "FLATTEN")).toEqual([{ a: 1 }]);
  const [refused] = resultsOf(failed, "NONE");
  expect(refused).toMatchObject({ RedriveStatus: "REDRIVABLE_BY_MAP_RUN" });
  expect(refused).not.toHaveProperty("RedriveStatusReason");
});

test("the output has failed children only where it is to keep them, and all in their order", () => {
  const children = [failed, succeeded, { ...succeeded, output: 3 }];
  const writer = { transformation: "COMPACT", outputType: "JSON" } as const;
  expect(outputOf(children, { ...writer, keepsFailed: false })).toEqual([[1, 2], 3]);
  expect(outputOf(children, { ...writer, keepsFailed: true })).toEqual([
    expect.objectContaining({ Status: "FAILED" }),
    [1, 2],
    3,
  ]);
});

test.for([
  [{ count: 2, percentage: 100 }, 3, 10, true],
  [{ count: 0 }, 1, 10, true],
  [{ percentage: 0 }, 1, 10, true],
  [{ percentage: 100 }, 10, 10, false],
  [{ count: 5 }, 3, undefined, false],
  [{ count: 5 }, 3, 3, false],
  [{ count: 5, percentage: 20 }, 2, 10, false],
] as const)(
  "%j with %i failures of %s is exceeded: %s",
  ([tolerance, failures, total, expected]) => {
    expect(isExceeded(tolerance, { failed: failures, total })).toBe(expected);
  },
);

test("what a listing holds beside objects of a bucket is handed on or left out", () => {
  expect(listedItems({ Contents: ["text", { Key: "k" }] }).items).toEqual(["text", { Key: "k" }]);
  expect(listedItems({ Contents: "none", NextContinuationToken: 7 })).toEqual({
    items: [],
    next: undefined,
  });
  expect(listedItems([])).toEqual({ items: [], next: undefined });
});

test.each<[object | undefined, object]>([
  [undefined, { kind: "JSON" }],
  [{}, { kind: "JSON" }],
  [{ InputType: "JSON" }, { kind: "JSON" }],
  [{ ItemsPointer: "/a" }, { kind: "JSON", pointer: "/a" }],
  [{ ItemsPointer: 1 }, { kind: "JSON" }],
  [{ InputType: "JSONL", ItemsPointer: "/a" }, { kind: "JSONL" }],
  [{ InputType: "CSV" }, { kind: "CSV", delimiter: "," }],
  [
    { InputType: "CSV", CSVDelimiter: "COMMA" },
    { kind: "CSV", delimiter: "," },
  ],
  [
    { InputType: "CSV", CSVDelimiter: "PIPE" },
    { kind: "CSV", delimiter: "|" },
  ],
  [
    { InputType: "CSV", CSVDelimiter: "SEMICOLON" },
    { kind: "CSV", delimiter: ";" },
  ],
  [
    { InputType: "CSV", CSVDelimiter: "SPACE" },
    { kind: "CSV", delimiter: " " },
  ],
  [
    { InputType: "CSV", CSVDelimiter: "TAB" },
    { kind: "CSV", delimiter: "\t" },
  ],
  [
    { InputType: "CSV", CSVDelimiter: 1, CSVHeaders: ["a"] },
    { kind: "CSV", delimiter: "," },
  ],
  [
    { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW", CSVHeaders: ["a"] },
    { kind: "CSV", delimiter: "," },
  ],
  [
    { InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["a", 2] },
    { kind: "CSV", delimiter: ",", columns: ["a", "2"] },
  ],
  [
    { InputType: "CSV", CSVHeaderLocation: "GIVEN" },
    { kind: "CSV", delimiter: "," },
  ],
])("a ReaderConfig %j describes %j", (config, format) => {
  expect(dataFormatOf(config as Json | undefined)).toEqual(format);
});

test("a format that is no text, and doubled headers, are refused", () => {
  expect(() => dataFormatOf({ InputType: "PARQUET" })).toThrow(
    "Holdfast does not read data sets of the type PARQUET yet.",
  );
  const doubled = { InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["a", "a"] };
  expect(() => dataFormatOf(doubled)).toThrow("CSV headers cannot contain duplicates.");
});
