/** Callers that are told apart; of more, the one seen longest ago begins anew. */
const bucketCountMax = 10_000;

/** How many seconds of its rate a caller may have saved up. */
const burstSeconds = 2;

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Token buckets: each caller may make so many calls a second, and twice as many at once. */
export const tokenBuckets = (nowMs: () => number) => {
  const buckets = new Map<string, Bucket>();

  const bucketOf = (caller: string, capacity: number): Bucket => {
    const known = buckets.get(caller);
    if (known !== undefined) {
      // Putting it in again makes it the last to go.
      buckets.delete(caller);
      buckets.set(caller, known);
      return known;
    }
    const [oldest] = buckets.size >= bucketCountMax ? buckets.keys() : [];
    if (oldest !== undefined) buckets.delete(oldest);
    const bucket = { tokens: capacity, atMs: nowMs() };
    buckets.set(caller, bucket);
    return bucket;
  };

  return {
    /** Takes a call's token; answers after how many seconds there will be one, 0 if there was. */
    take: (caller: string, callsPerSecondMax: number): number => {
      const capacity = callsPerSecondMax * burstSeconds;
      const bucket = bucketOf(caller, capacity);
      const atMs = nowMs();
      // A clock that was set back gives nothing.
      const gained = (Math.max(0, atMs - bucket.atMs) / 1000) * callsPerSecondMax;
      bucket.tokens = Math.min(capacity, bucket.tokens + gained);
      bucket.atMs = atMs;
      if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / callsPerSecondMax);
      bucket.tokens -= 1;
      return 0;
    },
  };
};
