/** Parameters as requests and responses as results, by the schemas of installed clients. */
import { describe, expect, test } from "vitest";
import { awsServices } from "#adapters/aws/aws-service.ts";
import { requestInput } from "#adapters/aws/request-input.ts";
import { outputOf } from "#adapters/aws/response-output.ts";
import { sdkPackages } from "#adapters/aws/sdk-packages.ts";
import type { Json } from "#core/json.ts";

const services = awsServices(sdkPackages([import.meta.filename]));
const java = { isJava: true, isBase64: false, idempotencyKey: "p:1/0.1" };
/** `service:action`. */
const operation = (call: string) => {
  const [service = "", action = ""] = call.split(":");
  return services(service).operation(action);
};
const inputOf = (call: string, parameters: Json) =>
  requestInput(operation(call).input, parameters, java);

describe("a request", () => {
  test.each<[string, Json, object]>([
    [
      "lambda:createFunction",
      { MemorySize: "128", Publish: "true" },
      { MemorySize: 128, Publish: true },
    ],
    [
      "lambda:createFunction",
      { Environment: { Variables: { a: "1", B: null } } },
      { Environment: { Variables: { a: "1" } } },
    ],
    [
      "lambda:createFunction",
      { Layers: ["x", 1], Code: { ZipFile: "zip" } },
      { Layers: ["x", "1"], Code: { ZipFile: Buffer.from("zip") } },
    ],
    [
      "sqs:sendMessageBatch",
      { Entries: [{ Id: 1, MessageBody: [1] }] },
      { Entries: [{ Id: "1", MessageBody: "[1]" }] },
    ],
    [
      "s3:putObject",
      { Expires: "2027-01-02T03:04:05Z" },
      { Expires: new Date(Date.UTC(2027, 0, 2, 3, 4, 5)) },
    ],
    [
      "s3:putObject",
      { SsekmsKeyId: "k", Metadata: { Own: "kept" } },
      { SSEKMSKeyId: "k", Metadata: { Own: "kept" } },
    ],
    [
      "eventbridge:putEvents",
      { Entries: [{ Time: 1_700_000_000 }] },
      { Entries: [{ Time: new Date(1_700_000_000_000) }] },
    ],
  ])("of %s for %j", (call, parameters, expected) => {
    expect(inputOf(call, parameters)).toEqual(expected);
  });

  test.each<[string, Json, string]>([
    ["lambda:createFunction", { MemorySize: "much" }, "$.MemorySize is no number"],
    ["lambda:createFunction", { Publish: 1 }, "$.Publish must be true or false"],
    ["lambda:createFunction", { Layers: "x" }, "$.Layers must be an array"],
    ["lambda:createFunction", { Code: "x" }, "$.Code must be an object"],
    ["s3:putObject", { Expires: "soon" }, "$.Expires is no instant"],
    ["sqs:sendMessageBatch", { Entries: [{ Idd: "1" }] }, '$.Entries[0] has the field "Idd"'],
  ])("of %s is refused for %j", (call, parameters, words) => {
    expect(() => inputOf(call, parameters)).toThrow(words);
  });
});

describe("a result", () => {
  const shown = (call: string, response: object, isBase64 = false) =>
    outputOf(operation(call).output, response, { isJava: true, isBase64 });

  test("has Java's names and no metadata of the SDK, in the order of the alphabet", () => {
    const response = { Size: 1, ETag: "e", SSEKMSKeyId: "k", $metadata: { attempts: 1 } };
    expect(JSON.stringify(shown("s3:putObject", response))).toBe(
      '{"ETag":"e","Size":1,"SsekmsKeyId":"k"}',
    );
  });

  test("has instants as Java prints them", () => {
    const at = (ms: number) => shown("s3:headObject", { LastModified: new Date(ms) });
    expect(at(1_700_000_000_000)).toEqual({ LastModified: "2023-11-14T22:13:20Z" });
    expect(at(1_700_000_000_120)).toEqual({ LastModified: "2023-11-14T22:13:20.120Z" });
  });

  test("has bytes as text where they are text, else as base64", () => {
    const payload = (bytes: Uint8Array, isBase64 = false) =>
      shown("lambda:invoke", { Payload: bytes }, isBase64);
    expect(payload(Buffer.from("ü"))).toEqual({ Payload: "ü" });
    expect(payload(new Uint8Array([255, 0]))).toEqual({ Payload: "/wA=" });
    expect(payload(Buffer.from("ü"), true)).toEqual({ Payload: "w7w=" });
  });

  test("keeps the keys of maps", () => {
    const Attributes = { QueueArn: "a", fifo: "b" };
    expect(shown("sqs:getQueueAttributes", { Attributes })).toEqual({ Attributes });
  });
});
