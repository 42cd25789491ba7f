import { StateFailed } from "../failure.ts";

/** What a data set that cannot be read as it is said to be fails the Map state with. */
export const itemReaderFailure = (cause: string): StateFailed =>
  new StateFailed("States.ItemReaderFailed", cause);
