/**
 * What becomes of the results of a map run's children: the output of the Map state, or files
 * (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html).
 */
import type { ExecutionStatus } from "../execution/state.ts";
import { isJsonObject, type Json, type JsonObject, printJson } from "../json.ts";

/** A child that has ended, as its log tells it. */
export interface EndedChild {
  readonly executionArn: string;
  readonly processArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly input: Json;
  readonly output?: Json | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly startedAtMs: number;
  readonly stoppedAtMs?: number | undefined;
}

/** NONE: all that is known of a child; COMPACT: its output; FLATTEN: what is in its output, if that is an array. */
export type Transformation = "NONE" | "COMPACT" | "FLATTEN";

export interface WriterConfig {
  readonly transformation: Transformation;
  readonly outputType: "JSON" | "JSONL";
}

/** The WriterConfig of a ResultWriter; what it does not say depends on whether results are exported. */
export const writerConfigOf = (config: Json | undefined, isExported: boolean): WriterConfig => {
  const given = isJsonObject(config) ? config : {};
  const transformation = given["Transformation"];
  const isKnown =
    transformation === "NONE" || transformation === "COMPACT" || transformation === "FLATTEN";
  const otherwise = isExported ? "NONE" : "COMPACT";
  return {
    transformation: isKnown ? transformation : otherwise,
    outputType: given["OutputType"] === "JSONL" ? "JSONL" : "JSON",
  };
};

const isoTime = (atMs: number): string => new Date(atMs).toISOString();

/** Values of a child are given as JSON text, as the service does. */
const metadataOf = (child: EndedChild): JsonObject => {
  const isRedrivable = child.status !== "SUCCEEDED";
  return {
    ...(child.cause !== undefined && { Cause: child.cause }),
    ...(child.error !== undefined && { Error: child.error }),
    ExecutionArn: child.executionArn,
    Input: printJson(child.input),
    InputDetails: { Included: true },
    Name: child.name,
    ...(child.output !== undefined && { Output: printJson(child.output) }),
    OutputDetails: { Included: true },
    RedriveCount: 0,
    RedriveStatus: isRedrivable ? "REDRIVABLE_BY_MAP_RUN" : "NOT_REDRIVABLE",
    ...(!isRedrivable && {
      RedriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
    }),
    StartDate: isoTime(child.startedAtMs),
    StateMachineArn: child.processArn,
    Status: child.status,
    ...(child.stoppedAtMs !== undefined && { StopDate: isoTime(child.stoppedAtMs) }),
  };
};

/**
 * What children add to the output of a Map state. Those that failed, and were tolerated, are in it only
 * where the state says how results are to look.
 */
export const outputOf = (
  children: readonly EndedChild[],
  writer: WriterConfig & { readonly keepsFailed: boolean },
): readonly Json[] =>
  children
    .filter(({ status }) => writer.keepsFailed || status === "SUCCEEDED")
    .flatMap((child) => resultsOf(child, writer.transformation));

/** What a child adds to the results. A child that did not succeed is always told in full. */
export const resultsOf = (child: EndedChild, transformation: Transformation): readonly Json[] => {
  if (transformation === "NONE" || child.status !== "SUCCEEDED") return [metadataOf(child)];
  const output = child.output ?? null;
  return transformation === "FLATTEN" && Array.isArray(output) ? output : [output];
};

/** The files of one status: `SUCCEEDED_0.json`. */
export const resultFileName = (
  status: "SUCCEEDED" | "FAILED" | "PENDING",
  number: number,
  { outputType }: WriterConfig,
): string => `${status}_${number}.${outputType === "JSONL" ? "jsonl" : "json"}`;

/** The text of a file of results. */
export const resultFileText = (results: readonly Json[], { outputType }: WriterConfig): string =>
  outputType === "JSONL"
    ? results.map((result) => `${printJson(result)}\n`).join("")
    : printJson(results);

/** A file of results that was written. */
export interface ResultFile {
  readonly key: string;
  readonly size: number;
}

const fileEntries = (files: readonly ResultFile[]): Json =>
  files.map(({ key, size }) => ({ Key: key, Size: size }));

/** The contents of `manifest.json`. */
export const manifestOf = (written: {
  readonly bucket: string;
  readonly mapRunArn: string;
  readonly succeeded: readonly ResultFile[];
  readonly failed: readonly ResultFile[];
  readonly pending: readonly ResultFile[];
}): JsonObject => ({
  DestinationBucket: written.bucket,
  MapRunArn: written.mapRunArn,
  ResultFiles: {
    FAILED: fileEntries(written.failed),
    PENDING: fileEntries(written.pending),
    SUCCEEDED: fileEntries(written.succeeded),
  },
});

/** What a Map state gives that exported its results. */
export const exportedOutput = (
  mapRunArn: string,
  at: { readonly bucket: string; readonly key: string },
): JsonObject => ({
  MapRunArn: mapRunArn,
  ResultWriterDetails: { Bucket: at.bucket, Key: at.key },
});
