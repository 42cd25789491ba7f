import { addRoute, createRouter, findRoute } from "rou3";
import { type EdgeOptions, type Handler, requestIdOf, respond, respondProblem } from "./edge.ts";
import type { AnswerRequest, IncomingRequest, OutgoingAnswer } from "./exchange.ts";
import type { Operation } from "./operation.ts";
import { HttpProblem } from "./problem.ts";

/** Who answers what: `path` with `{parameter}` as in OpenAPI. */
export interface Route extends Pick<Operation, "method" | "path"> {
  readonly handler: Handler;
}

const pathOf = ({ target }: IncomingRequest): string => {
  const at = target.indexOf("?");
  return at < 0 ? target : target.slice(0, at);
};

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/{[^}]+}/g, "[^/]+")}$`);

/** What exists under another method than the one that was asked for. */
const methodTable = (operations: readonly Operation[]) => {
  const paths = new Map<string, Set<string>>();
  for (const { path, method } of operations) {
    const methods = paths.get(path) ?? new Set(["OPTIONS"]);
    if (method === "get") methods.add("GET").add("HEAD");
    else methods.add(method.toUpperCase());
    paths.set(path, methods);
  }
  const table = [...paths].map(([path, methods]) => ({
    pattern: patternOf(path),
    allow: [...methods].sort().join(", "),
  }));
  return (path: string) => table.find(({ pattern }) => pattern.test(path))?.allow;
};

/** Answers what no route does. */
export const unmatched = (operations: readonly Operation[], log: EdgeOptions["log"]): Handler => {
  const allowed = methodTable(operations);
  return async (request) => {
    const requestId = requestIdOf(request);
    const { method } = request;
    const allow = allowed(pathOf(request));
    if (allow !== undefined && method === "OPTIONS") {
      return respond({ status: 200, body: { allow }, headers: { allow } }, requestId);
    }
    const problem =
      allow === undefined
        ? new HttpProblem("not-found", "There is no such path.")
        : new HttpProblem("method-not-allowed", `${method} does not apply here.`, {
            headers: { allow },
          });
    return respondProblem(problem, { requestId }, log);
  };
};

const noParams: Readonly<Record<string, string>> = {};

const decodedPart = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    // It is the name of nothing, and whoever looks for it says so.
    return text;
  }
};

/** What a path names, as it was before it was put into a URL. */
const decoded = (params: typeof noParams = noParams): typeof noParams => {
  const fields = Object.entries(params);
  if (!fields.some(([, text]) => text.includes("%"))) return params;
  return Object.fromEntries(fields.map(([name, text]) => [name, decodedPart(text)]));
};

const withoutBody = async (answer: OutgoingAnswer): Promise<OutgoingAnswer> => {
  if (typeof answer.body !== "string") await answer.body.cancel();
  return { ...answer, body: "" };
};

/** Answers each request by the route that it takes. */
export const routing = (
  routes: readonly Route[],
  { otherwise, log }: { readonly otherwise: Handler; readonly log: EdgeOptions["log"] },
): AnswerRequest => {
  const router = createRouter<Handler>();
  for (const { method, path, handler } of routes)
    addRoute(router, method.toUpperCase(), path.replaceAll(/{([^}]+)}/g, ":$1"), handler);

  /** The router takes `/a/` for `/a`, which is another path. */
  const find = (method: string, path: string) =>
    path.length > 1 && path.endsWith("/") ? undefined : findRoute(router, method, path);

  return async (request) => {
    try {
      const { method } = request;
      const found = find(method === "HEAD" ? "GET" : method, pathOf(request));
      if (found === undefined) return await otherwise(request, noParams);
      const answer = await found.data(request, decoded(found.params));
      return method === "HEAD" ? await withoutBody(answer) : answer;
    } catch (error) {
      return respondProblem(error, { requestId: requestIdOf(request) }, log);
    }
  };
};
