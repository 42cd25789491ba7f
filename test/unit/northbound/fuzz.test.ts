import { expect, test } from "vitest";
import { fc } from "../../fast-check.ts";
import { documented } from "./documented.ts";
import { environment, token } from "./stand-in.ts";

const text = fc.string({ unit: "binary", maxLength: 40 });
const segment = fc.oneof(
  text.map((value) => encodeURIComponent(value.toWellFormed())),
  fc.constantFrom("hello:a", "hello%3Aa", "hello", "v1", "executions", "%zz", "..", "%00", "a%2Fb"),
);
const written = fc.oneof(
  fc.constantFrom(
    "/v1/executions",
    "/v1/processes",
    "/v1/processes/validate",
    "/v1/alerts",
    "/v1/health",
    "/v1/test-state",
  ),
  segment.map((id) => `/v1/executions/${id}`),
  segment.map((id) => `/v1/executions/${id}/history`),
  segment.map((id) => `/v1/executions/${id}/stop`),
  segment.map((id) => `/v1/processes/${id}`),
  segment.map((id) => `/v1/alerts/${id}`),
  segment.map((id) => `/v1/alerts/${id}/close`),
  fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join("/")}`),
);
/** As it is sent: whoever sends it takes dots out. */
const path = written.map((given) => new URL(`http://host${given}`).pathname);
const field = fc.oneof(
  fc.constantFrom("limit", "after", "status", "process", "version", "__proto__", "constructor"),
  text,
);
const query = fc
  .array(fc.tuple(field, fc.oneof(text, fc.integer().map(String))), { maxLength: 3 })
  .map((fields) => new URLSearchParams(fields).toString());
const deep = fc
  .tuple(fc.nat(100_000), fc.constantFrom("[", '{"a":', '{"process":"hello","input":['))
  .map(([depth, opening]) => opening.repeat(depth));
const fields = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      "process",
      "version",
      "name",
      "input",
      "waitSeconds",
      "document",
      "fileName",
      "error",
      "cause",
      "reason",
      "__proto__",
      "toString",
    ),
    text,
  ),
  fc.oneof(fc.jsonValue(), fc.constantFrom("hello", "a", 1, 0.01)),
);
const start = fc.json().map((input) => `{"process":"hello","input":${input}}`);
const body = fc.oneof(
  start,
  text.map((value) => JSON.stringify({ document: `name: fuzz${value}` })),
  fc
    .record(
      {
        definition: fc.oneof(fc.jsonValue(), fc.constant({ Type: "Pass", End: true })),
        stateName: fc.jsonValue(),
        input: fc.jsonValue(),
        mock: fc.jsonValue(),
        variables: fc.jsonValue(),
      },
      { requiredKeys: ["definition"] },
    )
    .map((value) => JSON.stringify(value)),
  fields.map((value) => {
    // Waiting is tried elsewhere; here it would only take its time.
    const { waitSeconds, ...rest } = value;
    return JSON.stringify(typeof waitSeconds === "number" ? rest : value);
  }),
  fc.json(),
  text,
  deep,
  fc.uint8Array({ maxLength: 100 }),
);
const headerValue = fc
  .string({ unit: fc.constantFrom(..."abz019 ;=,/.*\"'<>{}[]%ÿ") })
  .map((value) => value.trim());
const headers = fc.dictionary(
  fc.constantFrom(
    "content-type",
    "content-length",
    "content-encoding",
    "x-request-id",
    "last-event-id",
    "accept",
    "transfer-encoding",
  ),
  fc.oneof(headerValue, fc.constantFrom("application/json", "text/plain", "-1", "1e9")),
);
const method = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY");

const authorized = `Bearer ${token}`;
const any = fc.record({
  path,
  query: fc.oneof(fc.constant(""), query),
  body,
  headers: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, headers),
  method: fc.oneof({ weight: 2, arbitrary: fc.constant("POST") }, method),
  authorization: fc.oneof(
    { weight: 5, arbitrary: fc.constant(authorized) },
    headerValue.map((value) => `Bearer ${value}`),
    headerValue,
  ),
});
/** Chance alone makes hardly one that is sound in every part. */
const sound = start.map((body) => ({
  ...{ path: "/v1/executions", query: "", headers: {}, method: "POST" },
  ...{ body, authorization: authorized },
}));
const request = fc.oneof({ weight: 99, arbitrary: any }, { weight: 1, arbitrary: sound });

interface Made extends Omit<typeof any extends fc.Arbitrary<infer T> ? T : never, "method"> {
  readonly method: string;
}

const sentBy = ({ method, body, headers, authorization }: Made): RequestInit => ({
  method,
  headers: { "content-type": "application/json", ...headers, authorization },
  ...(method === "GET" || method === "HEAD" ? {} : { body }),
});

/** Fails where an answer looks like the inside of the server, or is an error but no problem document. */
const expectDecent = async (response: Response, method: string): Promise<void> => {
  expect(response.status).toBeLessThan(500);
  const answered = await response.clone().text();
  expect(answered).not.toMatch(/\n {4}at |node_modules|\.ts:\d/);
  if (response.status < 400 || method === "HEAD") return;
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(JSON.parse(answered)).toMatchObject({ status: response.status });
};

test("whatever is asked, the answer is one that is documented, and never an error of the server", async () => {
  const { app, post, logged } = environment();
  await post("/v1/executions", { process: "hello", name: "a" });
  const { conforms } = await documented(app);
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(request, async (made) => {
      const url = made.query === "" ? made.path : `${made.path}?${made.query}`;
      const response = await app.request(url, sentBy(made));
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      await expectDecent(response, made.method);
      const isRouted = response.status !== 404 && response.status !== 405;
      if (isRouted && made.method === "POST") await conforms(response, "POST", url);
    }),
    { numRuns: 3000 },
  );
  expect(logged).toEqual([]);
  // Otherwise the requests have missed what they were to try.
  for (const status of [200, 201, 400, 401, 404, 405, 415]) {
    expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(0);
  }
});
