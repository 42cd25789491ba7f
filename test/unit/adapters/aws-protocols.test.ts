/** Lambda, EventBridge and STS, whose protocols are answered here: no emulator of them runs in Node.js. */
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseJson, printJson } from "#core/json.ts";
import { requestOf } from "./activity-requests.ts";
import { type Asked, awsRunner, outputOf, protocolServer } from "./aws-servers.ts";

const requestId = { "x-amzn-requestid": "r-1" };

/** What Lambda says of a function, by its name. */
const functions: Readonly<Record<string, (asked: Asked, response: ServerResponse) => void>> = {
  echo: ({ body }, response) => {
    response.writeHead(200, { ...requestId, "x-amz-executed-version": "$LATEST" }).end(body);
  },
  fails: (_, response) => {
    const thrown = '{"errorMessage": "no", "errorType": "OrderRefused", "trace": []}';
    response.writeHead(200, { ...requestId, "x-amz-function-error": "Unhandled" }).end(thrown);
  },
  dies: (_, response) => {
    const thrown = '{"errorMessage":"RequestId: 1 Process exited before completing request"}';
    response.writeHead(200, { ...requestId, "x-amz-function-error": "Unhandled" }).end(thrown);
  },
  silent: () => undefined,
  missing: (_, response) => {
    response
      .writeHead(404, { ...requestId, "x-amzn-errortype": "ResourceNotFoundException:http://x/" })
      .end('{"Type":"User","Message":"Function not found: missing"}');
  },
  throttled: (_, response) => {
    response
      .writeHead(429, { ...requestId, "x-amzn-errortype": "TooManyRequestsException" })
      .end('{"Reason":"ConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}');
  },
  denied: (_, response) => {
    response
      .writeHead(403, { ...requestId, "x-amzn-errortype": "AccessDeniedException" })
      .end('{"Message":"not authorized to perform: lambda:InvokeFunction"}');
  },
};

const credentialsOf = (role: string, expiresInMs: number) =>
  `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIA${role}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>of-${role}</SessionToken>
    <Expiration>${new Date(Date.now() + expiresInMs).toISOString()}</Expiration>
  </Credentials></AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>`;

const denied =
  "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error><RequestId>1</RequestId></ErrorResponse>";

const sts = (asked: Asked, response: ServerResponse) => {
  const role = new URLSearchParams(asked.body).get("RoleArn")?.split("/").at(-1) ?? "";
  if (role === "foreign") response.writeHead(403).end(denied);
  else response.end(credentialsOf(role, role === "brief" ? 60_000 : 3_600_000));
};

const eventBridge = ({ body }: Asked, response: ServerResponse) => {
  const { Entries } = JSON.parse(body) as { Entries: { Source?: string }[] };
  const entries = Entries.map(({ Source }) =>
    Source === undefined ? { ErrorCode: "InvalidArgument" } : { EventId: "e-1" },
  );
  const FailedEntryCount = entries.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
  response
    .writeHead(200, { "content-type": "application/x-amz-json-1.1", ...requestId })
    .end(JSON.stringify({ Entries: entries, FailedEntryCount }));
};

/** An object without end. */
let isCutOff = false;
const largeObject = (_: Asked, response: ServerResponse) => {
  response.writeHead(200, { "content-type": "text/plain", etag: '"e"' });
  response.on("close", () => {
    isCutOff = true;
  });
  const chunk = Buffer.alloc(1_048_576, "x");
  const more = (): void => {
    while (!response.destroyed) if (!response.write(chunk)) return;
  };
  response.on("drain", more);
  more();
};

let server: Awaited<ReturnType<typeof protocolServer>>;
const { run, registry, close } = awsRunner();

beforeAll(async () => {
  server = await protocolServer((asked, response) => {
    const name = /functions\/([^/?]+)\/invocations/.exec(asked.path)?.[1];
    if (name !== undefined)
      functions[decodeURIComponent(name).split(":").at(-1) ?? ""]?.(asked, response);
    else if (asked.path.startsWith("/files/")) largeObject(asked, response);
    else if (asked.headers["x-amz-target"] === "AWSEvents.PutEvents") eventBridge(asked, response);
    else sts(asked, response);
  });
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "AKIDOWN",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_ENDPOINT_URL: server.url,
  });
});
afterAll(async () => {
  close();
  await server.close();
});

const invoke = (FunctionName: string, Payload?: Parameters<typeof run>[1]) =>
  run("lambda:invoke", { FunctionName, ...(Payload !== undefined && { Payload }) });

const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const invokeArn = async (name: string, parameters: Parameters<typeof run>[1]) =>
  registry.run(requestOf(arn(name), parameters));

describe("lambda:invoke", () => {
  test("gives the payload as JSON, with the service's metadata", async () => {
    expect(outputOf(await invoke("echo", { a: [1, null] }))).toEqual({
      ExecutedVersion: "$LATEST",
      Payload: { a: [1, null] },
      SdkHttpMetadata: expect.objectContaining({ HttpStatusCode: 200 }),
      SdkResponseMetadata: { RequestId: "r-1" },
      StatusCode: 200,
    });
  });

  test.each([
    ["JSON text as it is", "0", 0],
    ["JSON text of an object", '{"a":1}', { a: 1 }],
    ["other text as a string", "hello", "hello"],
    ["JSON text of a string", '"hello"', "hello"],
    ["nothing as an empty object", undefined, {}],
  ])("sends %s", async (_, payload, given) => {
    expect(outputOf(await invoke("echo", payload))["Payload"]).toEqual(given);
  });

  test("keeps numbers as they are written", async () => {
    const exact = parseJson('{"id":12345678901234567890,"price":1.10}');
    expect(printJson(outputOf(await invoke("echo", exact))["Payload"] ?? null)).toBe(
      '{"id":12345678901234567890,"price":1.10}',
    );
  });

  test("fails with the name that the function gives its error", async () => {
    expect(await invoke("fails", {})).toEqual({
      kind: "failed",
      error: "OrderRefused",
      cause: '{"errorMessage":"no","errorType":"OrderRefused","trace":[]}',
    });
    expect(await invoke("dies", {})).toMatchObject({ error: "Lambda.Unknown" });
  });

  test.each([
    ["missing", "Lambda.ResourceNotFoundException", "Function not found: missing"],
    ["throttled", "Lambda.TooManyRequestsException", "Rate Exceeded."],
    ["denied", "Lambda.AWSLambdaException", "Error Code: AccessDeniedException"],
  ])("fails as Step Functions does where the function is %s", async (name, error, words) => {
    const before = server.asked.length;
    expect(await invoke(name, {})).toMatchObject({ error, cause: expect.stringContaining(words) });
    // Trying again is the Retry of the state.
    expect(server.asked.length).toBe(before + 1);
  });

  test("ends when nobody waits for it any more", async () => {
    const controller = new AbortController();
    const waiting = run("lambda:invoke", { FunctionName: "silent" }, { signal: controller.signal });
    controller.abort();
    expect(await waiting).toMatchObject({ kind: "failed" });
  });
});

describe("a function's own ARN", () => {
  test("takes the parameters as its payload and gives its payload as the result", async () => {
    expect(await invokeArn("echo", "text")).toEqual({ kind: "succeeded", output: "text" });
    expect(await invokeArn("echo", { Payload: null })).toMatchObject({ output: { Payload: null } });
  });

  test("fails with the function's error as it was written", async () => {
    expect(await invokeArn("fails", {})).toMatchObject({
      error: "OrderRefused",
      cause: '{"errorMessage": "no", "errorType": "OrderRefused", "trace": []}',
    });
  });
});

test("the payload of aws-sdk:lambda:invoke is text, and so is its result", async () => {
  const result = await run("aws-sdk:lambda:invoke", { FunctionName: "echo", Payload: { a: 1 } });
  expect(outputOf(result)).toMatchObject({ Payload: '{"a":1}', StatusCode: 200 });
  expect(await run("aws-sdk:lambda:invoke", { FunctionName: "denied" })).toMatchObject({
    error: "Lambda.LambdaException",
    cause:
      "not authorized to perform: lambda:InvokeFunction (Service: Lambda, Status Code: 403, Request ID: r-1) (SDK Attempt Count: 1)",
  });
});

test("an object larger than a result may be is not read to the end", async () => {
  const read = { Bucket: "files", Key: "large" };
  expect(await run("aws-sdk:s3:getObject", read)).toMatchObject({
    error: "States.DataLimitExceeded",
    cause: expect.stringContaining("The state/task 's3' returned a result with a size exceeding"),
  });
  await expect.poll(() => isCutOff).toBe(true);
});

describe("events:putEvents", () => {
  const event = { Source: "shop", DetailType: "Ordered", Detail: { id: 1 } };

  test("sends details as JSON text", async () => {
    expect(outputOf(await run("events:putEvents", { Entries: [event] }))).toMatchObject({
      Entries: [{ EventId: "e-1" }],
      FailedEntryCount: 0,
    });
    const sent = JSON.parse(server.asked.at(-1)?.body ?? "") as { Entries: unknown[] };
    expect(sent.Entries).toEqual([{ ...event, Detail: '{"id":1}' }]);
  });

  test("fails where one of the events is refused", async () => {
    const { Source: _, ...without } = event;
    expect(await run("events:putEvents", { Entries: [event, without] })).toEqual({
      kind: "failed",
      error: "EventBridge.FailedEntry",
      cause: '{"Entries":[{"EventId":"e-1"},{"ErrorCode":"InvalidArgument"}],"FailedEntryCount":1}',
    });
  });
});

describe("the role of a state's Credentials", () => {
  const as = (role: string, executionId = "health:1") =>
    run(
      "lambda:invoke",
      { FunctionName: "echo" },
      {
        executionId,
        credentials: { RoleArn: `arn:aws:iam::123456789012:role/path/${role}` },
      },
    );
  const assumed = () =>
    server.asked.flatMap(({ body }) => new URLSearchParams(body).get("RoleSessionName") ?? []);

  test("is assumed once for an execution, whose name the session has", async () => {
    await Promise.all([as("worker"), as("worker")]);
    outputOf(await as("worker"));
    expect(assumed()).toEqual(["health-1"]);
    expect(server.asked.at(-1)?.headers["x-amz-security-token"]).toBe("of-worker");
    outputOf(await as("worker", `long:${"x".repeat(80)}`));
    expect(assumed().at(-1)).toHaveLength(64);
  });

  test("is assumed anew before its credentials expire", async () => {
    const before = assumed().length;
    await as("brief");
    await as("brief");
    expect(assumed().length).toBe(before + 2);
  });

  test("that may not be assumed is a lack of permission, and asked for again next time", async () => {
    const before = server.asked.length;
    for (const _ of [1, 2])
      expect(await as("foreign")).toMatchObject({
        error: "States.Permissions",
        cause: expect.stringContaining("role/path/foreign can not be assumed: not authorized"),
      });
    expect(server.asked.length).toBe(before + 2);
  });

  test("must be the ARN of a role", async () => {
    const credentials = { RoleArn: "worker" };
    expect(await run("lambda:invoke", { FunctionName: "echo" }, { credentials })).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("RoleArn"),
    });
  });

  test("leaves calls without it to the credentials of the server", async () => {
    outputOf(await invoke("echo"));
    expect(server.asked.at(-1)?.headers["x-amz-security-token"]).toBeUndefined();
    expect(server.asked.at(-1)?.headers.authorization).toContain("AKIDOWN");
  });
});
