import { isDeepStrictEqual } from "node:util";
import { baseProcessOf } from "#core/execution/map-run/process-part.ts";
import { type Outcome, type SimulationOptions, simulate } from "./simulation.ts";
import type { Watched } from "./watched.ts";

/** Whether nothing befell an execution that its process can tell from a run without faults. */
const wasUndisturbed = (watched: Watched, { wasDrainOverdue }: Outcome): boolean =>
  !mayHide(watched) && !(wasDrainOverdue && isCondensed(watched)) && hasNoMark(watched);

/** Whether the record of its end stands for what was decided together with it: the end of an activity by a drain, perhaps. */
const isCondensed = ({ facts }: Watched): boolean =>
  facts.some(({ kind }) => kind === "ExecutionCondensed");

/** Whether something may have befallen it that stood in records which are in no log. */
const mayHide = ({ isUnwritten, program, state }: Watched): boolean =>
  isUnwritten &&
  (hiddenEnds.includes(state?.error ?? "") ||
    state?.status === "ABORTED" ||
    JSON.stringify(program.definition).includes('Seconds":'));

const hiddenEnds: readonly string[] = ["Holdfast.Lost", "Holdfast.Stale", "States.Timeout"];

const hasNoMark = ({ facts, events }: Watched): boolean =>
  facts.every(
    (fact) =>
      fact.kind !== "StopRequested" &&
      fact.kind !== "ExecutionRedriven" &&
      fact.kind !== "ProgressDropped" &&
      (fact.kind !== "TakenOver" || fact.interrupted.length === 0),
  ) && events.every(({ type }) => !type.includes("TimedOut"));

/** Executions that nothing befell, nor any that they have started. */
const undisturbedOf = (outcome: Outcome): Map<string, Watched> => {
  const { executions, racy } = outcome;
  const found = new Map<string, Watched>();
  for (const one of executions) found.set(one.executionId, one);
  const drop = (executionId: string | undefined): void => {
    const one = executionId === undefined ? undefined : found.get(executionId);
    if (one === undefined || executionId === undefined) return;
    found.delete(executionId);
    drop(one.state?.parent?.executionId);
  };
  for (const one of executions)
    if (racy.has(baseProcessOf(one.program.process)) || !wasUndisturbed(one, outcome))
      drop(one.executionId);
  return found;
};

const endOf = ({ state }: Watched) => ({
  status: state?.status,
  // As text: of what was read from a log objects are made otherwise.
  output: JSON.stringify(state?.output),
  error: state?.error,
  // That of a child's failure says when the child was started.
  cause: state?.cause?.includes("StartDate") === true ? "of a child" : state?.cause,
});

/** An execution that nothing befell ends as it would have without faults. */
const differs = (found: Watched, faultless: Watched | undefined): boolean =>
  faultless !== undefined &&
  found.state?.status !== "RUNNING" &&
  isDeepStrictEqual(found.state?.input, faultless.state?.input) &&
  !isDeepStrictEqual(endOf(found), endOf(faultless));

/**
 * Runs a seed twice, which must come out the same, and compares what came of it with a run of the
 * same executions without faults.
 */
export const checkSeed = async (options: SimulationOptions): Promise<Outcome> => {
  const outcome = await simulate(options);
  if (outcome.violation !== undefined) return outcome;
  const again = await simulate({ ...options, isVerbose: false });
  const violated = (kind: string, message: string): Outcome => ({
    ...outcome,
    violation: { kind, message },
  });
  if (again.trace !== outcome.trace)
    return violated("determinism", "a second run of the seed went otherwise");
  const faultless = await simulate({ ...options, isVerbose: false, isFaultless: true });
  if (faultless.violation !== undefined) {
    const { kind, message } = faultless.violation;
    return violated(kind, `without faults: ${message}`);
  }
  const expected = undisturbedOf(faultless);
  const odd = [...undisturbedOf(outcome).values()].find((one) =>
    differs(one, expected.get(one.executionId)),
  );
  if (odd === undefined) return outcome;
  const [found, wanted] = [odd, expected.get(odd.executionId) as Watched].map(endOf);
  return violated(
    "outcome",
    `${odd.executionId} ended as ${JSON.stringify(found)}, without faults as ${JSON.stringify(wanted)}`,
  );
};
