import { Pool } from "undici";

const CONNECTIONS = 64;

/** An execution as `/v1` describes it, as far as it is measured. */
export interface Description {
  readonly executionId: string;
  readonly status: string;
  readonly recordCount: number;
  readonly error?: string;
}

export interface HistoryEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly details?: { readonly name?: string };
}

export interface ListedExecution {
  readonly executionId: string;
  readonly status: string;
  readonly waitingFor?: { readonly kind: string };
}

/** A new access key, and what proves it. */
export interface IssuedKey {
  readonly keyId: string;
  readonly token: string;
  /** Of a key for AWS clients. */
  readonly secret?: string;
}

/** What the workloads need of `/v1`, over connections that are kept open. */
export interface Client {
  readonly isHealthy: () => Promise<boolean>;
  readonly deploy: (document: object, name: string) => Promise<void>;
  /** Starts and, with `waitSeconds`, waits for the end. */
  readonly start: (process: string, waitSeconds?: number, input?: object) => Promise<Description>;
  /** `wanted` is the body of the call. */
  readonly createKey: (wanted: object) => Promise<IssuedKey>;
  readonly describe: (executionId: string) => Promise<Description>;
  readonly history: (executionId: string) => Promise<readonly HistoryEvent[]>;
  readonly list: (query: string) => Promise<{
    readonly executions: readonly ListedExecution[];
    readonly next?: string;
  }>;
  readonly drain: (scope: string, name: string) => Promise<void>;
  readonly resume: (drainId: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A client of the server at `url`. */
export const connect = (url: string, token: string): Client => {
  const pool = new Pool(new URL(url).origin, { connections: CONNECTIONS, pipelining: 1 });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };

  const call = async <Answer>(method: "GET" | "POST" | "DELETE", path: string, body?: object) => {
    const answer = await pool.request({
      method,
      path,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300)
      throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as Answer;
  };

  return {
    isHealthy: () =>
      call("GET", "/v1/health").then(
        () => true,
        () => false,
      ),
    deploy: async (document, name) => {
      await call("POST", "/v1/processes", {
        document: JSON.stringify(document),
        fileName: `${name}.asl.json`,
      });
    },
    createKey: (wanted) => call("POST", "/v1/access-keys", wanted),
    start: (process, waitSeconds, input = {}) =>
      call("POST", "/v1/executions", {
        process,
        input,
        ...(waitSeconds === undefined ? {} : { waitSeconds }),
      }),
    describe: (executionId) => call("GET", `/v1/executions/${executionId}`),
    history: async (executionId) => {
      const path = `/v1/executions/${executionId}/history?limit=1000`;
      return (await call<{ readonly events: readonly HistoryEvent[] }>("GET", path)).events;
    },
    list: (query) => call("GET", `/v1/executions?${query}`),
    drain: async (scope, name) => {
      await call("POST", "/v1/drains", { scope, name });
    },
    resume: async (drainId) => {
      await call("DELETE", `/v1/drains/${encodeURIComponent(drainId)}`);
    },
    close: () => pool.destroy(),
  };
};
