import { readFile } from "node:fs/promises";
import { readSource } from "#catalog/document-source.ts";
import { type ProcessDocument, readProcessDocument } from "#catalog/process-document.ts";
import type { DocumentDiagnostic } from "#catalog/processes.ts";
import { isJsonObject } from "#core/json.ts";
import { type Coverage, type CoveragePoint, coverageOf } from "#testing/coverage.ts";
import { CommandFailed } from "../exit.ts";

/** A process under test. */
export interface TestedProcess {
  readonly fileName: string;
  readonly document: ProcessDocument;
  readonly coverage: Coverage;
  /** The line where a point of the definition stands, from 1. */
  readonly lineOf: (point: CoveragePoint) => number | undefined;
}

/** A file that no test can be run with, and every reason with its place. */
export const unusable = (
  fileName: string,
  findings: readonly Pick<DocumentDiagnostic, "message" | "line" | "column">[],
  next?: string,
): CommandFailed =>
  new CommandFailed(`${fileName} cannot be used`, {
    ...(next !== undefined && { next }),
    findings: findings.map(
      ({ line = 1, column = 1, message }) => `${fileName}:${line}:${column}  ${message}`,
    ),
  });

/** The text of a file. */
export const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new CommandFailed(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
};

/** Reads a process document, nothing of it covered yet. */
export const readProcess = async (fileName: string): Promise<TestedProcess> => {
  const text = await textOf(fileName);
  const reading = readProcessDocument({ text, fileName });
  if (reading.kind === "invalid")
    throw unusable(
      fileName,
      reading.diagnostics.filter(({ severity }) => severity === "ERROR"),
    );
  const source = readSource(text, fileName);
  const isDocument =
    source.kind === "read" && isJsonObject(source.source.value) && "kind" in source.source.value;
  const base = isDocument ? ["definition"] : [];
  return {
    fileName,
    document: reading.document,
    coverage: coverageOf(reading.document.definition),
    lineOf: ({ path }) =>
      source.kind === "read" ? source.source.placeOf([...base, ...path])?.line : undefined,
  };
};
