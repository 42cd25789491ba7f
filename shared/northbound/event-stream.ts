import type { Limits } from "./limits.ts";

/** What a stream of server-sent events is made from. */
export interface EventSource {
  /** Lines to send, each a whole event; aborting `signal` must end it. */
  readonly chunks: (signal: AbortSignal) => AsyncIterable<string>;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  readonly limits: Pick<Limits, "heartbeatMs" | "stallMsMax">;
}

/** One server-sent event; `data` is one line, as JSON is. */
export const sentEvent = (event: string, data: string, id?: number): string =>
  `event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`;

const heartbeat = ": still here\n\n";

/** A promise for `value` in `delayMs`, and what gives it up. */
const later = <T>(delayMs: number, value: T) => {
  let cancel = () => {};
  const promise = new Promise<T>((resolve) => {
    const timer = setTimeout(() => resolve(value), delayMs);
    cancel = () => clearTimeout(timer);
  });
  return { promise, cancel };
};

/**
 * Sends chunks as the client takes them. Nothing is read ahead: there is no queue to grow, and
 * nothing is begun for a body that nobody reads. While the client wants more and there is none, a
 * comment goes out every `heartbeatMs`; a client that takes nothing for `stallMsMax` is cut off.
 */
export const eventStream = (source: EventSource): ReadableStream<Uint8Array> => {
  const { limits, signal } = source;
  const encoder = new TextEncoder();
  const ending = new AbortController();
  let chunks: AsyncIterator<string> | undefined;
  let pending: Promise<IteratorResult<string>> | undefined;
  let stall: ReturnType<typeof setTimeout> | undefined;

  const end = () => {
    clearTimeout(stall);
    signal.removeEventListener("abort", end);
    ending.abort();
    void chunks?.return?.().catch(() => {});
  };

  const nextChunk = async (): Promise<string | undefined> => {
    chunks ??= source.chunks(ending.signal)[Symbol.asyncIterator]();
    pending ??= chunks.next();
    const silence = later(limits.heartbeatMs, undefined);
    const result = await Promise.race([pending, silence.promise]);
    silence.cancel();
    if (result === undefined) return heartbeat;
    pending = undefined;
    return result.done === true ? undefined : result.value;
  };

  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        clearTimeout(stall);
        if (chunks === undefined) signal.addEventListener("abort", end);
        const chunk = signal.aborted ? undefined : await nextChunk();
        if (chunk === undefined || ending.signal.aborted) {
          end();
          return controller.close();
        }
        controller.enqueue(encoder.encode(chunk));
        stall = setTimeout(end, limits.stallMsMax);
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
};
