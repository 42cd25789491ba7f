/**
 * The first behaviour under which what is interrupted may be asked about or verified, and a map run
 * whose reading was interrupted still knows that it is one.
 */
export const askingBehaviour = 4;

/**
 * The first behaviour under which an execution that starts over after a loss gives no branch an id that
 * the lost one may have given: else two activities could have one id, and one idempotency key.
 */
export const freshIdsBehaviour = 5;

/**
 * The first behaviour under which computed seconds have the limit that written ones have: without it there
 * are instants that no clock reaches and no log can hold.
 */
export const limitedSecondsBehaviour = 6;
