import type { CallAccess } from "#access/call-access.ts";
import type { Cursors } from "./cursor.ts";
import type { Needs } from "./needs.ts";
import type { ProblemCode } from "./problem.ts";
import type { z } from "./z.ts";

/** What of a request is read and validated; what an operation does not name it does not take. */
export interface RequestSchemas {
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Names in lower case; other headers are let through. */
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodObject;
}

/** Neither JSON nor a query string can say undefined: a field is there or it is not. */
type Present<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };
type Part<R extends RequestSchemas, K extends keyof RequestSchemas> = R[K] extends z.ZodObject
  ? Present<z.output<R[K]>>
  : unknown;

/** A request that was let in and validated. */
export interface Call<R extends RequestSchemas = RequestSchemas> {
  readonly params: Part<R, "params">;
  readonly query: Part<R, "query">;
  readonly headers: Part<R, "headers">;
  readonly body: Part<R, "body">;
  /** Who asks, as records name it; `anonymous` where nobody is needed. */
  readonly principal: string;
  /** What the caller may do. */
  readonly access: CallAccess;
  /** Places where lists go on. */
  readonly cursors: Cursors;
  readonly requestId: string;
  /** Throws where the caller is let in no longer, or may no longer do this: for answers that go on for long. */
  readonly mustStillBeAllowed: () => Promise<void>;
  /** Aborts when the client goes away. Costs something to ask for. */
  readonly signal: () => AbortSignal;
}

/** `body` is printed as JSON, unless it is a stream of server-sent events. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** `body` as JSON, where it was printed before. */
  readonly printed?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the audit is told; never a secret. */
  readonly change?: Change;
}

/** What an operation has changed. */
export interface Change {
  /** Id or name of the object, where the path does not name it. */
  readonly object?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A documented answer. */
export interface AnswerKind {
  readonly description: string;
  readonly schema: z.ZodType;
  readonly example?: unknown;
  /** `application/json` unless it says otherwise. */
  readonly mediaType?: string;
}

/** One operation of the API: what its documentation, its validation and its handler follow from. */
export interface Operation<R extends RequestSchemas = RequestSchemas> {
  readonly method: "get" | "post" | "put" | "delete";
  /** With `{parameter}` as in OpenAPI. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly needs: Needs<Call<R>>;
  /** Whether the caller must say why. */
  readonly isReasonNeeded?: boolean;
  /**
   * Whether the audit is told of a call; where it does not say, of every one but GET. Of what changes
   * nothing, or what the log of an execution has with who did it, it is not (ADR 17).
   */
  readonly isAudited?: (call: Call<R>) => boolean;
  /** Id or name of what a call is about, for the audit; what the path names where it does not say. */
  readonly objectOf?: (call: Call<R>) => string | undefined;
  readonly request?: R;
  readonly bodyExample?: unknown;
  readonly answers: Readonly<Record<number, AnswerKind>>;
  /** Problems beyond those that every operation has. */
  readonly problems: readonly ProblemCode[];
  readonly answer: (call: Call<R>) => Answer | Promise<Answer>;
}

/** Forgets the request's types: the edge hands an operation only what its own schemas let through. */
export const operation = <R extends RequestSchemas>(definition: Operation<R>): Operation =>
  definition as unknown as Operation;
