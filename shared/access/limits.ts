/** Age of what a server knows of keys and assignments, ms: a change of another server counts after so long. */
export const knownAgeMsMax = 5_000;

/** The same where the storage does not answer: who could call a minute ago still can, ms. */
export const knownAgeMsMaxInTrouble = 60_000;

/** The last use of a key is written no more often than this, ms. */
export const lastUseEveryMs = 60_000;

/** Assignments of an environment: all of them are read at once. */
export const assignmentCountMax = 1_000;

/** Issuers of an environment: all of them are read at once. */
export const issuerCountMax = 20;

/** Between the clock of a client that signs and this server's, ms; what AWS takes. */
export const signatureSkewMsMax = 300_000;

/** A token of a person that was verified is taken without another look for so long, ms. */
export const verifiedAgeMsMax = 60_000;

/** Tokens and secrets that are kept in memory. */
export const keptCountMax = 1_000;

/** An issuer may take this long to answer, ms. */
export const issuerTimeoutMs = 5_000;
