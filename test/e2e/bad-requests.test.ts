/** Requests that a program gets wrong: each is answered by a problem document that says what to do, and changes nothing. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { badDocuments } from "./fixtures/bad-documents.ts";
import { type ServerProcess, serverProcess } from "./fixtures/server-process.ts";

const dataDirectory = mkdtempSync(join(tmpdir(), "holdfast-bad-"));
let server: ServerProcess;
let token: string;

const fitting = JSON.stringify({
  kind: "Process",
  name: "fitting",
  inputSchema: { type: "object", required: ["count"] },
  definition: { StartAt: "A", States: { A: { Type: "Succeed" } } },
});

beforeAll(async () => {
  server = await serverProcess(dataDirectory);
  token = readFileSync(join(dataDirectory, "admin.token"), "utf8").trim();
  expect((await send("POST", "/v1/processes", { body: { document: fitting } })).status).toBe(201);
});

afterAll(async () => {
  await server.kill();
  rmSync(dataDirectory, { recursive: true, force: true });
});

interface Sent {
  readonly body?: unknown;
  readonly authorization?: string;
  readonly type?: string;
}

const bodyOf = (body: unknown): string | Uint8Array<ArrayBuffer> | null => {
  if (body === undefined) return null;
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? Uint8Array.from(body) : JSON.stringify(body);
};

const send = (method: string, path: string, sent: Sent = {}): Promise<Response> => {
  const { authorization = `Bearer ${token}`, type = "application/json" } = sent;
  const headers = new Headers({ "content-type": type });
  if (authorization !== "") headers.set("authorization", authorization);
  return fetch(server.url + path, { method, headers, body: bodyOf(sent.body) });
};

// biome-ignore lint/suspicious/noExplicitAny: answers of the API are looked at field by field
const jsonOf = (response: Response): Promise<any> => response.json();

const problemOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = await jsonOf(response);
  expect(problem).toMatchObject({
    type: `urn:holdfast:problem:${problem.code}`,
    title: expect.stringMatching(/^[A-Z].+/),
    status: response.status,
    requestId: response.headers.get("x-request-id"),
  });
  const { status, code, detail, action } = problem;
  return { problem, said: { status, code, detail, action } };
};

const nothingCameOfIt = async (): Promise<void> => {
  const { processes } = await jsonOf(await send("GET", "/v1/processes"));
  const { executions } = await jsonOf(await send("GET", "/v1/executions"));
  expect(processes).toMatchObject([{ name: "fitting", version: 1 }]);
  expect(processes).toHaveLength(1);
  expect(executions).toEqual([]);
};

const correct = "Correct what is named and send again.";
const sendJson = "Send JSON in UTF-8, uncompressed, with Content-Type: application/json.";

interface BadRequest {
  readonly what: string;
  readonly request: readonly [method: string, path: string, sent?: Sent];
  readonly said: readonly [status: number, code: string, detail: string, action: string];
}

const start = (body: unknown, sent: Sent = {}): BadRequest["request"] => [
  "POST",
  "/v1/executions",
  { body, ...sent },
];

const requests: readonly BadRequest[] = [
  {
    what: "malformed JSON",
    request: start('{"process": "fitting",\n "input": }'),
    said: [
      400,
      "request-invalid",
      "The body is not JSON: line 2, column 11: expected a value.",
      correct,
    ],
  },
  {
    what: "an unknown field",
    request: start({ process: "fitting", inputs: {} }),
    said: [
      400,
      "request-invalid",
      'The body is not valid. /inputs: There is no such field; did you mean "input"?',
      correct,
    ],
  },
  {
    what: "a field of the wrong type",
    request: start({ process: 7 }),
    said: [
      400,
      "request-invalid",
      "The body is not valid. /process: Invalid input: expected string, received number",
      correct,
    ],
  },
  {
    what: "a missing field",
    request: start({ input: {} }),
    said: [
      400,
      "request-invalid",
      "The body is not valid. /process: It is missing; string expected.",
      correct,
    ],
  },
  {
    what: "a body that is too large",
    request: start({ process: "fitting", input: { count: "x".repeat(20_000_000) } }),
    said: [
      413,
      "body-too-large",
      "The body is larger than 1114112 bytes.",
      "Send less: pass the path or URL of large data instead of the data; split a large process.",
    ],
  },
  {
    what: "a body that is nested too deep",
    request: start(`{"process": "fitting", "input": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
    said: [400, "request-invalid", "The body is nested deeper than 128 levels.", correct],
  },
  {
    what: "a body that is not JSON by its type",
    request: start("process: fitting", { type: "text/yaml" }),
    said: [415, "media-type-unsupported", "The body is not declared as plain JSON.", sendJson],
  },
  {
    what: "a body that is not text",
    request: start(Uint8Array.of(0xff, 0xfe, 0xfd)),
    said: [415, "media-type-unsupported", "The body is not text in UTF-8.", sendJson],
  },
  {
    what: "an unknown process",
    request: start({ process: "nobody" }),
    said: [
      404,
      "process-not-found",
      "There is no process nobody.",
      "Deploy it first, or list the processes to find its name.",
    ],
  },
  {
    what: "an unknown version",
    request: start({ process: "fitting", version: 2, input: { count: 1 } }),
    said: [
      404,
      "process-not-found",
      "There is no process fitting version 2.",
      "Deploy it first, or list the processes to find its name.",
    ],
  },
  {
    what: "an input that does not fit",
    request: start({ process: "fitting", input: {} }),
    said: [
      422,
      "input-invalid",
      "The input does not fit fitting version 1: /count is required.",
      "Change the fields of the input that are named; the inputSchema of the process says what fits.",
    ],
  },
  {
    what: "a name that is not allowed",
    request: start({ process: "fitting", name: "../a", input: { count: 1 } }),
    said: [
      422,
      "execution-name-invalid",
      'the execution name "../a" is not allowed',
      "use 1 to 80 of the characters A-Z a-z 0-9 - _",
    ],
  },
  {
    what: "an unknown execution",
    request: ["POST", "/v1/executions/fitting:nobody/stop", { body: {} }],
    said: [
      404,
      "execution-not-found",
      "there is no execution fitting:nobody",
      "list the executions to find its id",
    ],
  },
  {
    what: "an unknown path",
    request: ["GET", "/v1/execution"],
    said: [404, "not-found", "There is no such path.", "See /openapi.json for what there is."],
  },
  {
    what: "the wrong method",
    request: ["PATCH", "/v1/processes/fitting"],
    said: [405, "method-not-allowed", "PATCH does not apply here.", "Use a method named in Allow."],
  },
  {
    what: "an unknown parameter",
    request: ["GET", "/v1/executions?state=RUNNING"],
    said: [
      400,
      "request-invalid",
      'The query is not valid. /state: There is no such field; did you mean "status"?',
      correct,
    ],
  },
];

it.each(requests)("a request with $what is refused", async ({ request, said }) => {
  const [status, code, detail, action] = said;
  const answer = await problemOf(await send(...request));
  expect(answer.said).toEqual({ status, code, detail, action });
  await nothingCameOfIt();
});

it.each([
  ["no access token", "", "The request has no access token."],
  ["a wrong access token", "Bearer wrong", "The token is not valid."],
  ["a token of another scheme", "Basic d3Jvbmc=", "The token is not valid."],
])("a request with %s is refused, whatever it asks for", async (_, authorization, detail) => {
  for (const [method, path, body] of [
    ["GET", "/v1/processes", undefined],
    ["POST", "/v1/processes", { document: fitting.replace("fitting", "other") }],
    ["POST", "/v1/executions", "not even JSON"],
  ] as const) {
    const { said } = await problemOf(await send(method, path, { body, authorization }));
    expect(said).toEqual({
      status: 401,
      code: "unauthorized",
      detail,
      action: `Send the header Authorization: Bearer <token>. The access token lies in ${join(dataDirectory, "admin.token")}.`,
    });
  }
  await nothingCameOfIt();
});

it.each(badDocuments)("a document with $what is a problem with its places", async (document) => {
  const { name: fileName, text, findings } = document;
  const response = await send("POST", "/v1/processes", { body: { document: text, fileName } });
  const { problem, said } = await problemOf(response);
  expect(said).toEqual({
    status: 422,
    code: "process-invalid",
    detail: `${fileName} has ${findings.length} error(s).`,
    action: "Correct the places of the document that diagnostics names, and deploy it again.",
  });
  const places = problem.diagnostics.map(
    ({ line, column, message }: { line?: number; column?: number; message: string }) =>
      `${line === undefined ? "" : `:${line}:${column}`}  ${message}`,
  );
  expect(places).toEqual(findings);
  await nothingCameOfIt();
});
