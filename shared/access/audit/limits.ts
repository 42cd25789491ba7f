/** Entries of a block. */
export const blockEntriesMax = 100;

/** What an entry holds of an object before and after, in characters of JSON: beyond, its hash. */
export const recordedSizeMax = 4_096;

/** Entries that wait while the storage takes nothing; beyond, they are counted only. */
export const waitingCountMax = 1_000;

/** Pause before a write is tried again, ms. */
export const retryDelayMs = 1_000;

/** The same denied call is written down no more often than this, ms. */
export const denialWindowMs = 60_000;

/** Kinds of denied calls that are told apart within the window. */
export const denialKindsMax = 100;

/** Blocks that are read at a time. */
export const readMax = 50;

/** Blocks that one page of a list looks at, at most. */
export const scannedBlocksMax = 5_000;

/** Problems that a verification tells at once. */
export const problemCountMax = 20;

/** Rounds of a write that other servers win. */
export const writeRoundsMax = 1_000;

/** So much older an entry may be than those before it, ms: its server waited for the storage, or its clock is behind. */
export const orderSlackMs = 3_600_000;
