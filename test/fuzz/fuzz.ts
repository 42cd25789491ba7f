/**
 * Sends malformed requests to a real embedded server, and says what it should not have answered: an
 * error of its own, a status that its OpenAPI document does not have, the inside of the server.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random as randomFrom } from "../sim/random.ts";
import { badBytes, badRequests, type MadeRequest } from "./bad-requests.ts";
import { type ServedDocument, servedDocument } from "./served-document.ts";

export interface FuzzOptions {
  readonly seed: number;
  readonly requestCount: number;
  readonly say: (line: string) => void;
}

export interface FuzzReport {
  readonly requests: number;
  readonly seconds: number;
  /** Answers by status; `aborted`: an answer that takes its time by design and was not waited for; `bytes`: no HTTP. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Of the server after a collection, in the middle and at the end. */
  readonly heapBytes: readonly [number, number];
  readonly violations: readonly string[];
}

const concurrency = 12;
const violationsMax = 50;
const answerMsMax = 20_000;
/** How long an answer that waits by design is listened to, ms. */
const patienceMs = 150;
/** Streams, and workers who wait for a task. */
const waits = /\/(events|tasks)\/?(\?|$)/i;
const bytesShare = 0.01;
const readMax = 20_000;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Of connections of their own. */
const freshAgent = new Agent({ keepAlive: false });

const send = (url: URL, agent: Agent, made: MadeRequest): Promise<Answer | "aborted"> =>
  new Promise((resolve, reject) => {
    const { method, path, headers, body } = made;
    const isWaiting = waits.test(path);
    const length = body === undefined ? {} : { "content-length": body.length };
    const { hostname: host, port } = url;
    const sent = httpRequest(
      { host, port, agent, method, path, headers: { ...headers, ...length } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          if (text.length < readMax) text += part;
        });
        answer.on("error", () => {});
        answer.on("close", () => {
          clearTimeout(patience);
          const type = answer.headers["content-type"] ?? "";
          resolve({ status: answer.statusCode ?? 0, type, text });
        });
      },
    );
    const patience = setTimeout(
      () => {
        if (isWaiting) resolve("aborted");
        else reject(new Error(`no answer within ${answerMsMax} ms`));
        sent.destroy();
      },
      isWaiting ? patienceMs : answerMsMax,
    );
    sent.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(patience);
      // A connection that nothing was sent on for long is closed while the next request is on its way.
      const isIdleEnd = sent.reusedSocket && error.code === "ECONNRESET";
      if (isWaiting) resolve("aborted");
      else if (isIdleEnd) send(url, freshAgent, made).then(resolve, reject);
      else reject(error);
    });
    sent.end(body);
  });

/** Whatever comes back, the connection must end. */
const sendBytes = (url: URL, bytes: Buffer): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    const socket = connect(Number(url.port), url.hostname, () => socket.end(bytes));
    socket.setTimeout(answerMsMax, () => socket.destroy());
    socket.on("data", (part) => {
      text += part.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });

const inside = /\n\s+at |node_modules|\.ts:\d|node:internal|SQLITE_/;

/** Statuses that an answer to this may have; what nothing documents is not there, or under another method. */
const allowed = (
  document: ServedDocument,
  { method, path, headers }: MadeRequest,
): ReadonlySet<number> => {
  const [name = ""] = path.split("?");
  const found = document.operations.filter(({ pattern }) => pattern.test(name));
  const asked = method === "HEAD" ? "GET" : method;
  const own = found.filter((operation) => operation.method === asked);
  // A host that can be none is refused before anybody looks for the path.
  const ofHost = headers["host"] === undefined ? [] : [400];
  const ofPath = own.flatMap(({ statuses }) => [...statuses]);
  // Of a path with dots or a percent sign in it, another one may be meant.
  return new Set([404, ...ofPath, ...ofHost, ...otherwise(method)]);
};

const otherwise = (method: string): readonly number[] =>
  method === "OPTIONS" ? [200, 405] : [405];

const serviceStatuses = new Set([200, 400, 401, 403, 404, 413, 415, 429]);

/** What is wrong with an answer. */
export const faultOf = (
  document: ServedDocument,
  made: MadeRequest,
  answer: Answer,
): string | undefined => {
  const { status, type, text } = answer;
  if (status >= 500) return `status ${status}: ${text.slice(0, 300)}`;
  if (inside.test(text)) return `the inside of the server: ${text.slice(0, 300)}`;
  // Node.js refuses what is no HTTP before anybody else sees it.
  if ([400, 431].includes(status) && type === "" && text === "") return undefined;
  // The errors of the other protocol are those of the service; no document lists them.
  if (made.path === "/") return serviceStatuses.has(status) ? undefined : `status ${status}`;
  if (!allowed(document, made).has(status)) return `status ${status} is not documented`;
  if (status < 400 || made.method === "HEAD") return undefined;
  if (type !== "application/problem+json") return `${status} is no problem document: ${type}`;
  return undefined;
};

interface ServerProcess {
  readonly url: URL;
  readonly token: string;
  readonly heap: () => Promise<number>;
  readonly close: () => Promise<void>;
  /** What it has logged as an error, or that it has ended. */
  readonly complaints: string[];
}

type Message = { url?: string; token?: string; heap?: number; error?: string };

const answerOf = (child: ChildProcess, isIt: (message: Message) => boolean): Promise<Message> =>
  new Promise((resolve, reject) => {
    const ended = () => reject(new Error("the server has ended"));
    const listen = (message: Message) => {
      if (!isIt(message)) return;
      child.off("message", listen);
      child.off("exit", ended);
      resolve(message);
    };
    child.on("message", listen);
    child.once("exit", ended);
  });

const startServer = async (directory: string): Promise<ServerProcess> => {
  const child = fork(join(import.meta.dirname, "server.ts"), [directory], {
    execArgv: ["--expose-gc"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const complaints: string[] = [];
  let isClosing = false;
  child.on("message", ({ error }: Message) => {
    if (error !== undefined) complaints.push(`logged: ${error}`);
  });
  child.on("exit", (code, signal) => {
    if (!isClosing) complaints.push(`the server has ended: ${code} ${signal}`);
  });
  const { url = "", token = "" } = await answerOf(child, (message) => message.url !== undefined);
  return {
    url: new URL(url),
    token,
    complaints,
    heap: async () => {
      const answer = answerOf(child, (message) => message.heap !== undefined);
      child.send("heap");
      return (await answer).heap ?? 0;
    },
    close: async () => {
      isClosing = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.send("close");
      await ended;
    },
  };
};

const processes = {
  hello: "{Type: Pass, End: true}",
  rest: "{Type: Wait, Seconds: 600, End: true}",
  quick: "{Type: Succeed}",
};

/** Something that requests can be about. */
const prepare = async (
  call: (method: string, path: string, body: object) => Promise<Answer | "aborted">,
) => {
  const post = (path: string, body: object) => call("POST", path, body);
  for (const [name, state] of Object.entries(processes)) {
    const document = `{kind: Process, name: ${name}, definition: {StartAt: A, States: {A: ${state}}}}`;
    await post("/v1/processes", { document });
    for (const execution of ["a", "b"])
      await post("/v1/executions", { process: name, name: execution });
    await call("PUT", `/v1/processes/${name}/aliases/live`, {
      routes: [{ version: 1, weight: 100 }],
    });
  }
};

const fuzzServer = async (server: ServerProcess, options: FuzzOptions): Promise<FuzzReport> => {
  const { seed, requestCount, say } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json" };
  const call = (method: string, path: string, body?: object) => {
    const bytes = body && Buffer.from(JSON.stringify(body));
    return send(server.url, agent, { method, path, headers, body: bytes });
  };
  await prepare(call);
  const text = await (await fetch(new URL("/openapi.json", server.url))).text();
  const document = servedDocument(text);
  const draws = randomFrom(seed);
  const next = badRequests(document, server.token, draws.fork());
  const raw = draws.fork();
  const statuses: Record<string, number> = {};
  const violations: string[] = [];
  const count = (what: string | number) => {
    statuses[what] = (statuses[what] ?? 0) + 1;
  };

  const one = async (): Promise<void> => {
    if (raw.chance(bytesShare)) {
      const bytes = badBytes(raw);
      const answered = await sendBytes(server.url, bytes);
      count("bytes");
      if (inside.test(answered) || /^HTTP\/1.1 5/.test(answered))
        violations.push(`${JSON.stringify(bytes.toString("latin1").slice(0, 200))}: ${answered}`);
      return;
    }
    const made = next();
    const shown = () =>
      `${made.method} ${made.path.slice(0, 200)} ${made.body?.toString().slice(0, 300) ?? ""}`;
    try {
      const answer = await send(server.url, agent, made);
      if (answer === "aborted") return count("aborted");
      count(answer.status);
      const fault = faultOf(document, made, answer);
      if (fault !== undefined) violations.push(`${shown()} -> ${fault}`);
    } catch (error) {
      violations.push(`${shown()} -> ${String(error)}`);
    }
  };

  const many = async (total: number): Promise<void> => {
    let left = total;
    const worker = async () => {
      while (left > 0 && violations.length < violationsMax && server.complaints.length === 0) {
        left -= 1;
        await one();
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  };

  const startedAt = performance.now();
  const half = Math.floor(requestCount / 2);
  await many(half);
  const middle = await server.heap();
  say(`${half} requests: ${JSON.stringify(statuses)}, heap ${middle}`);
  await many(requestCount - half);
  const end = await server.heap();
  agent.destroy();
  return {
    requests: requestCount,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    statuses,
    heapBytes: [middle, end],
    violations: [...violations, ...server.complaints],
  };
};

/** Starts a server on a directory of its own, sends it what is wrong, and says what came of it. */
export const fuzz = async (options: FuzzOptions): Promise<FuzzReport> => {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-fuzz-"));
  try {
    const server = await startServer(join(directory, "data"));
    try {
      return await fuzzServer(server, options);
    } finally {
      await server.close();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
};
