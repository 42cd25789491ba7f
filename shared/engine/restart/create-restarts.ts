import { laterStates } from "#core/asl/later-states.ts";
import { OrchestratorError } from "#core/errors.ts";
import { executionIdOf } from "#core/execution/execution-id.ts";
import type { ExecutionStarted } from "#core/execution/facts.ts";
import { baseProcessOf } from "#core/execution/map-run/process-part.ts";
import type { Program } from "#core/execution/program.ts";
import { type Json, sameJson } from "#core/json.ts";
import type { EngineContext } from "#engine/context.ts";
import type { Engine, StartRequest } from "#engine/engine.ts";
import { executionNotFound } from "#engine/execution-not-found.ts";
import { startOf } from "#engine/loading.ts";
import { freshName } from "#engine/starting.ts";
import { attemptCounts } from "./attempt-counts.ts";
import { findPoint, type Point } from "./find-point.ts";
import { restartLinks } from "./restart-links.ts";
import type { Effect, RestartRequest, Restarts } from "./restarts.ts";

export interface RestartsOptions
  extends Pick<EngineContext, "platform" | "program" | "clock" | "entropy"> {
  readonly start: Engine["start"];
  /** What an activity does outside, `undefined` where that depends on parameters that are not known. */
  readonly effectOf: (resource: string, parameters?: Json) => Effect | undefined;
}

type Wanted = Omit<RestartRequest, "name" | "by">;

const unknownVersion = (process: string, version: number | undefined) =>
  new OrchestratorError(
    "process-not-found",
    version === undefined
      ? `there is no process ${process}`
      : `there is no version ${version} of a process ${process}`,
    { action: "deploy it first, or list the processes", details: { process } },
  );

const beginningOf = ({ entered, state }: Point, { from, input }: Wanted) => ({
  state,
  ...(from.startPoint !== undefined && { startPoint: from.startPoint }),
  input: input === undefined ? entered.input : input,
  variables: entered.variables,
});

type Reading = Pick<RestartsOptions, "platform" | "program">;

const startFactOf = async ({ platform }: Pick<Reading, "platform">, executionId: string) => {
  const [first] = await platform.log.read(executionId, { fromSeq: 0, limit: 1 });
  return first && startOf(first);
};

/** The version that is to run. */
const programFor = async (options: Reading, { executionId, version }: Wanted): Promise<Program> => {
  const old = await startFactOf(options, executionId);
  if (old === undefined) throw executionNotFound(executionId);
  const wanted = version === "newest" ? undefined : (version ?? old.version);
  const process = baseProcessOf(old.process);
  const program = await options.program(process, wanted);
  if (program === undefined) throw unknownVersion(process, wanted);
  return program;
};

/** Whether an execution that is there begins as it is asked for. */
const isAsked = (
  { version, restartOf, beginsAt }: ExecutionStarted,
  wanted: RestartRequest,
): boolean => {
  const { executionId, from, input } = wanted;
  return (
    restartOf?.executionId === executionId &&
    (from.eventId === undefined || from.eventId === restartOf.eventId) &&
    (from.startPoint === undefined || from.startPoint === beginsAt?.startPoint) &&
    (from.state === undefined || from.state === beginsAt?.state) &&
    (typeof wanted.version !== "number" || wanted.version === version) &&
    (input === undefined || sameJson(beginsAt?.input ?? null, input))
  );
};

/** The start of the execution that has the name, where it is what is asked for (G6): whatever was deployed since. */
const repeated = async (
  options: Reading,
  wanted: RestartRequest,
  process: string,
): Promise<StartRequest | undefined> => {
  if (wanted.name === undefined) return undefined;
  const first = await startFactOf(options, executionIdOf(process, wanted.name));
  if (first?.restartOf === undefined || first.beginsAt === undefined) return undefined;
  if (!isAsked(first, wanted)) return undefined;
  const { version, name, input, startedBy, restartOf: of, beginsAt: at } = first;
  return { process, version, name, input, startedBy, restart: { of, at } };
};

export const createRestarts = (options: RestartsOptions): Restarts => {
  const links = restartLinks(options.platform);
  return {
    preview: async (wanted) => {
      const program = await programFor(options, wanted);
      const counts = attemptCounts(options.effectOf);
      const { executionId, from } = wanted;
      const point = await findPoint(options, { executionId, from, program, attempts: counts });
      const { process, version, definition } = program;
      return {
        restartOf: { executionId, eventId: point.entered.eventId },
        process,
        version,
        beginsAt: beginningOf(point, wanted),
        states: laterStates(definition, point.state).map((later) =>
          counts.viewOf(later, { isKnown: point.old.isCondensed !== true }),
        ),
      };
    },

    restart: async (wanted) => {
      const program = await programFor(options, wanted);
      const { process, version } = program;
      const again = await repeated(options, wanted, process);
      if (again !== undefined) return options.start(again);
      const { executionId, from, by } = wanted;
      const point = await findPoint(options, { executionId, from, program });
      const name = wanted.name ?? freshName(options);
      await links.put(executionId, executionIdOf(process, name));
      const of = { executionId, eventId: point.entered.eventId };
      const restart = { of, at: beginningOf(point, wanted) };
      const { input } = point.old;
      return options.start({ process, version, name, input, startedBy: by, restart });
    },

    restartsOf: links.of,
  };
};
