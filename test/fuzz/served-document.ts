/** What the fuzzer reads of the OpenAPI document that the server answers. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly example?: unknown;
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: Schema;
}

export interface DocumentedOperation {
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly bodyExample: unknown;
  readonly statuses: ReadonlySet<number>;
}

export interface ServedDocument {
  readonly operations: readonly DocumentedOperation[];
  /** A schema without a reference at its top. */
  readonly resolve: (schema: Schema) => Schema;
}

interface RawOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly schema: Schema; readonly example?: unknown }>
    >;
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface RawDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const operationOf = (path: string, method: string, raw: RawOperation): DocumentedOperation => {
  const content = raw.requestBody?.content["application/json"];
  return {
    method: method.toUpperCase(),
    path,
    pattern: new RegExp(`^${path.replaceAll(/{[^}]+}/g, "[^/]+")}$`),
    parameters: raw.parameters ?? [],
    body: content?.schema,
    bodyExample: content?.example,
    statuses: new Set(Object.keys(raw.responses).map(Number)),
  };
};

/** Reads the text of the document. */
export const servedDocument = (text: string): ServedDocument => {
  const { paths, components } = JSON.parse(text) as RawDocument;
  return {
    operations: Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, raw]) => operationOf(path, method, raw)),
    ),
    resolve: (schema) => {
      let found = schema;
      while (found.$ref !== undefined)
        found = components.schemas[found.$ref.slice("#/components/schemas/".length)] ?? {};
      return found;
    },
  };
};
