import { OrchestratorError } from "#core/errors.ts";
import type { Program } from "#core/execution/program.ts";
import type { Activity, Branch, ExecutionState } from "#core/execution/state.ts";
import type { EngineContext } from "#engine/context.ts";
import { executionNotFound } from "#engine/execution-not-found.ts";
import { type Entered, observeCourse } from "./old-course.ts";
import type { RestartFrom } from "./restarts.ts";
import { stateOfStartPoint } from "./start-point.ts";

/** Names of states that an error lists. */
const namesMax = 20;

/** Where a restart begins. */
export interface Point {
  readonly old: ExecutionState;
  readonly entered: Entered;
  /** The state of the version that is to run. */
  readonly state: string;
}

export interface PointOptions {
  readonly executionId: string;
  readonly from: RestartFrom;
  /** The version that is to run. */
  readonly program: Program;
  /** Hears of each attempt; what it has heard before `begins` is called is of before the point. */
  readonly attempts?: {
    readonly begins: () => void;
    readonly attempted: (branch: Branch, activity: Activity) => void;
  };
}

interface Search {
  /** Names of the states at the top that were entered. */
  readonly names: Set<string>;
  found?: Entered;
  /** An entry that would fit but stands within a Parallel or Map state. */
  nested?: Entered;
}

const refuse = (executionId: string, why: string, action: string) =>
  new OrchestratorError(
    "execution-not-restartable",
    `the execution ${executionId} cannot be restarted from there: ${why}`,
    { action, details: { executionId } },
  );

const quoted = (names: Iterable<string>): string => {
  const all = [...names];
  const listed = all.slice(0, namesMax).map((name) => JSON.stringify(name));
  return listed.join(", ") + (all.length > namesMax ? ", ..." : "");
};

/** Why an execution cannot be restarted at all. */
const mustBeRestartable = ({ executionId, status, part }: ExecutionState): void => {
  if (status === "RUNNING")
    throw refuse(executionId, "it runs", "stop it first, or wait for its end");
  if (part !== undefined)
    throw refuse(
      executionId,
      "it is a part of another execution",
      "restart the execution that it belongs to",
    );
};

const notEntered = (
  { executionId, from: { eventId } }: PointOptions,
  { names, nested }: Search,
  { state, isCondensed }: { readonly state: string | undefined; readonly isCondensed: boolean },
) => {
  if (isCondensed)
    return refuse(
      executionId,
      "nothing is kept of it but its start and its end (persistence)",
      "start a new execution, at a start point perhaps",
    );
  const offered = `choose a state that it has entered: ${quoted(names)}`;
  if (nested !== undefined) {
    const outer = JSON.stringify(nested.machine[0]);
    const inner = JSON.stringify(nested.state);
    return refuse(
      executionId,
      `the state ${inner} stands within the state ${outer}`,
      `restart it from the state ${outer}`,
    );
  }
  return eventId === undefined
    ? refuse(executionId, `it has never entered the state ${JSON.stringify(state)}`, offered)
    : refuse(executionId, `its event ${eventId} enters no state`, offered);
};

const mustHaveState = ({ executionId, program }: PointOptions, state: string): void => {
  const { process, version, definition } = program;
  if (Object.hasOwn(definition.States, state)) return;
  throw refuse(
    executionId,
    `version ${version} of process ${process} has no state ${JSON.stringify(state)}`,
    `name one of its states beside the event: ${quoted(Object.keys(definition.States))}`,
  );
};

/** Finds where a restart begins. Rejects: `execution-not-found`, `execution-not-restartable`, `start-point-not-found`. */
export const findPoint = async (
  context: Pick<EngineContext, "platform" | "program">,
  options: PointOptions,
): Promise<Point> => {
  const { executionId, from, program, attempts } = options;
  const { eventId, startPoint } = from;
  const named = startPoint === undefined ? from.state : stateOfStartPoint(program, startPoint);
  const search: Search = { names: new Set() };
  const old = await observeCourse(context, executionId, {
    entered: (entered) => {
      const isTop = entered.machine.length === 0;
      if (isTop) search.names.add(entered.state);
      const fits = eventId === undefined ? entered.state === named : entered.eventId === eventId;
      if (!fits) return;
      search[isTop ? "found" : "nested"] = entered;
      if (isTop) attempts?.begins();
    },
    attempted: (branch, activity) => attempts?.attempted(branch, activity),
  });
  if (old === undefined) throw executionNotFound(executionId);
  mustBeRestartable(old);
  const { found } = search;
  if (found === undefined) {
    const isCondensed = old.isCondensed === true;
    throw notEntered(options, search, { state: named, isCondensed });
  }
  const state = named ?? found.state;
  mustHaveState(options, state);
  return { old, entered: found, state };
};
