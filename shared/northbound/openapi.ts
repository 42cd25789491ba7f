import { OpenAPIRegistry, OpenApiGeneratorV31 } from "@asteasolutions/zod-to-openapi";
import type { AnswerKind, Operation } from "./operation.ts";
import { type ProblemCode, problemKinds } from "./problem.ts";
import { problem } from "./schemas/shared.ts";

const security = "accessToken";

const tags = [
  { name: "processes", description: "Named, versioned definitions in Amazon States Language." },
  { name: "executions", description: "One execution is one run of a process version." },
  {
    name: "activities",
    description: "Work that is done elsewhere: by workers who ask for it, by whoever has a token.",
  },
  { name: "alerts", description: "What is wrong and wants a person." },
  { name: "access", description: "Who may do what." },
  { name: "operations", description: "What operators see and do." },
  { name: "health", description: "The server itself." },
];

const requestIdHeader = {
  description: "The caller's own where it sent one, else made up; the server's log has it.",
  schema: { type: "string" as const },
};
const headers = { "x-request-id": { $ref: "#/components/headers/RequestId" } };

/** What any request may be answered with, by what the operation takes. */
const problemsOf = (operation: Operation): readonly ProblemCode[] => [
  "request-invalid",
  ...(operation.needs === "nobody"
    ? []
    : (["unauthorized", "too-many-calls", "environment-key-unavailable"] as const)),
  ...(typeof operation.needs === "string" ? [] : (["forbidden"] as const)),
  ...(operation.request?.body === undefined
    ? []
    : (["body-too-large", "media-type-unsupported", "storage-full"] as const)),
  ...operation.problems,
  "internal-error",
  "storage-unavailable",
];

const problemAnswer = (codes: readonly ProblemCode[]) => ({
  description: codes.map((code) => `${problemKinds[code].title} (${code}).`).join(" "),
  headers,
  content: {
    "application/problem+json": {
      schema: problem,
      examples: Object.fromEntries(
        codes.map((code) => {
          const { status, title, action } = problemKinds[code];
          const type = `urn:holdfast:problem:${code}`;
          const detail = `${title}.`;
          const requestId = "5f0c3c1e-6d0a-4a51-9d33-0d2b8b7a3f10";
          return [code, { value: { type, title, status, detail, code, action, requestId } }];
        }),
      ),
    },
  },
});

const problemAnswers = (operation: Operation) => {
  const byStatus = Map.groupBy(problemsOf(operation), (code) => problemKinds[code].status);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, problemAnswer(codes)]));
};

const answerOf = ({
  description,
  schema,
  example,
  mediaType = "application/json",
}: AnswerKind) => ({
  description,
  headers,
  content: { [mediaType]: { schema, ...(example === undefined ? {} : { example }) } },
});

const requestOf = ({ request = {}, bodyExample }: Operation) => {
  const { body, params, query, headers } = request;
  const required = body !== undefined && !body.safeParse({}).success;
  return {
    ...(params && { params }),
    ...(query && { query }),
    ...(headers && { headers }),
    ...(body && {
      body: { required, content: { "application/json": { schema: body, example: bodyExample } } },
    }),
  };
};

/** Adds an operation to the document. */
const documentOperation = (registry: OpenAPIRegistry, operation: Operation): void => {
  const { method, path, operationId, tag, summary, description, needs } = operation;
  registry.registerPath({
    method,
    path,
    operationId,
    tags: [tag],
    summary,
    ...(description && { description }),
    "x-holdfast-needs": typeof needs === "string" ? needs : needs.action,
    security: needs === "nobody" ? [] : [{ [security]: [] }],
    request: requestOf(operation),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, kind]) => [status, answerOf(kind)]),
      ),
      ...problemAnswers(operation),
    },
  });
};

/** The OpenAPI 3.1 document of the operations, as an object for JSON. Made when it is asked for: few servers ever are. */
export const openApiDocument = (operations: readonly Operation[], version: string): object => {
  const registry = new OpenAPIRegistry();
  for (const operation of operations) documentOperation(registry, operation);
  registry.registerComponent("headers", "RequestId", requestIdHeader);
  registry.registerComponent("securitySchemes", security, {
    type: "http",
    scheme: "bearer",
    description: "The access token that the server made at its first start.",
  });
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version,
      description: "A process orchestrator that does not lose its place.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/" }],
    tags,
  });
};
