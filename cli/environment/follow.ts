import { setTimeout as sleep } from "node:timers/promises";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { parseJson } from "#core/json.ts";
import { type Client, executionPath, isPassing } from "./client.ts";
import type { Execution, HistoryEvent } from "./contract.ts";

/** What comes of following an execution. */
export type Followed =
  | { readonly kind: "event"; readonly event: HistoryEvent }
  | { readonly kind: "ended"; readonly execution: Execution }
  /** The environment went away; the next of another kind says that it is back. */
  | { readonly kind: "lost" };

/** First and longest pause before it is tried again: a restart is seen soon, an outage costs nothing. */
const retryDelayMsMin = 200;
const retryDelayMsMax = 2_000;

/** How long an environment may be away before whoever follows gives up; the execution does not. */
const awayMsMax = 10 * 60_000;

/** Silence after which a connection counts as dead; the environment says something every 15 s. */
const silenceMsMax = 45_000;

interface Following {
  /** Called for every connection: a server that was restarted may have another address. */
  readonly connect: () => Promise<Client>;
  readonly executionId: string;
  readonly afterEventId?: number;
  readonly signal: AbortSignal;
}

/** How far the following is: what a new connection needs to know. */
interface Reached {
  eventId: number;
  hasEnded: boolean;
  /** The environment tells in stretches, and ended one. */
  hasMore: boolean;
  readonly outage: Outage;
}

async function* connection(
  { connect, executionId, signal }: Following,
  reached: Reached,
): AsyncGenerator<Followed> {
  const client = await connect();
  const silence = new AbortController();
  const watchdog = setTimeout(() => silence.abort(), silenceMsMax);
  try {
    const answer = await client.open(executionPath(executionId, "/events"), {
      headers: { accept: "text/event-stream", "last-event-id": String(reached.eventId) },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (answer.body === null) return;
    const messages = answer.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream({ onComment: () => watchdog.refresh() }));
    for await (const { event, data } of messages) {
      watchdog.refresh();
      reached.outage.over();
      if (event === "history") {
        const historyEvent = parseJson(data) as unknown as HistoryEvent;
        reached.eventId = historyEvent.id;
        yield { kind: "event", event: historyEvent };
      }
      if (event === "more") {
        reached.hasMore = true;
        return;
      }
      if (event === "end") {
        reached.hasEnded = true;
        return yield { kind: "ended", execution: parseJson(data) as unknown as Execution };
      }
    }
  } finally {
    clearTimeout(watchdog);
  }
}

/** What the environment refuses is an error; a connection that breaks off is none. */
const isBreak = (error: unknown): boolean =>
  isPassing(error) || (error instanceof Error && /^(TypeError|AbortError)$/.test(error.name));

/** As `connection`, and where the connection breaks off instead of ending, the reason at the end. */
async function* untilBreak(
  following: Following,
  reached: Reached,
): AsyncGenerator<Followed, unknown> {
  try {
    return yield* connection(following, reached);
  } catch (error) {
    if (!following.signal.aborted && !isBreak(error)) throw error;
    return error;
  }
}

/** How long the environment has been away, and when to try again. */
class Outage {
  #sinceMs: number | undefined;
  #delayMs = retryDelayMsMin;

  over(): void {
    this.#sinceMs = undefined;
    this.#delayMs = retryDelayMsMin;
  }

  /** True at its beginning. Throws `failure` when it has lasted too long. */
  goesOn(failure: unknown): boolean {
    const isNew = this.#sinceMs === undefined;
    this.#sinceMs ??= Date.now();
    if (failure !== undefined && Date.now() - this.#sinceMs > awayMsMax) throw failure;
    return isNew;
  }

  async pause(signal: AbortSignal): Promise<void> {
    await sleep(this.#delayMs, undefined, { signal }).catch(() => undefined);
    this.#delayMs = Math.min(this.#delayMs * 2, retryDelayMsMax);
  }
}

/**
 * The events of an execution, each once and in order, and then its end. Connects again where it left
 * off as often as the environment goes away. Ends early when `signal` aborts.
 */
export async function* follow(following: Following): AsyncGenerator<Followed> {
  const { signal } = following;
  const outage = new Outage();
  const eventId = following.afterEventId ?? 0;
  const reached: Reached = { eventId, hasEnded: false, hasMore: false, outage };
  while (!signal.aborted) {
    reached.hasMore = false;
    const from = reached.eventId;
    const failure = yield* untilBreak(following, reached);
    if (reached.hasEnded || signal.aborted) return;
    if (reached.hasMore && reached.eventId > from) continue;
    if (!reached.hasMore && outage.goesOn(failure)) yield { kind: "lost" };
    await outage.pause(signal);
  }
}
