import { expect, test } from "vitest";
import { inventoryOf } from "#core/map-run/inventory.ts";
import { listedItems } from "#core/map-run/listing.ts";
import {
  type EndedChild,
  exportedOutput,
  manifestOf,
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
  for (const text of ["", "{}", JSON.stringify({ ...manifest, fileFormat: "ORC" })])
    expect(() => inventoryOf(text)).toThrow(/States\.ItemReaderFailed/);
});
