/** Some thousand malformed requests; `npm run fuzz` sends a hundred thousand, and holds the heap against itself. */
import { expect, it } from "vitest";
import { faultOf, fuzz } from "../fuzz/fuzz.ts";
import { servedDocument } from "../fuzz/served-document.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_123);

it(`nothing that is malformed is answered with an error of the server, or with what is not documented (FUZZ_SEED=${seed})`, async () => {
  const report = await fuzz({ seed, requestCount: 6_000, say: () => undefined });
  console.log(JSON.stringify(report));
  expect(report.violations).toEqual([]);
  // Else the requests have missed what they were to try.
  for (const status of [200, 201, 400, 401, 404, 405, 409, 415, 422])
    expect(report.statuses[status] ?? 0, String(status)).toBeGreaterThan(0);
});

const document = servedDocument(
  JSON.stringify({
    paths: { "/v1/a/{id}": { get: { operationId: "a", responses: { 200: {}, 400: {} } } } },
    components: { schemas: {} },
  }),
);
const problem = "application/problem+json";

const cases: readonly (readonly [number, string, string, string | undefined])[] = [
  [200, "application/json", "{}", undefined],
  [400, problem, "{}", undefined],
  [400, "text/html", "<p>", "no problem document"],
  [409, problem, "{}", "not documented"],
  [500, problem, "{}", "status 500"],
  [503, problem, "{}", "status 503"],
  [400, problem, '{"detail":"Error\\n    at f (/srv/app.ts:1:2)"}', "the inside"],
  [404, problem, "{}", undefined],
];

it.each(cases)("an answer %d of type %s with %s is found %s", (...given) => {
  const [status, type, text, fault] = given;
  const made = { method: "GET", path: "/v1/a/1?x", headers: {}, body: undefined };
  const found = faultOf(document, made, { status, type, text });
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(fault);
});
