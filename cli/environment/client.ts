import { parseJson } from "#core/json.ts";
import { CommandFailed } from "../exit.ts";
import { printable } from "../view/text.ts";
import { type Access, type EnvironmentOptions, findEnvironment, Unreachable } from "./find.ts";
import { ProblemAnswer, problemAnswer } from "./problem.ts";

/** How long the environment may take to begin an answer; the longest wait that `/v1` offers is 29 s. */
const answerTimeoutMs = 60_000;

/** Calls the environment's `/v1`. */
export interface Client {
  readonly access: Access;
  readonly get: <T>(path: string, query?: Query) => Promise<T>;
  /** With what stands for it as it is now. */
  readonly existing: <T>(path: string) => Promise<Found<T>>;
  /** The same; `undefined`: it is not there. */
  readonly find: <T>(path: string) => Promise<Found<T> | undefined>;
  readonly post: <T>(path: string, body: unknown, match?: Match) => Promise<T>;
  readonly put: <T>(path: string, body: unknown, match?: Match) => Promise<T>;
  readonly remove: <T>(path: string) => Promise<T>;
  /** The answer itself, for a stream; no time limit but the signal. */
  readonly open: (path: string, init: RequestInit) => Promise<Response>;
}

/** What was read, and its ETag. */
export interface Found<T> {
  readonly value: T;
  readonly etag: string;
}

/** What a change is made of: of what was read, or of nothing. */
export type Match = { readonly "if-match": string } | { readonly "if-none-match": "*" };

export type Query = Readonly<Record<string, string | number | undefined>>;

const withQuery = (path: string, query: Query = {}): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) given.set(name, String(value));
  }
  return given.size === 0 ? path : `${path}?${given}`;
};

const reasonOf = (error: unknown): string => {
  if (error instanceof Error && error.name === "TimeoutError")
    return `it gave no answer within ${answerTimeoutMs / 1000} s; what was asked for may be done or not`;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED") {
    return "the connection is refused";
  }
  return cause instanceof Error ? cause.message : String(cause);
};

const bodyText = (body: unknown): string => {
  try {
    return JSON.stringify(body);
  } catch (error) {
    // Printing JSON recurses, reading it does not.
    if (!(error instanceof RangeError)) throw error;
    throw new CommandFailed("What is to be sent is nested too deep", {
      next: "Nest the input less deep; an environment takes 128 levels",
      cause: error,
    });
  }
};

const jsonBody = (body: unknown, match?: Match): Pick<RequestInit, "body" | "headers"> => ({
  body: bodyText(body),
  headers: { "content-type": "application/json", ...match },
});

/** What was not connected to was not told anything: another server may be. */
const isRefused = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  "code" in error.cause &&
  error.cause.code === "ECONNREFUSED";

/** Asks one server after the other until one is there; rejects with what the first one's silence was. */
const fetchFrom = async (access: Access, path: string, init: RequestInit): Promise<Response> => {
  const { url, otherUrls = [] } = access;
  try {
    return await fetch(url + path, init);
  } catch (error) {
    const [next, ...rest] = otherUrls;
    if (next === undefined || !isRefused(error)) throw error;
    return fetchFrom({ ...access, url: next, otherUrls: rest }, path, init);
  }
};

/** What a header can hold: other characters than ASCII percent-encoded, as the environment reads it. */
const reasonHeader = (reason: string): string => encodeURIComponent(reason).replaceAll("%20", " ");

/** Errors of an environment have codes; what stands before one may fail without, but knows its paths. */
const isOfAnother = ({ code, status }: ProblemAnswer): boolean =>
  code === "not-found" || (code === undefined && (status === 404 || status === 405));

const clientOf = (access: Access, reason: string | undefined): Client => {
  const unreachable = (error: unknown): Unreachable =>
    new Unreachable(`No environment answers at ${access.url}: ${printable(reasonOf(error))}`, {
      next: access.whenSilent,
      cause: error,
    });

  const notHere = (cause: unknown): CommandFailed =>
    new CommandFailed(`What answers at ${access.url} is not a Holdfast environment`, {
      next: access.whenSilent,
      cause,
    });

  const open = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${access.token}`);
    if (reason !== undefined) headers.set("holdfast-reason", reasonHeader(reason));
    const answer = await fetchFrom(access, path, { ...init, headers }).catch((error: unknown) => {
      throw unreachable(error);
    });
    if (answer.ok) return answer;
    const problem = problemAnswer(answer.status, await answer.text().catch(() => ""));
    if (isOfAnother(problem)) throw notHere(problem);
    if (answer.status !== 401) throw problem;
    throw new CommandFailed(`The environment at ${access.url} refuses the access token`, {
      next: "Give the right one in HOLDFAST_TOKEN or --token-file (a local one lies in DIR/admin.token)",
      cause: problem,
    });
  };

  const bodyOf = async <T>(answer: Response): Promise<T> => {
    const text = await answer.text().catch((error: unknown) => {
      throw unreachable(error);
    });
    try {
      return parseJson(text) as T;
    } catch (error) {
      throw notHere(error);
    }
  };

  const answerTo = (path: string, init: RequestInit): Promise<Response> =>
    open(path, { ...init, signal: AbortSignal.timeout(answerTimeoutMs) });

  const call = async <T>(path: string, init: RequestInit): Promise<T> =>
    bodyOf<T>(await answerTo(path, init));

  const existing = async <T>(path: string): Promise<Found<T>> => {
    const answer = await answerTo(path, { method: "GET" });
    return { value: await bodyOf<T>(answer), etag: answer.headers.get("etag") ?? "*" };
  };

  const find = async <T>(path: string): Promise<Found<T> | undefined> =>
    existing<T>(path).catch((error: unknown) => {
      if (error instanceof ProblemAnswer && error.status === 404) return undefined;
      throw error;
    });

  return {
    access,
    open,
    get: (path, query) => call(withQuery(path, query), { method: "GET" }),
    remove: (path) => call(path, { method: "DELETE" }),
    existing,
    find,
    post: (path, body, match) => call(path, { method: "POST", ...jsonBody(body, match) }),
    put: (path, body, match) => call(path, { method: "PUT", ...jsonBody(body, match) }),
  };
};

/** A client of the environment that the options name. */
export const connect = async (options: EnvironmentOptions): Promise<Client> =>
  clientOf(await findEnvironment(options), options.reason);

/** The path of an execution; its id may hold any character. */
export const executionPath = (executionId: string, rest = ""): string =>
  `/v1/executions/${encodeURIComponent(executionId).replaceAll("%3A", ":")}${rest}`;

/** Of what stands before the environment, such as API Gateway, which knows no codes: a function died or may not be called so often. */
const passingBefore: ReadonlySet<number> = new Set([429, 500]);

/** True where the same call may go through later: the environment is away, stopping or short of space. */
export const isPassing = (error: unknown): boolean => {
  if (!(error instanceof ProblemAnswer)) return error instanceof Unreachable;
  const { status, code } = error;
  return status >= 502 || (code === undefined && passingBefore.has(status));
};
