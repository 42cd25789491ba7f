/** Test files: what beside a process says how it is to behave. `docs/testing.md` describes the format. */
import { z } from "zod";
import { type DocumentSource, readSource } from "#catalog/document-source.ts";
import type { DocumentDiagnostic } from "#catalog/processes.ts";
import { suggestion } from "#core/asl/suggest.ts";
import { ExactNumber } from "#core/exact-json/exact-number.ts";
import type { Json } from "#core/json.ts";

/** Any JSON value; the source has been read as JSON already. */
const json = z.custom<Json>((value) => value !== undefined);

/** A number, however it is written. */
const number = (schema: z.ZodNumber) =>
  z.preprocess((value) => (isExact(value) ? Number(value) : value), schema);

const isExact = (value: unknown): boolean => value instanceof ExactNumber;

const answerFields = {
  result: json.optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  never: z.literal(true).optional(),
  /** From the start of the attempt on, or from when a worker has taken it. */
  afterSeconds: number(z.number().min(0)).optional(),
  heartbeatEverySeconds: number(z.number().positive()).optional(),
  /** Activities of workers only. */
  claimedAfterSeconds: number(z.number().min(0)).optional(),
};

type AnswerFields = z.infer<z.ZodObject<typeof answerFields>>;

const saysOneThing = (answer: AnswerFields): boolean =>
  [answer.result, answer.error, answer.never].filter((part) => part !== undefined).length === 1;

const answer = z
  .strictObject(answerFields)
  .refine(saysOneThing, "an answer is one of result, error and never");

const mockFields = {
  state: z.string().optional(),
  resource: z.string().optional(),
  where: json.optional(),
  attempts: z.array(answer).min(1).optional(),
  calls: z.array(answer).min(1).optional(),
};

const mock = z
  .strictObject({ ...mockFields, ...answerFields })
  .refine(
    (given) =>
      Number(saysOneThing(given)) +
        Number(given.attempts !== undefined) +
        Number(given.calls !== undefined) ===
      1,
    "a mock has one answer (result, error or never), or a list of them under attempts or calls",
  );

const expectation = z.strictObject({
  status: z.enum(["SUCCEEDED", "FAILED", "TIMED_OUT", "RUNNING", "REFUSED"]).default("SUCCEEDED"),
  output: json.optional(),
  outputContains: json.optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  outcome: z.enum(["failed (completed)"]).optional(),
  path: z.array(z.string()).optional(),
  reaches: z.array(z.string()).optional(),
  calls: z
    .array(
      z.strictObject({
        state: z.string().optional(),
        resource: z.string().optional(),
        parameters: json.optional(),
      }),
    )
    .optional(),
  seconds: number(z.number().min(0)).optional(),
});

const fromOutside = {
  now: z.iso.datetime({ offset: true }).optional(),
  seed: number(z.int().min(0)).optional(),
  recorded: z.string().optional(),
  mocks: z.array(mock).default([]),
};

const testCase = z.strictObject({
  name: z.string().min(1),
  input: json.optional(),
  ...fromOutside,
  expect: expectation.prefault({}),
});

const testFile = z.strictObject({
  process: z.string().optional(),
  ...fromOutside,
  tests: z.array(testCase).min(1),
});

/** What an activity is answered. */
export type MockAnswer = z.infer<typeof answer>;

/** Answers for the calls of a state or a resource. */
export type Mock = z.infer<typeof mock>;

export type Expectation = z.infer<typeof expectation>;

export type TestCase = z.infer<typeof testCase>;

export type TestFile = z.infer<typeof testFile>;

export type TestFileReading =
  | { readonly kind: "read"; readonly file: TestFile; readonly placeOf: DocumentSource["placeOf"] }
  | { readonly kind: "unreadable"; readonly diagnostics: readonly DocumentDiagnostic[] };

/** The fields of all that a test file holds, for whoever has misspelt one. */
const fieldNames: readonly string[] = [
  ...new Set(
    [testFile, testCase, expectation, z.strictObject({ ...mockFields, ...answerFields })].flatMap(
      ({ shape }) => Object.keys(shape),
    ),
  ),
];

type Step = DocumentDiagnostic["path"][number];

/** `tests[1].mocks[0]`. */
const pathText = (path: readonly Step[]): string =>
  path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : `${index > 0 ? "." : ""}${step}`,
    )
    .join("");

const messageOf = (issue: z.core.$ZodIssue, path: readonly Step[]): string => {
  const place = path.length === 0 ? "" : `${pathText(path)}: `;
  if (issue.code === "unrecognized_keys")
    return `${place}there is no field ${issue.keys
      .map((key) => `"${key}"${suggestion(key, fieldNames)}`)
      .join(", ")}`;
  const isMissing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return `${place}${isMissing ? "is missing" : issue.message}`;
};

/** Reads a test file; what is wrong with it names its place. */
export const readTestFile = (text: string, fileName: string): TestFileReading => {
  const reading = readSource(text, fileName);
  if (reading.kind === "unreadable") return reading;
  const { value, placeOf } = reading.source;
  const parsed = testFile.safeParse(value);
  if (parsed.success) return { kind: "read", file: parsed.data, placeOf };
  const diagnostics = parsed.error.issues.map((issue): DocumentDiagnostic => {
    const path = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
    const message = messageOf(issue, path);
    // A misspelt field stands where it is written.
    const at = issue.code === "unrecognized_keys" ? [...path, ...issue.keys.slice(0, 1)] : path;
    return { severity: "ERROR", code: "TEST_INVALID", message, path, ...placeOf(at) };
  });
  return { kind: "unreadable", diagnostics };
};
