import type { Json } from "#core/json.ts";
import type { Clock, Entropy } from "#ports/clock.ts";
import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import { systemEventsMax, systemEventsWaitingMax } from "./limits.ts";
import type { KeptSystemEvent, SystemEventFilter, SystemEvents } from "./system-events.ts";

/** Key: event id, which sorts by time. */
const collection = "system-events";
/** Key: that of an event that is to be there once; index: its id; value: whether it is written. */
const claims = "system-event-keys";
/** Events written at a time: they share one commit where the platform groups. */
const batchMax = 50;
/** Pause before a write is tried again, ms. */
const retryDelayMs = 1_000;
/** Documents read at a time. */
const readMax = 500;

interface StoreOptions {
  readonly documents: DocumentStore;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** Name of this server. */
  readonly server: string;
  /** Events that are kept; by default `systemEventsMax`. */
  readonly keptMax?: number;
  /** False: another server drops the oldest. */
  readonly prunes?: boolean;
}

/** Ids that sort by time, and of one instant by the order in which they were made on this server. */
const eventIds = (entropy: Entropy) => {
  const tag = entropy.hex(3);
  let count = 0;
  return (atMs: number): string => {
    count += 1;
    const instant = new Date(atMs).toISOString().replaceAll(/[-:.]/g, "").toLowerCase();
    return `${instant}-${String(count % 1_000_000).padStart(6, "0")}-${tag}`;
  };
};

const causeOf = (cause: unknown): { readonly cause?: string } => {
  if (cause === undefined) return {};
  return { cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause) };
};

const isWritten = ({ value }: StoredDocument): boolean =>
  (value as { readonly isWritten: boolean }).isWritten;

const eventOf = ({ value }: StoredDocument): KeptSystemEvent => value as unknown as KeptSystemEvent;

const fits = (event: KeptSystemEvent, filter: SystemEventFilter, before?: string): boolean =>
  (before === undefined || event.eventId < before) &&
  (filter.kind === undefined || event.kind === filter.kind) &&
  (filter.severity === undefined || event.severity === filter.severity) &&
  (filter.executionId === undefined || event.executionId === filter.executionId);

interface Found {
  readonly event: KeptSystemEvent;
  /** Where the page of the store begins that has it; absent: the first. */
  readonly page: string | undefined;
}

/** All events, newest first, from a page of the store on. */
async function* eventsFrom(documents: DocumentStore, firstPage?: string): AsyncGenerator<Found> {
  let page = firstPage;
  do {
    const after: { readonly after?: string } = page === undefined ? {} : { after: page };
    const read = await documents.list(collection, {
      order: "descending",
      limit: readMax,
      ...after,
    });
    for (const document of read.documents) yield { event: eventOf(document), page };
    page = read.next;
  } while (page !== undefined);
}

const listEvents = async (
  documents: DocumentStore,
  { limit, after, ...filter }: Parameters<SystemEvents["list"]>[0],
): ReturnType<SystemEvents["list"]> => {
  const events: KeptSystemEvent[] = [];
  // A cursor names the last event of the page before, and the page of the store that has it.
  const [before, firstPage] = (after === undefined ? [] : JSON.parse(after)) as string[];
  let next: string | undefined;
  for await (const { event, page } of eventsFrom(documents, firstPage)) {
    if (event.atMs < (filter.sinceMs ?? 0)) break;
    if (!fits(event, filter, before)) continue;
    if (events.length === limit) return { events, next };
    events.push(event);
    next = JSON.stringify(page === undefined ? [event.eventId] : [event.eventId, page]);
  }
  return { events, next: undefined };
};

/** Drops all but the newest `keptMax`. */
const prune = async (documents: DocumentStore, keptMax: number): Promise<void> => {
  let count = 0;
  for await (const { event } of eventsFrom(documents)) {
    count += 1;
    if (count > keptMax) await documents.remove(collection, event.eventId);
  }
  // The claims of the oldest events of a kind that is told once; never one of an event that is kept.
  const oldest = await documents.list(claims, { by: "index", limit: readMax });
  for (const claim of oldest.documents) {
    if ((await documents.get(collection, claim.index ?? "")) === undefined && isWritten(claim))
      await documents.remove(claims, claim.key);
  }
};

/**
 * System events as documents. They are written one batch after the other, in the order in which they
 * were reported; a batch that the storage does not take is tried again until it does.
 */
class EventWriter {
  readonly #options: StoreOptions;
  readonly #keptMax: number;
  readonly #idAt: (atMs: number) => string;
  readonly #waiting: { readonly event: KeptSystemEvent; readonly key: string | undefined }[] = [];
  #droppedCount = 0;
  #lastAtMs = 0;
  /** Events written since the store was pruned; at the start it may hold those of others. */
  #sincePruned: number;
  #writing: Promise<void> | undefined;
  #isClosing = false;
  #wake = () => {};

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#keptMax = options.keptMax ?? systemEventsMax;
    this.#idAt = eventIds(options.entropy);
    this.#sincePruned = options.prunes === false ? Number.NEGATIVE_INFINITY : this.#keptMax;
  }

  report({ severity, kind, message, executionId, cause, details, key }: SystemEvent): void {
    if (this.#isClosing) return;
    if (this.#waiting.length >= systemEventsWaitingMax) {
      this.#droppedCount += 1;
      return;
    }
    const event = this.#kept({
      severity,
      kind,
      message,
      ...(executionId === undefined ? {} : { executionId }),
      ...causeOf(cause),
      ...(details === undefined ? {} : { details }),
    });
    this.#waiting.push({ event, key });
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when nothing waits to be written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    await this.#writing;
  }

  #kept(event: Omit<KeptSystemEvent, "eventId" | "atMs" | "server">): KeptSystemEvent {
    const { clock, server } = this.#options;
    const atMs = Math.max(clock.nowMs(), this.#lastAtMs);
    this.#lastAtMs = atMs;
    return { eventId: this.#idAt(atMs), atMs, server, ...event };
  }

  async #writeAll(): Promise<void> {
    // What is reported in the same moment goes together.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) await this.#writeBatch();
    } finally {
      // At once: what is reported from here on finds nobody who writes.
      this.#writing = undefined;
    }
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#waiting.slice(0, batchMax);
    try {
      await Promise.all(batch.map(({ event, key }) => this.#put(event, key)));
      this.#waiting.splice(0, batch.length);
      this.#tellDropped();
      await this.#pruneNowAndThen(batch.length);
    } catch {
      if (this.#isClosing) this.#waiting.length = 0;
      else await this.#pause();
    }
  }

  /** An event with a key is claimed first; whoever finds a claim that is not closed completes it. */
  async #put(event: KeptSystemEvent, key: string | undefined): Promise<void> {
    const { documents } = this.#options;
    const write = ({ eventId }: { readonly eventId: string }) =>
      documents.put({ collection, key: eventId, value: { ...event, eventId } as unknown as Json });
    if (key === undefined) {
      await write(event);
      return;
    }
    const claim = { collection: claims, key, index: event.eventId, value: { isWritten: false } };
    const outcome = await documents.put(claim, { expected: 0 });
    const claimed = outcome.kind === "stored" ? outcome.document : outcome.found;
    if (claimed?.index === undefined || isWritten(claimed)) return;
    await write({ eventId: claimed.index });
    await documents.put({ ...claim, index: claimed.index, value: { isWritten: true } });
  }

  #tellDropped(): void {
    if (this.#droppedCount === 0) return;
    const event = this.#kept({
      severity: "warning",
      kind: "events-dropped",
      message: `${this.#droppedCount} system events could not be written down and are missing here; the log of ${this.#options.server} has them`,
      details: { count: this.#droppedCount },
    });
    this.#waiting.push({ event, key: undefined });
    this.#droppedCount = 0;
  }

  /** At the start, and whenever a tenth more than is kept was written. */
  async #pruneNowAndThen(written: number): Promise<void> {
    this.#sincePruned += written;
    if (this.#sincePruned < this.#keptMax / 10) return;
    await prune(this.#options.documents, this.#keptMax);
    this.#sincePruned = 0;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(retryDelayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** The system events of an environment, kept in its documents. */
export const systemEventStore = (
  options: StoreOptions,
): SystemEvents & { readonly flush: () => Promise<void> } => {
  const writer = new EventWriter(options);
  return {
    report: (event) => writer.report(event),
    list: (query) => listEvents(options.documents, query),
    flush: () => writer.flush(),
    close: () => writer.close(),
  };
};
