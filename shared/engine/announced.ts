import type { TailOptions } from "./tail-options.ts";
import { hasUnbegun } from "./unbegun.ts";

/**
 * Whether a record behind one that gives its turn no lease is announced in the head before it is put: where somebody
 * who knows no more than the log says now may settle. What comes from outside has no turn that goes on with it.
 */
export const isToBeAnnounced = ({
  loaded: { state, seq },
  isOutside = false,
}: Pick<TailOptions, "loaded" | "isOutside">): boolean =>
  seq >= 0 && (isOutside || !hasUnbegun(state));
