import { createHash } from "node:crypto";
import { OrchestratorError } from "#core/errors.ts";
import { HttpProblem } from "./problem.ts";
import { z } from "./z.ts";

/** Headers of what makes an execution or a signal, which the caller need not name. */
export const idempotencyHeaders = z.strictObject({
  "idempotency-key": z
    .string()
    .regex(/^[!-~]{1,255}$/, "Use 1 to 255 visible ASCII characters.")
    .optional()
    .openapi({
      description:
        "Names what is made where the body does not: the same key of the same caller is the same one, however often and wherever it is sent.",
      example: "9f1c8a52-8d0e-4d7b-9b86-2f1d7a1a3c55",
    }),
});

interface Caller {
  readonly principal: string;
  readonly headers: { readonly "idempotency-key"?: string };
}

/**
 * The name that a caller's key stands for: made of the key alone, so that no store need remember it and
 * it holds as long as the name is kept (G6), on whatever server the repeated call arrives.
 */
const nameFor = (principal: string, key: string): string =>
  `key-${createHash("sha256").update(`${principal}\n${key}`).digest("base64url").slice(0, 40)}`;

/** What is to be made, with the name that the key stands for unless it has one. */
export const named = <T extends { readonly name?: string }>(
  wanted: T,
  { principal, headers }: Caller,
): T => {
  const key = headers["idempotency-key"];
  if (key === undefined || wanted.name !== undefined) return wanted;
  return { ...wanted, name: nameFor(principal, key) };
};

/** The same for the id of a signal. */
export const idFor = (
  id: string | undefined,
  { principal, headers }: Caller,
): string | undefined => {
  const key = headers["idempotency-key"];
  return id === undefined && key !== undefined ? nameFor(principal, key) : id;
};

const keyReused = (cause: OrchestratorError): HttpProblem => {
  const detail = "The Idempotency-Key was sent before with another input, version or beginning.";
  return new HttpProblem("idempotency-key-reused", detail, { details: cause.details, cause });
};

/** Makes it; a name that is taken is a key that was sent with something else. */
export const madeOnce = async <T>(
  wanted: { readonly name?: string },
  make: () => Promise<T>,
): Promise<T> => {
  try {
    return await make();
  } catch (error) {
    const isTaken = error instanceof OrchestratorError && error.code === "execution-name-taken";
    throw isTaken && wanted.name === undefined ? keyReused(error) : error;
  }
};
