/**
 * The first behaviour under which what is interrupted may be asked about or verified, and a map run
 * whose reading was interrupted still knows that it is one.
 */
export const askingBehaviour = 4;
