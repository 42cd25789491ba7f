/** What operators said of interrupted activities, as far back as it is remembered. */
import { digest } from "../expressions/digest.ts";
import { printJson } from "../json.ts";
import { resolutionsKeptMax } from "../limits.ts";
import type { ActivityResolved } from "./facts.ts";
import type { ExecutionState, Resolution } from "./state.ts";

const digestOf = ({ resolution, output, error, cause }: ActivityResolved): string =>
  digest(printJson([resolution, output ?? null, error ?? null, cause ?? null]), "SHA-256") ?? "";

/** Keeps what was said. */
export const rememberResolution = (state: ExecutionState, fact: ActivityResolved): void => {
  const { activity, attempt, by } = fact;
  const kept: Resolution = { activity, attempt, by, digest: digestOf(fact) };
  state.resolutions = [...(state.resolutions ?? []), kept].slice(-resolutionsKeptMax);
};

/** What was said of an attempt, and whether it was the same; `undefined`: nothing that is remembered. */
export const resolutionBefore = (
  { resolutions = [] }: ExecutionState,
  fact: ActivityResolved,
): { readonly by: string; readonly isSame: boolean } | undefined => {
  const before = resolutions.findLast(
    ({ activity, attempt }) => activity === fact.activity && attempt === fact.attempt,
  );
  return before && { by: before.by, isSame: before.digest === digestOf(fact) };
};
