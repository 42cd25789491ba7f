/** Longest process document, in characters. The service takes definitions of 1 MiB. */
export const documentLengthMax = 1_048_576;

/** Values of a document once its aliases are resolved: a few anchors can stand for billions. */
export const documentValueCountMax = 500_000;

/** Deepest nesting of a document; a definition may be nearly as deep. */
export const documentDepthMax = 300;

/** Problems of an input that are reported. */
export const inputProblemCountMax = 50;

/** Longest JSON Schema of an input, in characters: making a check of it takes about a second, in which a server does nothing else. */
export const inputSchemaLengthMax = 65_536;

/** Time that checking one input may take, ms: a server does nothing else meanwhile, and its leases are of seconds. */
export const inputCheckMsMax = 500;

/** Characters of a schema, and of an input, up to which the one is held against the other without watching the time. */
export const quickCheckLengthMax = 2_000;

/** Process versions kept in memory, or twice as many; those asked for longest ago go first. */
export const cachedVersionCountMax = 250;

/** How often a deployment begins again because another one was faster; each round one of them wins. */
export const deployRoundsMax = 200;

/** Longest `freshness` of a process, in seconds: about three years, as the longest time-out. */
export const freshnessSecondsMax = 99_999_999;
