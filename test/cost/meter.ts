/**
 * Counts what AWS would bill: stands between the functions and the servers that speak AWS's protocols, reads each
 * request and its answer, and knows what each costs (DynamoDB Developer Guide, "Read and write operations").
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { catalogTable, executionsTable } from "#platforms/aws/tables.ts";
import type { Unit } from "./prices.ts";

export type Counts = Partial<Record<Unit, number>>;

interface Exchange {
  readonly operation: string;
  readonly request: Record<string, unknown>;
  readonly status: number;
  readonly answer: Record<string, unknown>;
}

type Attributes = Readonly<Record<string, object>>;

/** Of SQS: so much of a batch is one request. */
const sqsChunkBytes = 64 * 1024;

/** What a write to an item costs in the indexes: nothing where its place stays, one unit to put or to delete, two to move it. */
class IndexMeter {
  readonly #places = new Map<string, readonly (string | undefined)[]>();

  unitsOf(tableName: string, key: Attributes, item: Attributes | undefined): number {
    const { partition, sort, indexes } = tableName.endsWith("catalog")
      ? catalogTable
      : executionsTable;
    const id = JSON.stringify([tableName, key[partition], key[sort]]);
    const before = this.#places.get(id) ?? [];
    const after = indexes.map((index) => {
      const place = [item?.[index.partition], item?.[index.sort]];
      if (place.includes(undefined)) return undefined;
      // All of its attributes are in the index.
      return JSON.stringify(index.projection === "ALL" ? item : place);
    });
    this.#places.set(id, after);
    return after
      .map((place, index) => {
        const old = before[index];
        if (place === old) return 0;
        return (old === undefined ? 0 : 1) + (place === undefined ? 0 : 1);
      })
      .reduce((sum, units) => sum + units, 0);
  }
}

interface Capacity {
  readonly CapacityUnits?: number;
  readonly Table?: { readonly CapacityUnits?: number };
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits: number }>>;
}

const sumOf = (
  answer: Record<string, unknown>,
  unitsOf: (capacity: Capacity) => number | undefined,
): number =>
  [answer["ConsumedCapacity"] ?? []]
    .flat()
    .map((capacity) => unitsOf(capacity as Capacity) ?? 0)
    .reduce((sum, units) => sum + units, 0);

const readUnits = (answer: Record<string, unknown>): number =>
  sumOf(answer, ({ CapacityUnits }) => CapacityUnits);

/** Those of the table: not every server counts those of the indexes. */
const tableUnits = (answer: Record<string, unknown>): number =>
  sumOf(answer, ({ CapacityUnits, Table }) => Table?.CapacityUnits ?? CapacityUnits);

/** Amazon's own server counts the units of indexes, too: then both must agree. */
const assertAgreed = (answer: Record<string, unknown>, units: number): void => {
  const { GlobalSecondaryIndexes: indexes } = (answer["ConsumedCapacity"] ?? {}) as Capacity;
  if (indexes === undefined) return;
  const told = Object.values(indexes).reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
  if (told !== units)
    throw new Error(`the server says ${told} units of indexes, and here are ${units}`);
};

const reads: ReadonlySet<string> = new Set(["GetItem", "BatchGetItem", "Query"]);
const writes: ReadonlySet<string> = new Set([
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
]);

/**
 * How long AWS takes for an answer in its own region, ms: what DynamoDB promises (single-digit milliseconds), and
 * what is usual of the others. An assumption: it decides what Lambda costs.
 */
const latencyMs = (operation: string): number => {
  if (reads.has(operation)) return 4;
  if (writes.has(operation)) return 5;
  return operation === "PutEvents" ? 15 : 8;
};

const operationOf = ({ headers }: IncomingMessage): string =>
  String(headers["x-amz-target"] ?? "")
    .split(".")
    .at(-1) ?? "";

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

/** Counts of everything that passes. */
export class Meter {
  readonly #counts = new Map<string, number>();
  readonly #calls = new Map<string, number>();
  readonly #indexes = new IndexMeter();
  readonly #closers: (() => void)[] = [];
  readonly #isTimed: boolean;

  /** `isTimed`: no answer comes sooner than AWS would give it. */
  constructor(isTimed = false) {
    this.#isTimed = isTimed;
  }

  add(unit: Unit, count: number): void {
    this.#counts.set(unit, (this.#counts.get(unit) ?? 0) + count);
  }

  /** What was counted since the last call, in units and in calls of each operation. */
  take(): { readonly units: Counts; readonly calls: Readonly<Record<string, number>> } {
    const taken = {
      units: Object.fromEntries(this.#counts) as Counts,
      calls: Object.fromEntries(this.#calls),
    };
    this.#counts.clear();
    this.#calls.clear();
    return taken;
  }

  /** A server that passes on what it is asked, and counts it; answers its address. */
  async before(targetUrl: string): Promise<string> {
    const server = createServer(async (request, response) => {
      const operation = operationOf(request);
      const answerAtMs = performance.now() + (this.#isTimed ? latencyMs(operation) : 0);
      const isDatabase = reads.has(operation) || writes.has(operation);
      const body = await bodyOf(request);
      const asked = body.startsWith("{") ? JSON.parse(body) : {};
      const { host: _, "content-length": __, connection: ___, ...headers } = request.headers;
      const passed = await fetch(`${targetUrl}${request.url}`, {
        method: request.method ?? "POST",
        headers: headers as Record<string, string>,
        body: isDatabase ? JSON.stringify({ ...asked, ReturnConsumedCapacity: "INDEXES" }) : body,
      });
      const text = await passed.text();
      const answer = text.startsWith("{") ? JSON.parse(text) : {};
      this.#note({ operation, request: asked, status: passed.status, answer });
      await sleep(Math.max(0, answerAtMs - performance.now()));
      response.writeHead(passed.status, {
        "content-type": passed.headers.get("content-type") ?? "application/x-amz-json-1.0",
      });
      response.end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#closers.push(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const close of this.#closers) close();
  }

  #note(exchange: Exchange): void {
    const { operation, request, answer } = exchange;
    this.#calls.set(operation, (this.#calls.get(operation) ?? 0) + 1);
    if (reads.has(operation)) this.add("dynamodbReadUnits", readUnits(answer));
    else if (writes.has(operation)) this.add("dynamodbWriteUnits", this.#writeUnits(exchange));
    else if (operation.includes("Message"))
      this.add(
        "sqsRequests",
        Math.ceil(Buffer.byteLength(JSON.stringify(request)) / sqsChunkBytes),
      );
    else if (operation === "PutEvents") this.add("events", [request["Entries"]].flat().length);
  }

  /** A condition that does not hold costs what a write of the item that is there would; all of these are of one unit. */
  #writeUnits({ operation, request, status, answer }: Exchange): number {
    if (status !== 200) return answer["__type"]?.toString().includes("Conditional") ? 1 : 0;
    const table = String(request["TableName"]);
    const base = tableUnits(answer);
    if (operation === "UpdateItem" || operation === "DeleteItem") {
      const item = answer["Attributes"] as Attributes | undefined;
      const units = this.#indexes.unitsOf(table, request["Key"] as Attributes, item);
      assertAgreed(answer, units);
      return base + units;
    }
    return base;
  }
}
