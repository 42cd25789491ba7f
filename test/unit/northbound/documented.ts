import Ajv2020 from "ajv/dist/2020.js";
import { expect } from "vitest";
import type { WebApp } from "./web-app.ts";

interface Content {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly "x-holdfast-needs": string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content: Readonly<Record<string, Content>> }
    >
  >;
}

export interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** What the tests read of answers; which fields there are depends on the answer. */
export interface Shown {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly action: string;
  readonly requestId: string;
  readonly status: number | string;
  readonly problems: readonly { readonly path: string }[];
  readonly diagnostics: readonly { readonly path: string }[];
  readonly warnings: readonly object[];
  readonly input: object;
  readonly questions?: readonly object[];
  readonly inputSchema: object;
  readonly document: string;
  readonly version: number;
  readonly isNew: boolean;
  readonly executions: readonly { readonly executionId: string; readonly name: string }[];
  readonly processes: readonly { readonly name: string }[];
  readonly alerts: readonly object[];
  readonly events: readonly { readonly id: number; readonly message: string }[];
  readonly next: string | number;
}

/** The body of an answer. */
export const shown = async (response: Response): Promise<Shown> => (await response.json()) as Shown;

/** The document that the app serves, and checks of what it answers against it. */
export const documented = async (app: WebApp) => {
  const document = (await (await app.request("/openapi.json")).json()) as Document;
  const ajv = new Ajv2020.default({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: "openapi" }, "openapi");
  const problemsOf = (schema: object, value: unknown): unknown => {
    const text = JSON.stringify(schema).replaceAll('"#/', '"openapi#/');
    const validate = ajv.compile(JSON.parse(text));
    return validate(value) ? [] : validate.errors;
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const operationOf = (method: string, url: string) =>
    operations
      .filter(
        ({ path, method: documentedMethod }) =>
          documentedMethod === method.toLowerCase() &&
          new RegExp(`^${path.replaceAll(/{[^}]+}/g, "[^/?]+")}(\\?.*)?$`).test(url),
      )
      .sort((a, b) => a.path.split("{").length - b.path.split("{").length)[0]?.operation;

  /** Fails unless the operation's documentation has this status and the body fits its schema. */
  const conforms = async (response: Response, method: string, url: string): Promise<void> => {
    const operation = operationOf(method, url);
    expect(operation, `${method} ${url} is documented`).toBeDefined();
    const answer = operation?.responses[String(response.status)];
    expect(answer, `${method} ${url} -> ${response.status} is documented`).toBeDefined();
    const mediaType = response.headers.get("content-type") ?? "";
    const content = answer?.content[mediaType];
    expect(content, `${method} ${url} -> ${mediaType} is documented`).toBeDefined();
    if (content === undefined || mediaType === "text/event-stream") return;
    expect(problemsOf(content.schema, await response.clone().json())).toEqual([]);
  };
  return { document, operations, problemsOf, conforms };
};
