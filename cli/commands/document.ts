import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Client, Match } from "../environment/client.ts";
import type { Deployed, Diagnostic } from "../environment/contract.ts";
import { diagnosticLine, ProblemAnswer } from "../environment/problem.ts";
import { CommandFailed } from "../exit.ts";
import { counted } from "../view/text.ts";
import { readTextFile, unreadableReason } from "./text-file.ts";

/** A process document as it lies on disk. */
export interface DocumentFile {
  readonly fileName: string;
  readonly document: string;
}

const namesInDirectory = ["process.yaml", "process.yml", "process.json"];

const fileIn = async (directory: string): Promise<string> => {
  const names = await readdir(directory);
  const name = namesInDirectory.find((candidate) => names.includes(candidate));
  if (name !== undefined) return join(directory, name);
  throw new CommandFailed(`There is no process.yaml, process.yml or process.json in ${directory}`, {
    next: "Name the document itself, or a directory that holds one",
  });
};

const fileAt = async (path: string): Promise<string> => {
  try {
    return (await stat(path)).isDirectory() ? await fileIn(path) : path;
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(
      `Cannot read the process document ${path}: ${unreadableReason(error)}`,
      {
        next: "Name a YAML or JSON file with a process, or a directory that holds one",
        cause: error,
      },
    );
  }
};

/** Reads the document that a path names: a file, or a directory that holds one. */
export const readDocument = async (path: string): Promise<DocumentFile> => {
  const fileName = await fileAt(path);
  return { fileName, document: await readTextFile("the process document", fileName) };
};

/** A refused document: each finding on a line of its own, as editors and people can follow it. */
export const refusal = (fileName: string, diagnostics: readonly Diagnostic[]): CommandFailed => {
  const errors = diagnostics.filter(({ severity }) => severity === "ERROR").length;
  return new CommandFailed(`${fileName} is not deployed: ${counted(errors, "error")}`, {
    findings: diagnostics.map((diagnostic) => diagnosticLine(diagnostic, fileName)),
  });
};

/** Deploys a document, or throws with every finding of the environment. */
export const deployDocument = async (
  client: Client,
  file: DocumentFile,
  match?: Match,
): Promise<Deployed> => {
  try {
    return await client.post<Deployed>("/v1/processes", file, match);
  } catch (error) {
    if (!(error instanceof ProblemAnswer) || error.diagnostics.length === 0) throw error;
    throw refusal(file.fileName, error.diagnostics);
  }
};

/** `service-health version 3 (new)`. */
export const deployedText = ({ name, version, isNew }: Deployed): string =>
  `${name} version ${version} (${isNew ? "new" : "as deployed before"})`;
