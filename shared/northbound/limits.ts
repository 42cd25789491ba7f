/** What a caller may ask of one request. Each has its unit in its name. */
export interface Limits {
  /** A body: 1 MiB for the largest value, and room for its escapes and the fields around it. */
  readonly bodyBytesMax: number;
  /** Nesting of a body: deeper values overflow the stack of those who print or evaluate them. */
  readonly jsonDepthMax: number;
  /** A call of the Step Functions protocol waits no longer, whatever it waits for; behind API Gateway 25,000. */
  readonly waitMsMax: number;
  /** A comment line goes out after this silence, so that proxies keep the connection. */
  readonly heartbeatMs: number;
  /** A reader of events that takes nothing for so long is cut off; it can resume by Last-Event-ID. */
  readonly stallMsMax: number;
  /**
   * Where answers are passed on whole only (API Gateway): a stream of events ends as soon as it has told what there is,
   * and after so long with nothing, and says that there is more. Absent: it goes on until the execution has ended.
   */
  readonly stretchMsMax?: number;
  /** Calls of one principal on one server; a key may have its own rate. Far above what one program needs. */
  readonly callsPerSecondMax: number;
  /** Calls of one address that nobody could be found for and that are answered and audited as such. */
  readonly failuresPerSecondMax: number;
}

/** The limits of an environment. */
export const defaultLimits: Limits = {
  bodyBytesMax: 1024 * 1024 + 64 * 1024,
  jsonDepthMax: 128,
  // Longer than an EXPRESS execution may take, so that its end is always seen.
  waitMsMax: 305_000,
  heartbeatMs: 15_000,
  stallMsMax: 60_000,
  callsPerSecondMax: 20_000,
  failuresPerSecondMax: 20,
};

/** Seconds that a start may wait for the end: below the 30 s after which AWS API Gateway gives up. */
export const waitSecondsMax = 29;

/** Seconds that a worker may wait for a task: what the service takes. Behind AWS API Gateway ask for less than 30. */
export const pollSecondsMax = 60;

/**
 * Events of a history that are told in one answer have about so many characters: Lambda lets an answer be 6 MiB, and
 * their text is escaped up to twice on its way.
 */
export const answerCharactersMax = 1024 * 1024;

/** Items on a page. */
export const pageSizeMax = 1000;

/** Items on a page where the caller does not say. */
export const pageSizeDefault = 50;
