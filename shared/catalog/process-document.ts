import type { StateMachine } from "#core/asl/definition.ts";
import type { Diagnostic } from "#core/asl/diagnostic.ts";
import { diagnosticCountMax } from "#core/asl/limits.ts";
import { parseDefinition } from "#core/asl/parse.ts";
import type { ValidationOptions } from "#core/asl/scope.ts";
import { suggestion } from "#core/asl/suggest.ts";
import type { ProcessSettings, ProcessType } from "#core/execution/program.ts";
import { isJsonObject, type Json, type JsonObject, printJson } from "#core/json.ts";
import { readSource } from "./document-source.ts";
import { compileSchema } from "./input-schema.ts";
import { inputSchemaLengthMax } from "./limits.ts";
import { checkSettings, settingsOf } from "./process-settings.ts";
import type { DocumentDiagnostic, DocumentText } from "./processes.ts";

/** What a process document says, checked. */
export interface ProcessDocument {
  readonly name: string;
  readonly type?: ProcessType;
  readonly description?: string;
  readonly category?: string;
  readonly inputSchema?: JsonObject;
  readonly settings?: ProcessSettings;
  readonly definition: StateMachine;
  /** All of the document as a value, for comparing contents. */
  readonly content: JsonObject;
}

export type DocumentReading =
  | {
      readonly kind: "valid";
      readonly document: ProcessDocument;
      readonly warnings: readonly DocumentDiagnostic[];
    }
  | { readonly kind: "invalid"; readonly diagnostics: readonly DocumentDiagnostic[] };

type Field = (finding: Finding, value: Json) => void;
type Finding = (message: string, options?: Partial<Diagnostic>) => void;

const fault = (message: string, options: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: "ERROR",
  code: "DOCUMENT_INVALID",
  path: [],
  message,
  ...options,
});

const namePattern = /^(?=.*[^.])[A-Za-z0-9._-]{1,80}$/;
const categoryPattern = /^[A-Za-z0-9._-]{1,80}$/;
const nameRule = 'use 1 to 80 of A-Z a-z 0-9 "-" "_" "."';

const text =
  (name: string): Field =>
  (find, value) => {
    if (typeof value !== "string") find(`"${name}" must be a string; put it in quotes`);
  };

/** Understood and kept, but without effect as yet: said rather than passed over. */
const kept =
  (name: string): Field =>
  (find) =>
    find(`"${name}" is kept with the process but has no effect in this release`, {
      severity: "WARNING",
      code: "WITHOUT_EFFECT",
    });

const inputSchema: Field = (find, value) => {
  if (!isJsonObject(value)) {
    find('"inputSchema" must be an object: a JSON Schema (2020-12)');
    return;
  }
  const { length } = printJson(value);
  if (length > inputSchemaLengthMax) {
    find(`"inputSchema" has ${length} characters, and ${inputSchemaLengthMax} are the most`);
    return;
  }
  const compiled = compileSchema(value);
  if (compiled.kind === "compiled") return;
  for (const { path, message } of compiled.problems) {
    const inner = path.split("/").slice(1);
    const steps = inner.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    find(`the JSON Schema is wrong: ${steps.at(-1) ?? "it"} ${message}`, {
      path: ["inputSchema", ...steps],
    });
  }
};

const fields: Readonly<Record<string, Field>> = {
  kind: () => undefined,
  name: (find, value) => {
    if (typeof value !== "string" || !namePattern.test(value))
      find(`${JSON.stringify(value)} can not be the name of a process; ${nameRule}`);
  },
  type: (find, value) => {
    if (value !== "STANDARD" && value !== "EXPRESS")
      find(`"type" must be STANDARD or EXPRESS, not ${JSON.stringify(value)}`);
  },
  description: text("description"),
  category: (find, value) => {
    if (typeof value !== "string" || !categoryPattern.test(value))
      find(`${JSON.stringify(value)} can not be the category of a process; ${nameRule}`);
  },
  inputSchema,
  settings: checkSettings,
  triggers: kept("triggers"),
  startPoints: kept("startPoints"),
  definition: () => undefined,
};

/** What people write instead of the fields that there are. */
const otherNames: Readonly<Record<string, string>> = {
  input: "inputSchema",
  schema: "inputSchema",
  StartAt: "definition",
  States: "definition",
  Comment: "description",
  Type: "type",
};

const unknownField = (name: string): string => {
  const instead = Object.hasOwn(otherNames, name) ? otherNames[name] : undefined;
  const advice =
    instead === undefined ? suggestion(name, Object.keys(fields)) : `; did you mean "${instead}"?`;
  return `a process document has no field "${name}"${advice}`;
};

const checkFields = (content: JsonObject): Diagnostic[] => {
  const found: Diagnostic[] = [];
  for (const [name, value] of Object.entries(content)) {
    if (found.length >= diagnosticCountMax) break;
    const find: Finding = (message, options) =>
      found.push(fault(message, { path: [name], ...options }));
    const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (check === undefined) find(unknownField(name));
    else check(find, value);
  }
  for (const name of ["name", "definition"])
    if (!Object.hasOwn(content, name))
      found.push(fault(`a process document needs the field "${name}"`));
  return found;
};

/** `jobs/backup.asl.json` -> `backup`. */
const nameOfFile = (fileName: string): string =>
  (fileName.split(/[\\/]/).at(-1) ?? "").replace(/(\.asl)?\.(json|ya?ml)$/i, "");

/** A plain definition as the document that it stands for: its file's name, its own `Comment`. */
const documentOf = (
  definition: JsonObject,
  { fileName, definitionOf }: DocumentText,
): { readonly content: JsonObject; readonly found: readonly Diagnostic[] } => {
  const name = definitionOf?.name ?? nameOfFile(fileName ?? "");
  const comment = definition["Comment"];
  const content = {
    kind: "Process",
    name,
    ...(definitionOf?.type !== undefined && { type: definitionOf.type }),
    ...(typeof comment === "string" ? { description: comment } : {}),
    definition,
  };
  if (namePattern.test(name)) return { content, found: [] };
  const message =
    fileName === undefined
      ? 'a plain definition takes its name from its file, and there is none; give a file name, or write a document with "kind: Process", "name" and "definition"'
      : `the file's name gives the process the name "${name}", which can not be; ${nameRule}, or write a document with "kind: Process", "name" and "definition"`;
  return { content, found: [fault(message)] };
};

/** The document's content, what is wrong with it outside of the definition, and where the definition is. */
const contentOf = (value: JsonObject, document: DocumentText) => {
  const isPlain = !Object.hasOwn(value, "kind");
  const isDefinition =
    document.definitionOf !== undefined ||
    (isPlain && (Object.hasOwn(value, "States") || Object.hasOwn(value, "StartAt")));
  if (isDefinition) return { ...documentOf(value, document), base: [] };
  const base = ["definition"];
  if (value["kind"] === "Process") return { content: value, found: checkFields(value), base };
  const message = isPlain
    ? 'this is neither a process document, which begins with "kind: Process", nor a definition with "StartAt" and "States"'
    : `"kind" must be "Process", not ${JSON.stringify(value["kind"])}`;
  return { content: value, found: [fault(message, { path: isPlain ? [] : ["kind"] })], base };
};

const typeOf = ({ type }: JsonObject): ProcessType | undefined =>
  type === "STANDARD" || type === "EXPRESS" ? type : undefined;

const assemble = (
  content: JsonObject,
  definition: StateMachine,
  type: ProcessType | undefined,
): ProcessDocument => {
  const settings = settingsOf(content);
  return {
    name: content["name"] as string,
    definition,
    content,
    ...(type !== undefined && { type }),
    ...(settings !== undefined && { settings }),
    ...(typeof content["description"] === "string" ? { description: content["description"] } : {}),
    ...(typeof content["category"] === "string" ? { category: content["category"] } : {}),
    ...(isJsonObject(content["inputSchema"]) ? { inputSchema: content["inputSchema"] } : {}),
  };
};

/**
 * Reads a process document: `kind: Process`, or a plain definition that takes its name from its
 * file. Paths of the diagnostics begin at the root of the document.
 */
export const readProcessDocument = (
  document: DocumentText,
  options: ValidationOptions = {},
): DocumentReading => {
  const reading = readSource(document.text, document.fileName);
  if (reading.kind === "unreadable") return { kind: "invalid", diagnostics: reading.diagnostics };
  const { value, placeOf } = reading.source;
  const placed = (found: readonly Diagnostic[]): readonly DocumentDiagnostic[] =>
    found.map((diagnostic) => ({ ...diagnostic, ...placeOf(diagnostic.path) }));
  if (!isJsonObject(value)) {
    const message = 'a process document is an object that begins with "kind: Process"';
    return { kind: "invalid", diagnostics: placed([fault(message)]) };
  }
  const { content, found, base } = contentOf(value, document);
  const definition = content["definition"];
  if (definition === undefined) return { kind: "invalid", diagnostics: placed(found) };
  const type = typeOf(content);
  const parsed = parseDefinition(definition, { ...options, ...(type && { workflowType: type }) });
  const inner = parsed.kind === "valid" ? parsed.warnings : parsed.diagnostics;
  const diagnostics = placed([
    ...found,
    ...inner.map((diagnostic) => ({ ...diagnostic, path: [...base, ...diagnostic.path] })),
  ]);
  return parsed.kind === "invalid" || found.some(({ severity }) => severity === "ERROR")
    ? { kind: "invalid", diagnostics }
    : {
        kind: "valid",
        document: assemble(content, parsed.definition, type),
        warnings: diagnostics,
      };
};
