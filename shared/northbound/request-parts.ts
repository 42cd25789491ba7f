import type { RequestHeaders } from "#access/authenticator.ts";
import { ExactNumber } from "#core/exact-json/exact-number.ts";
import { withPlainFields } from "#core/exact-json/plain-json.ts";
import type { Json } from "#core/json.ts";
import type { IncomingRequest } from "./exchange.ts";
import { invalidRequest, type RequestProblem } from "./invalid-request.ts";
import type { RequestSchemas } from "./operation.ts";
import { HttpProblem } from "./problem.ts";
import { z } from "./z.ts";

const validated = (
  schema: z.ZodObject | undefined,
  part: RequestProblem["in"],
  value: unknown,
): unknown => {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw invalidRequest(part, result.error.issues, schema);
  // Where no field is named none is copied: what is sent is kept, whatever its names are.
  return Object.keys(schema.shape).length === 0 ? value : result.data;
};

/** A number such as `2.0` in a field of the API is a plain one; in one that takes any JSON it stays as it is. */
const plainBody = (schema: z.ZodObject, body: Json): Json =>
  withPlainFields(body, (name) => schema.shape[name]?.safeParse(exactSample).success === true);

const exactSample = new ExactNumber("1.0");

const nothing = z.strictObject({});
const noFields: Readonly<Record<string, string>> = {};

const queryOf = (target: string): Readonly<Record<string, string>> => {
  const at = target.indexOf("?");
  if (at < 0) return noFields;
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(target.slice(at + 1))) {
    if (name in fields) {
      throw new HttpProblem("request-invalid", `The query says ${name} more than once.`);
    }
    fields[name] = value;
  }
  return fields;
};

/** What takes no query is not asked about one that is not there. */
const validatedQuery = (schema: z.ZodObject | undefined, fields: typeof noFields): unknown =>
  schema === undefined && fields === noFields
    ? undefined
    : validated(schema ?? nothing, "query", fields);

const headerFields = (schema: z.ZodObject | undefined, headers: RequestHeaders) =>
  schema &&
  Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );

/** What the schemas of an operation let through of a request, but for its body; throws what is wrong with it. */
export const requestParts = (
  schemas: RequestSchemas,
  { target, headers }: Pick<IncomingRequest, "target" | "headers">,
  params: unknown,
) => ({
  params: validated(schemas.params, "path", schemas.params && params),
  query: validatedQuery(schemas.query, queryOf(target)),
  headers: validated(schemas.headers, "header", headerFields(schemas.headers, headers)),
});

/** The same of its body. */
export const bodyPart = (schema: z.ZodObject, body: Json): unknown =>
  validated(schema, "body", plainBody(schema, body));
