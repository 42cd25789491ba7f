import { suggestion } from "#core/asl/suggest.ts";
import { HttpProblem } from "./problem.ts";
import type { z } from "./z.ts";

/** One thing that is wrong with a request; `path` is a JSON pointer into that part of it. */
export interface RequestProblem {
  readonly in: "path" | "query" | "header" | "body";
  readonly path: string;
  readonly message: string;
}

/** Problems told at once: nobody reads more, and each costs a search for near names. */
const problemCountMax = 20;

type Issue = z.core.$ZodIssue;

const pointer = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

const unknownField = (name: string, known: readonly string[]): string =>
  `There is no such field${suggestion(name, known)}.`.replace("?.", "?");

/** What the schemas call a record is an object to everybody else. */
const inWordsOfJson = (message: string): string =>
  message.replace(/\b(expected record|record expected)\b/, (found) =>
    found.replace("record", "object"),
  );

const messagesOf = (issue: Issue, known: readonly string[]): Omit<RequestProblem, "in">[] => {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, problemCountMax).map((key) => ({
      path: pointer([...issue.path, key]),
      message: unknownField(key, known),
    }));
  }
  const isMissing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  const message = isMissing ? `It is missing; ${issue.expected} expected.` : issue.message;
  return [{ path: pointer(issue.path), message: inWordsOfJson(message) }];
};

/** The problem of a part of a request that its schema refused. */
export const invalidRequest = (
  part: RequestProblem["in"],
  issues: readonly Issue[],
  schema: z.ZodObject,
): HttpProblem => {
  const known = Object.keys(schema.shape);
  const problems = issues
    .flatMap((issue) => messagesOf(issue, known))
    .slice(0, problemCountMax)
    .map((found) => ({ in: part, ...found }));
  const said = problems.map(({ path, message }) => `${path === "" ? part : path}: ${message}`);
  return new HttpProblem("request-invalid", `The ${part} is not valid. ${said.join(" ")}`, {
    details: { problems },
  });
};
