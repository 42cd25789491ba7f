import { readSource } from "#catalog/document-source.ts";
import type { DocumentText, ProcessVersion } from "#catalog/processes.ts";
import type { ProcessType } from "#core/execution/program.ts";
import { isJsonObject, type Json, parseJson, printJson } from "#core/json.ts";
import { ServiceFault } from "./service-fault.ts";

/** The definition as a value. Throws `InvalidDefinition` where the text is no JSON object. */
export const definitionIn = (text: string): Json => {
  try {
    const value = parseJson(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new ServiceFault(
    "InvalidDefinition",
    "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: the definition is not a JSON object'",
  );
};

const isDocument = ({ document, name }: ProcessVersion): boolean => {
  const reading = readSource(document);
  const value = reading.kind === "read" ? reading.source.value : null;
  return isJsonObject(value) && value["kind"] === "Process" && value["name"] === name;
};

/** The definition of a version as text: as it was sent, where it was sent without a process document around it. */
export const definitionText = (process: ProcessVersion): string =>
  isDocument(process) || !process.document.trimStart().startsWith("{")
    ? printJson(process.definition as unknown as Json)
    : process.document;

/** A definition that stands for itself. */
export const plainDocument = (
  definition: string,
  name: string,
  type: ProcessType | undefined,
): DocumentText => {
  definitionIn(definition);
  return { text: definition, definitionOf: { name, ...(type !== undefined && { type }) } };
};

/** What a process becomes with another definition: all else of its document stays as it is. */
export const changedDocument = (process: ProcessVersion, definition: string): DocumentText => {
  const changed = definitionIn(definition);
  if (!isDocument(process)) return plainDocument(definition, process.name, process.type);
  const reading = readSource(process.document);
  const content = reading.kind === "read" ? reading.source.value : {};
  return { text: printJson({ ...(content as object), definition: changed }) };
};
