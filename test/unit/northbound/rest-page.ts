/** `docs/rest.md`: the OpenAPI document as a page to read. */
import { problemKinds } from "#northbound/problem.ts";
import type { Document, DocumentedOperation } from "./documented.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
  readonly description?: string;
}

interface RenderedOperation extends DocumentedOperation {
  readonly description?: string;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const row = (cells: readonly string[]): string =>
  `| ${cells.map(cell).join(" | ")} |`.replaceAll("  ", " ");

const nameIn = (reference: string): string => reference.split("/").at(-1) ?? "";

const linkTo = (reference: string): string => {
  const name = nameIn(reference);
  return `[${name}](#${name.toLowerCase()})`;
};

const boundsOf = ({ minimum, maximum }: Schema): string => {
  // What JavaScript counts exactly is no bound to anybody.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (least !== undefined && most !== undefined) return ` ${least} to ${most}`;
  if (least !== undefined) return ` from ${least}`;
  return most === undefined ? "" : ` up to ${most}`;
};

const literals = (values: readonly unknown[]): string =>
  values
    .map((value) => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``)
    .join(", ");

/** The fields of an object that has no name of its own. */
const inlineType = ({ properties = {}, additionalProperties }: Schema): string => {
  const fields = Object.entries(properties).map(
    ([name, schema]) => `\`${name}\`: ${typeOf(schema)}`,
  );
  if (fields.length > 0) return `{${fields.join(", ")}}`;
  const isTyped =
    typeof additionalProperties === "object" && Object.keys(additionalProperties).length > 0;
  return isTyped ? `object of ${typeOf(additionalProperties as Schema)}` : "object";
};

const plainType = (schema: Schema): string => {
  const { type, format, items } = schema;
  if (type === "object") return inlineType(schema);
  if (type === "array") return `list of ${typeOf(items ?? {})}`;
  if (type === undefined) return "any JSON";
  return `${format ?? [type].flat().join(" or ")}${boundsOf(schema)}`;
};

const typeOf = (schema: Schema): string => {
  if (schema.$ref !== undefined) return linkTo(schema.$ref);
  const several = schema.anyOf ?? schema.oneOf;
  if (several !== undefined) return several.map(typeOf).join(" or ");
  if (schema.allOf !== undefined) return schema.allOf.map(typeOf).join(" and ");
  if (schema.const !== undefined) return literals([schema.const]);
  return schema.enum === undefined ? plainType(schema) : literals(schema.enum);
};

const saidOf = ({ description = "", default: standard }: Schema): string =>
  standard === undefined ? description : `${description} Default: ${literals([standard])}.`.trim();

const parameterRow = ({ name, in: where, required, schema = {}, description }: Parameter): string =>
  row([
    where,
    `\`${name}\`${required === true ? " *" : ""}`,
    typeOf(schema),
    saidOf({ ...schema, description: description ?? schema.description ?? "" }),
  ]);

const parametersOf = ({ parameters = [] }: RenderedOperation): readonly string[] =>
  parameters.length === 0
    ? []
    : [
        `${row(["in", "name", "type", "what"])}\n|---|---|---|---|\n${parameters.map((each) => parameterRow(each as Parameter)).join("\n")}`,
      ];

const bodyOf = ({ requestBody }: RenderedOperation): readonly string[] =>
  Object.values(requestBody?.content ?? {}).map(
    ({ schema }) => `Body: ${typeOf(schema as Schema)}`,
  );

/** What nearly every operation may be answered with stands at the end of the page only. */
const common = new Set([
  "request-invalid",
  "unauthorized",
  "forbidden",
  "too-many-calls",
  "body-too-large",
  "media-type-unsupported",
  "internal-error",
  "storage-full",
  "storage-unavailable",
  "environment-key-unavailable",
]);

const answersOf = ({ responses }: RenderedOperation): string => {
  const [good, bad] = [true, false].map((isGood) =>
    Object.entries(responses).filter(([status]) => status < "400" === isGood),
  );
  const lines = (good ?? []).map(([status, { description, content }]) => {
    const [[mediaType, { schema }] = ["", { schema: {} }]] = Object.entries(content);
    const type = mediaType === "application/json" ? typeOf(schema as Schema) : `\`${mediaType}\``;
    return `- ${status}: ${type}. ${description}`;
  });
  const codes = (bad ?? []).flatMap(([, { content }]) =>
    Object.values(content).flatMap(({ examples = {} }) => Object.keys(examples)),
  );
  const own = codes.filter((code) => !common.has(code));
  const problems = own.length === 0 ? [] : [`- problems: ${literals(own)}`];
  return [...lines, ...problems].join("\n");
};

const operationOf = (method: string, path: string, operation: RenderedOperation): string =>
  [
    `### ${method.toUpperCase()} ${path}`,
    `\`${operation.operationId}\`, needs \`${operation["x-holdfast-needs"]}\`. ${operation.summary}. ${operation.description ?? ""}`.trim(),
    ...parametersOf(operation),
    ...bodyOf(operation),
    answersOf(operation),
  ].join("\n\n");

const schemaOf = (name: string, schema: Schema): string => {
  const { properties, required = [], description } = schema;
  const about = description === undefined ? [] : [description];
  if (properties === undefined) return [`### ${name}`, ...about, typeOf(schema)].join("\n\n");
  const rows = Object.entries(properties).map(([field, of]) =>
    row([`\`${field}\`${required.includes(field) ? " *" : ""}`, typeOf(of), saidOf(of)]),
  );
  const table = [row(["field", "type", "what"]), "|---|---|---|", ...rows].join("\n");
  return [`### ${name}`, ...about, table].join("\n\n");
};

const codeRows = Object.entries(problemKinds).map(([code, { status, title, action }]) =>
  row([`\`${code}\``, String(status), title, action]),
);

/** The page; made from the document that a server answers. */
export const restPage = ({ paths, components, tags }: Document): string => {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const sections = tags.map(({ name, description }) =>
    [
      `## ${name}`,
      description,
      ...operations
        .filter(({ operation }) => operation.tags.includes(name))
        .map(({ method, path, operation }) => operationOf(method, path, operation)),
    ].join("\n\n"),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) =>
    schemaOf(name, schema),
  );
  return `# The REST API

Every operation of \`/openapi.json\`, as it is served; made from that document by the tests. How to begin, and what goes beyond
one operation: [the API in use](api.md). Who may call what: [permissions](permissions.md). A * marks what must be there.
Any answer from 400 on is a [Problem](#problem) with a code of [this list](#problem-codes); those that nearly every operation may
answer stand there only.

${sections.join("\n\n")}

## Objects

${schemas.join("\n\n")}

## Problem codes

\`code\` of a problem document (RFC 9457); its \`type\` is \`urn:holdfast:problem:CODE\`. What to do stands in \`action\`, where it often is more precise.

${row(["code", "status", "what", "what to do"])}
|---|---:|---|---|
${codeRows.join("\n")}
`;
};
