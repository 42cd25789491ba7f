/** Resource of a Task state that waits for signals (ADR 7). */
export const signalsResource = "holdfast:signals:wait";
