/** Requests that are nearly right, from the OpenAPI document. */
import type { Random } from "../sim/random.ts";
import { badServiceCall } from "./bad-service-calls.ts";
import { jsonFor, mutated } from "./bad-values.ts";
import { nearlyRightBody, nearlyRightServiceCall } from "./nearly-right.ts";
import type { DocumentedOperation, ServedDocument } from "./served-document.ts";

export interface MadeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY"];

/** What there is, by the name of the parameter. */
const segments: Readonly<Record<string, readonly string[]>> = {
  executionId: ["hello:a", "rest:a", "rest:b", "quick:a"],
  name: ["hello", "rest", "quick", "corp"],
  activity: ["0.1", "print"],
  from: ["1"],
  to: ["1", "2"],
  alias: ["live", "n1"],
  drainId: ["target:orders.example.net", "process:hello", "environment"],
};
const anySegment = ["hello", "a", "1", "hello:a"];
const hostileSegments = [
  "%00",
  "%2F",
  "%2e%2e",
  "..",
  "%zz",
  "%",
  "%ed%a0%80",
  "%f0%9f%92%a9",
  "hello%3Aa",
  "__proto__",
  "constructor",
  "-1",
  "1e9",
  "x".repeat(3_000),
  "%20",
  "'",
  "*",
  "hello%23a",
];
const mediaTypes = [
  "application/json; charset=utf-16",
  "text/plain",
  "application/x-amz-json-1.0",
  "multipart/form-data; boundary=x",
  "application/yaml",
  "/",
  "",
];
const signature =
  "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/us-east-1/states/aws4_request, SignedHeaders=host;x-amz-date, Signature=";

const authorizations: readonly ((random: Random) => string)[] = [
  () => "Bearer",
  () => "Bearer ",
  () => "Basic YWRtaW46YWRtaW4=",
  () => "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
  () => "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
  (random) => `Bearer ${"x".repeat(random.int(1, 6_000))}`,
  (random) => `Bearer hk_${random.int(0, 2 ** 31)}.${random.int(0, 2 ** 31)}`,
  (random) => `${signature}${"0".repeat(random.int(0, 70))}`,
  () => "AWS4-HMAC-SHA256 Credential=/////, SignedHeaders=;;;, Signature=zz",
  () => "AWS4-HMAC-SHA256",
  () => ",,,=\u00ff",
];

const otherHeaders: readonly (readonly [string, readonly string[]])[] = [
  ["x-request-id", ["x".repeat(200), "\u00e9", "a b", "ok"]],
  ["last-event-id", ["-1", "1e99", "x", "0"]],
  ["holdfast-reason", ["%zz", "x".repeat(600), "%E2%80%AE", "because"]],
  ["idempotency-key", ["", "x".repeat(300), "\u00ff", "once"]],
  ["if-match", ['"1"', "*", 'W/"1"', '"', "1,2"]],
  ["if-none-match", ["*", '"1"']],
  ["content-encoding", ["gzip", "identity", "br"]],
  ["x-amz-date", ["20261123T080000Z", "yesterday", ""]],
  ["x-amz-target", ["AWSStepFunctions.StartExecution", "AWSStepFunctions.", "x"]],
  ["x-amz-content-sha256", ["UNSIGNED-PAYLOAD", "zz"]],
  ["accept", ["text/event-stream", "*/*;q=x"]],
  ["origin", ["null", "https://evil.example"]],
  ["range", ["bytes=0-1"]],
  ["host", ["999.999.999.999", "sync-127.0.0.1:1", "sync-[::1]:80", "[", "a b", "a@b", "%"]],
];

/** Calls of the AWS Step Functions protocol among all. */
const serviceShare = 0.15;

/** Calls that are right, or wrong in one place, among those of a protocol. */
const nearlyRightShare = 0.3;

/** Makes requests, one after the other, from draws. */
export const badRequests = (document: ServedDocument, token: string, random: Random) => {
  const textOf = (json: string): string => {
    try {
      const value: unknown = JSON.parse(json);
      return typeof value === "string" ? value : json;
    } catch {
      return json;
    }
  };
  /** As it may stand in a request line. */
  const encoded = (text: string) => encodeURIComponent(text.slice(0, 4_000).toWellFormed());

  const pathOf = ({ path }: DocumentedOperation): string => {
    const filled = path.replaceAll(/{([^}]+)}/g, (_, name: string) =>
      random.chance(0.8) ? random.pick(segments[name] ?? anySegment) : random.pick(hostileSegments),
    );
    if (random.chance(0.03)) return `${filled}/`;
    return random.chance(0.03) ? filled.toUpperCase() : filled;
  };

  const queryOf = (operation: DocumentedOperation): string => {
    const value = jsonFor(document, random, { badness: 0.4 });
    const fields = operation.parameters
      .filter((parameter) => parameter.in === "query" && random.chance(0.3))
      .map(({ name, schema }) => `${name}=${encoded(textOf(value(schema)))}`);
    if (random.chance(0.05)) fields.push(random.pick(["__proto__=1", "x", "=", "%=%", "limit=1"]));
    return fields.length === 0 ? "" : `?${fields.join("&")}`;
  };

  const headersOf = (): Record<string, string> => {
    const headers: Record<string, string> = {
      authorization: random.chance(0.93) ? `Bearer ${token}` : random.pick(authorizations)(random),
      "content-type": random.chance(0.95) ? "application/json" : random.pick(mediaTypes),
    };
    if (random.chance(0.02)) delete headers["authorization"];
    while (random.chance(0.15)) {
      const [name, values] = random.pick(otherHeaders);
      headers[name] = random.pick(values);
    }
    return headers;
  };

  const bodyOf = ({ body, bodyExample }: DocumentedOperation): Buffer | undefined => {
    if (body === undefined) return random.chance(0.05) ? Buffer.from("{}") : undefined;
    const value = jsonFor(document, random, { badness: random.pick([0, 0.05, 0.2, 0.5]) });
    const text = random.chance(0.15) ? JSON.stringify(bodyExample) : value(body);
    const bytes = Buffer.from(text);
    if (random.chance(0.002)) return Buffer.concat([bytes, Buffer.alloc(1_200_000, 0x20)]);
    return random.chance(0.15) ? mutated(bytes, random) : bytes;
  };

  let made = 0;
  const fresh = (): string => {
    made += 1;
    return `n${made}`;
  };

  const serviceCall = (): MadeRequest => {
    const { target, body } = random.chance(nearlyRightShare)
      ? nearlyRightServiceCall(random, fresh)
      : badServiceCall(document, random);
    const headers = { ...headersOf(), "x-amz-target": target };
    return { method: "POST", path: "/", headers, body };
  };

  const withBody = document.operations.filter(({ body }) => body !== undefined);

  /** Only its body may be wrong, or what it is about not be there. */
  const nearlyRight = (operation: DocumentedOperation): MadeRequest => ({
    method: operation.method,
    path: operation.path.replaceAll(/{([^}]+)}/g, (_, name: string) =>
      random.pick(segments[name] ?? anySegment),
    ),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: nearlyRightBody(operation, random, fresh),
  });

  return (): MadeRequest => {
    if (random.chance(serviceShare)) return serviceCall();
    if (random.chance(nearlyRightShare))
      return nearlyRight(random.pick(random.chance(0.7) ? withBody : document.operations));
    const operation = random.pick(document.operations);
    const method = random.chance(0.93) ? operation.method : random.pick(methods);
    return {
      method,
      path: pathOf(operation) + queryOf(operation),
      headers: headersOf(),
      body: method === "GET" || method === "HEAD" ? undefined : bodyOf(operation),
    };
  };
};

const lines: readonly string[] = [
  "GET /v1/health HTTP/9.9",
  "GET  HTTP/1.1",
  "\u0000\u0001\u0002",
  "GET /v1/health HTTP/1.1\r\nhost: a\r\ncontent-length: -1",
  "POST /v1/executions HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nzz",
  "POST /v1/executions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
  "GET /v1/health HTTP/1.1\r\nbad header: \u0007",
  "GET http://other.example/v1/health HTTP/1.1\r\nhost: \u00ff",
  "GET //v1//health HTTP/1.1\r\nhost: [",
  "OPTIONS * HTTP/1.1\r\nhost: a",
  `GET /${"a".repeat(20_000)} HTTP/1.1\r\nhost: a`,
  `GET / HTTP/1.1\r\nhost: a\r\nx: ${"b".repeat(70_000)}`,
  "CONNECT a:1 HTTP/1.1\r\nhost: a",
  "GET /v1/health HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\nhost: a",
];

/** What is no HTTP, or hardly. */
export const badBytes = (random: Random): Buffer => {
  const bytes = Buffer.from(`${random.pick(lines)}\r\n\r\n`, "latin1");
  return random.chance(0.5) ? mutated(bytes, random) : bytes;
};
