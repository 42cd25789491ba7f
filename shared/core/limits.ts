/**
 * Limits of the core: value, unit, reason, source. What depends on a limit must come out the same
 * when a history is replayed, so none of them is a span of time.
 */

/** Nodes that one JSONata evaluation may visit: ends endless loops; about a second of work. */
export const jsonataStepsMax = 1_000_000;

/** Nested nodes of one JSONata evaluation: the service stops at 100; more is harmless here. */
export const jsonataDepthMax = 1_000;

/** Array items plus 1/16 of the characters that one JSONata evaluation may produce: bounds its memory. */
export const jsonataVolumeMax = 16_000_000;

/** Steps that matching a regular expression with a text may take where it must backtrack: about a second. */
export const regexStepsMax = 300_000_000;

/** Tests within tests of a filter in a JSONPath: reading and applying them recurse. */
export const filterDepthMax = 100;

/** Compiled JSONata expressions kept, a few kilobytes each. */
export const compiledExpressionsMax = 2_000;

/** Parsed JSONPaths and intrinsic calls kept, under a kilobyte each. */
export const parsedPathsMax = 5_000;

/** Calls within calls of intrinsic functions (Step Functions developer guide, intrinsic functions). */
export const intrinsicNestingMax = 10;

/** Items that States.ArrayRange may make (developer guide, intrinsic functions). */
export const arrayRangeCountMax = 1_000;

/** Characters that Base64Encode, Base64Decode and Hash take (developer guide, intrinsic functions). */
export const intrinsicTextLengthMax = 10_000;

/** Numbers that $range may make: the service allows 360,145. */
export const jsonataRangeCountMax = 1_000_000;

/** States entered in one advance: beyond it a branch yields, so a cycle of pure states cannot hold a server. Old histories were decided with it: to change it is to raise `behaviourVersion`. */
export const transitionsPerAdvanceMax = 2_000;

/** Items of an inline Map state that run at once where MaxConcurrency says 0: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
export const inlineConcurrencyMax = 40;

/** Seconds after which an EXPRESS execution times out: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html. To change it is to raise `behaviourVersion`. */
export const expressSecondsMax = 300;

/** Longest pause before a retry, about three years: what the service takes for an interval. */
export const retryDelaySecondsMax = 99_999_999;

/** Characters of JSON that a state may leave behind: bounds what a process can do to the memory of its server. To change it is to raise `behaviourVersion`. */
export const valueSizeMax = 16_777_216;

/** Levels of arrays and objects that a state may leave behind: printing JSON recurses into them. */
export const valueDepthMax = 1_000;

/** Children of a map run that are in flight at once, where MaxConcurrency says 0 or more: the service allows 10,000; each costs memory of its server here. */
export const distributedConcurrencyMax = 1_000;

/** Signals of an execution that nobody has taken yet: each is a part of its state. More are refused. */
export const signalsKeptMax = 1_000;

/** Ids of taken signals that are remembered, so that one which is sent again counts once. */
export const signalIdsKeptMax = 1_000;

/** Characters of JSON of a checkpoint: it is a part of the state of its execution. Larger data belongs into a file that it names. */
export const checkpointSizeMax = 65_536;

/** Answers of operators that are remembered, so that one which is sent again counts once. */
export const resolutionsKeptMax = 100;

/** Bytes of a data set that are read, and kept in the log, at a time: small enough for one item of any store. */
export const itemPageBytes = 131_072;

/** Bytes of a data set that is one JSON document, and of one item: both are parsed at once. */
export const itemDocumentBytesMax = 8_388_608;

/** Characters of the cause of a failure that the interpreter words, as the service has it: a cause that shows an input would else grow with each round of a catcher that leads back. */
export const causeLengthMax = 32_768;
