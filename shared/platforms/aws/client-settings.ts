/**
 * What every client of AWS is made with, beside its region. Calls to DynamoDB and SQS take milliseconds:
 * one that takes seconds is lost and is sent again, with a growing and random pause (standard mode).
 */
export const clientSettings = {
  retryMode: "standard",
  /** A call has succeeded or failed before the lease of a turn is over; whoever called goes on from there. */
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets: 256 },
    httpsAgent: { keepAlive: true, maxSockets: 256 },
  },
} as const;
