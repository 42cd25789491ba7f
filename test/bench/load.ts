/**
 * A closed loop of HTTP requests over connections that are kept open. On two cores the client competes with
 * the server, so the requests are made beforehand and of an answer only its frame is read.
 */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "./figures.ts";
import { cpuSeconds } from "./machine.ts";

const CONNECTIONS = 50;
const HEAD_END = Buffer.from("\r\n\r\n");

/** Who is asked, and by which process it answers. */
export interface Target {
  readonly url: string;
  readonly pid: number;
}

export interface Load {
  /** Whole requests; every caller takes the next one, and begins anew after the last if `isRepeated`. */
  readonly requests: readonly Buffer[];
  readonly isRepeated: boolean;
  readonly seconds: number;
  /** That of every answer. */
  readonly status: number;
}

export interface LoadFigures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuUs: number;
  readonly clientCpuUs: number;
}

/** An HTTP request as it goes over the wire. */
export const requestText = (
  target: Pick<Target, "url">,
  line: string,
  { headers = {}, body = "" }: { headers?: Readonly<Record<string, string>>; body?: string } = {},
): Buffer => {
  const fields: Readonly<Record<string, string>> = {
    host: new URL(target.url).host,
    ...headers,
    ...(body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) }),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${line} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
};

const opened = (url: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });

/** Bytes of the answer that begins here, 0 where its end is not known yet; throws where it has another status. */
const answerSize = (bytes: Buffer, status: number): number => {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return 0;
  const head = bytes.toString("latin1", 0, headEnd);
  if (Number(head.slice(9, 12)) !== status) throw new Error(`answered: ${bytes.toString()}`);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer of unknown length: ${head}`);
  return headEnd + HEAD_END.length + Number(length);
};

interface Caller {
  /** The next request; none: the loop is over. */
  readonly next: () => Buffer | undefined;
  readonly answered: (afterMs: number) => void;
  readonly status: number;
}

const callAgainAndAgain = (socket: Socket, { next, answered, status }: Caller): Promise<void> =>
  new Promise((resolve, reject) => {
    let calledAt = 0;
    let kept: Buffer | undefined;
    const call = (): void => {
      const request = next();
      calledAt = performance.now();
      if (request === undefined) resolve();
      else socket.write(request);
    };
    const take = (chunk: Buffer): void => {
      const bytes = kept === undefined ? chunk : Buffer.concat([kept, chunk]);
      const size = answerSize(bytes, status);
      kept = size > 0 && bytes.length >= size ? undefined : bytes;
      if (kept !== undefined) return;
      answered(performance.now() - calledAt);
      call();
    };
    socket.on("data", (chunk: Buffer) => {
      try {
        take(chunk);
      } catch (error) {
        reject(error);
      }
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the server has closed a connection")));
    call();
  });

/** Fifty callers, each with one request at a time, until the time is over or the requests are used up. */
export const load = async (
  target: Target,
  { requests, isRepeated, seconds, status }: Load,
): Promise<LoadFigures> => {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => opened(target.url)));
  await sleep(50);
  const latencies: number[] = [];
  const cpuBefore = cpuSeconds(target.pid);
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  let begun = 0;
  const next = (): Buffer | undefined => {
    if (performance.now() - startedAt >= seconds * 1000) return undefined;
    const request = requests[isRepeated ? begun % requests.length : begun];
    begun += 1;
    return request;
  };
  const answered = (afterMs: number): void => {
    latencies.push(afterMs);
  };
  const callers = sockets.map((socket) => callAgainAndAgain(socket, { next, answered, status }));
  await Promise.all(callers).finally(() => {
    for (const socket of sockets) socket.destroy();
  });
  const lasted = (performance.now() - startedAt) / 1000;
  const own = process.cpuUsage(ownBefore);
  const count = latencies.length;
  return {
    perSecond: count / lasted,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    serverCpuUs: ((cpuSeconds(target.pid) - cpuBefore) * 1e6) / count,
    clientCpuUs: (own.user + own.system) / count,
  };
};
