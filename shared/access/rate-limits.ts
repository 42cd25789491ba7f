import { RecentMap } from "#core/recent-map.ts";

/** Callers that are told apart; of more than twice as many, those seen longest ago begin anew. */
const bucketCountMax = 10_000;

/** How many seconds of its rate a caller may have saved up. */
const burstSeconds = 2;

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Token buckets: each caller may make so many calls a second, and twice as many at once. */
export const tokenBuckets = (nowMs: () => number) => {
  const buckets = new RecentMap<string, Bucket>(bucketCountMax);

  const bucketOf = (caller: string, capacity: number): Bucket => {
    const bucket = buckets.get(caller) ?? { tokens: capacity, atMs: nowMs() };
    // Whoever calls is among the last to go.
    buckets.put(caller, bucket);
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
