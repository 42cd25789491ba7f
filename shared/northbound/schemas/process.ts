import {
  type DocumentDiagnostic,
  type DocumentText,
  ownerOf,
  type ProcessVersion,
} from "#catalog/processes.ts";
import { z } from "../z.ts";
import { instant, instantOf, json, jsonObject, next, page, versionInQuery } from "./shared.ts";

const diagnostic = z
  .strictObject({
    severity: z.enum(["ERROR", "WARNING"]),
    code: z.string().openapi({ example: "MISSING_TRANSITION_TARGET" }),
    message: z.string(),
    path: z.string().openapi({
      description: "JSON pointer into the document.",
      example: "/definition/States/A/Next",
    }),
    line: z.int().min(1).optional(),
    column: z.int().min(1).optional(),
  })
  .openapi("Diagnostic");

/** Name of a process. */
export const processName = z.string().max(256).openapi({ example: "nightly-backup" });

const deployed = {
  name: processName,
  version: z.int().min(1),
  type: z
    .enum(["STANDARD", "EXPRESS"])
    .optional()
    .openapi({ description: "STANDARD where it is absent." }),
  description: z.string().optional(),
  category: z.string().optional(),
  deployedAt: instant,
  deployedBy: z.string().openapi({ example: "key:admin" }),
  owner: z.string().openapi({ description: "Who deployed its first version." }),
};

const versionInPath = z.coerce
  .number()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .openapi({ example: 1 });

const difference = z
  .strictObject({
    kind: z.enum(["added", "removed", "changed"]),
    path: z.string().openapi({
      description: "JSON pointer into the version.",
      example: "/definition/States/A/Next",
    }),
    before: json.optional(),
    after: json.optional(),
  })
  .openapi("VersionDifference");

/** A process document on its way in. */
export const documentBody = z
  .strictObject({
    document: z.string().openapi({ description: "YAML or JSON text." }),
    fileName: z.string().max(1024).optional().openapi({
      description: "Names a plain ASL definition: backup.asl.json is the process backup.",
    }),
  })
  .openapi("ProcessDocument");

/** What a deployment made. */
export const deployment = z
  .strictObject({
    name: processName,
    version: z.int().min(1),
    isNew: z.boolean().openapi({ description: "False where the newest version is the same." }),
    warnings: z.array(diagnostic),
  })
  .openapi("Deployment");

/** What is to be said of a document. */
export const validation = z
  .strictObject({ valid: z.boolean(), diagnostics: z.array(diagnostic) })
  .openapi("Validation");

/** A process in a list. */
export const processSummary = z.strictObject(deployed).openapi("ProcessSummary");

/** A process version in full. */
export const process = z
  .strictObject({
    ...deployed,
    document: z.string().openapi({ description: "As it was deployed, comments and all." }),
    definition: jsonObject.openapi({ description: "Amazon States Language." }),
    inputSchema: jsonObject.optional().openapi({ description: "JSON Schema of the input." }),
  })
  .openapi("Process");

/** Path of one process. */
export const processPath = z.strictObject({ name: processName });

/** Path of one version of a process. */
export const versionPath = z.strictObject({ name: processName, version: versionInPath });

/** Query of one process. */
export const processQuery = z.strictObject({ version: versionInQuery });

/** Query of the list. */
export const processesQuery = z.strictObject(page);

/** A page of processes. */
export const processPage = z
  .strictObject({ processes: z.array(processSummary), next })
  .openapi("ProcessPage");

/** Path of a comparison of two versions. */
export const diffPath = z.strictObject({
  name: processName,
  from: versionInPath,
  to: versionInPath,
});

/** What differs between two versions. */
export const versionDiff = z
  .strictObject({
    name: processName,
    from: z.int().min(1),
    to: z.int().min(1),
    differences: z.array(difference),
  })
  .openapi("VersionDiff");

/** A page of the versions of a process. */
export const versionPage = z
  .strictObject({ versions: z.array(processSummary), next })
  .openapi("VersionPage");

/** The body as the catalog takes it. */
export const documentOf = (body: {
  readonly document: string;
  readonly fileName?: string;
}): DocumentText => {
  const { document: text, ...named } = body;
  return { text, ...named };
};

/** A diagnostic as the API shows it. */
export const diagnosticView = (found: DocumentDiagnostic): z.infer<typeof diagnostic> => ({
  severity: found.severity,
  code: found.code,
  message: found.message,
  path: found.path
    .map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join(""),
  line: found.line,
  column: found.column,
});

/** A process as a list shows it. */
export const processSummaryView = (shown: ProcessVersion): z.infer<typeof processSummary> => ({
  name: shown.name,
  version: shown.version,
  type: shown.type,
  description: shown.description,
  category: shown.category,
  deployedAt: instantOf(shown.deployedAtMs),
  deployedBy: shown.deployedBy,
  owner: ownerOf(shown),
});

/** A process as the API shows it. */
export const processView = (shown: ProcessVersion) => ({
  ...processSummaryView(shown),
  document: shown.document,
  definition: shown.definition,
  inputSchema: shown.inputSchema,
});
