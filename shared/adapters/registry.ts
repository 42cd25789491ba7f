import { signalsResource } from "#core/asl/signals-resource.ts";
import { assert } from "#core/errors.ts";
import { isWithin } from "#core/execution/measure.ts";
import { calledResource } from "#core/execution/resource-kind.ts";
import type { Json, JsonObject } from "#core/json.ts";
import { checkpointSizeMax } from "#core/limits.ts";
import type { ActivityRequest, ActivityResult, ActivityRunner } from "#ports/activity-runner.ts";
import {
  type ActivityContext,
  type ActivityDefinition,
  ActivityError,
  type ActivityFlags,
  type Adapter,
  type Unavailable,
} from "./adapter.ts";
import { type Literal, literalCheck, type ParameterProblem } from "./literal-check.ts";
import { type ParameterCheck, parameterCheck } from "./parameter-check.ts";

/** Characters of a cause that are kept; what Step Functions keeps too. */
const causeLengthMax = 32_768;

/** What an activity declares, as data for people and programs. */
export interface ActivityManifest {
  readonly resource: string;
  readonly title: string;
  readonly description: string;
  readonly input: JsonObject;
  readonly output: JsonObject;
  /** `byParameters` where the flags depend on what the activity is asked to do. */
  readonly flags: ActivityFlags | "byParameters";
  readonly errors: Readonly<Record<string, string>>;
  readonly targetType?: string;
}

export interface AdapterManifest {
  readonly name: string;
  readonly description: string;
  readonly activities: readonly ActivityManifest[];
}

/** Runs activities by their resource, and says which there are. */
export interface AdapterRegistry extends ActivityRunner {
  /** What an activity acts on; `undefined`: on nothing that has a name. */
  readonly targetOf: (resource: string, parameters: Json) => string | undefined;
  readonly knowsResource: (resource: string) => boolean;
  /** Whether an activity can verify by itself, with some parameters at least; `undefined`: there is no such activity. */
  readonly hasProbe: (resource: string) => boolean | undefined;
  /** What is wrong with parameters of which those at `holes` are not known yet. */
  readonly parameterProblems: (resource: string, literal: Literal) => readonly ParameterProblem[];
  /**
   * What running it does outside, by what the activity declares; `undefined` where that depends on
   * parameters and none are given.
   */
  readonly effectOf: (resource: string, parameters?: Json) => Effect | undefined;
  readonly manifests: () => readonly AdapterManifest[];
}

/** As `restart` of the engine knows it: nothing, what may be repeated after an interruption, anything. */
export type Effect = "readOnly" | "restartable" | "sideEffects";

const effectBy = ({ readOnly, restartable, resumable }: ActivityFlags): Effect => {
  if (readOnly) return "readOnly";
  return restartable || resumable === true ? "restartable" : "sideEffects";
};

interface Entry {
  readonly activity: ActivityDefinition;
  readonly check: ParameterCheck | undefined;
}

const failed = (error: string, cause: string): ActivityResult => ({
  kind: "failed",
  error,
  cause: cause.length > causeLengthMax ? `${cause.slice(0, causeLengthMax - 3)}...` : cause,
});

const failureOf = (thrown: unknown): ActivityResult => {
  if (thrown instanceof ActivityError) return failed(thrown.error, thrown.message);
  const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return failed("States.TaskFailed", `the adapter failed unexpectedly: ${what}`);
};

const succeeded = (output: Json): ActivityResult => ({ kind: "succeeded", output });

const entriesOf = (adapters: readonly Adapter[]): Map<string, Entry> => {
  const entries = new Map<string, Entry>();
  for (const adapter of adapters) {
    for (const [name, activity] of Object.entries(adapter.activities)) {
      const resource = `holdfast:${adapter.name}:${name}`;
      assert(!entries.has(resource), `two adapters offer ${resource}`);
      entries.set(resource, { activity, check: parameterCheck(activity.input) });
    }
  }
  return entries;
};

/** Resources that were found and are remembered; definitions name few. */
const foundMax = 10_000;

/** What offers the activity of a resource, or why nothing does. */
const lookup = (adapters: readonly Adapter[]) => {
  const entries = entriesOf(adapters);
  const found = new Map<string, Entry>();

  const find = (resource: string): Entry | Unavailable => {
    for (const adapter of adapters) {
      const activity = adapter.find?.(resource);
      if (activity === undefined) continue;
      if ("unavailable" in activity) return activity;
      const entry = { activity, check: parameterCheck(activity.input) };
      if (found.size < foundMax) found.set(resource, entry);
      return entry;
    }
    return {
      unavailable: `there is no activity ${resource}; the adapters here offer ${[...entries.keys()].join(", ")}`,
    };
  };

  return (resource: string): Entry | Unavailable =>
    entries.get(resource) ?? found.get(resource) ?? find(resource);
};

const manifestOf = (adapter: Adapter): AdapterManifest => ({
  name: adapter.name,
  description: adapter.description,
  activities: Object.entries(adapter.activities).map(([name, activity]) => ({
    resource: `holdfast:${adapter.name}:${name}`,
    title: activity.title,
    description: activity.description,
    input: activity.input,
    output: activity.output,
    flags: typeof activity.flags === "function" ? "byParameters" : activity.flags,
    errors: activity.errors,
    ...(activity.targetType === undefined ? {} : { targetType: activity.targetType }),
  })),
});

/**
 * Key and signal are made when they are asked for: most activities never do. A class, because an
 * object literal with getters takes microseconds to make.
 */
class RequestContext implements ActivityContext {
  readonly executionId: string;
  readonly process: string;
  readonly state: string;
  readonly activity: string;
  readonly attempt: number;
  readonly nowMs: () => number;
  readonly credentials: Json | undefined;
  readonly heartbeat: () => void;
  private readonly request: ActivityRequest;

  constructor(request: ActivityRequest, nowMs: () => number) {
    this.executionId = request.executionId;
    this.process = request.process;
    this.state = request.state;
    this.activity = request.activity;
    this.attempt = request.attempt;
    this.nowMs = nowMs;
    this.credentials = request.credentials;
    this.heartbeat = request.heartbeat;
    this.request = request;
  }

  get idempotencyKey(): string {
    return `${this.executionId}/${this.activity}`;
  }

  get signal(): AbortSignal {
    return this.request.signal;
  }

  get checkpoint(): Json | undefined {
    return this.request.checkpoint;
  }

  get saveCheckpoint(): ActivityContext["saveCheckpoint"] {
    return async (checkpoint) => {
      if (!isWithin(checkpoint, checkpointSizeMax)) throw checkpointTooLarge();
      await this.request.saveCheckpoint(checkpoint);
    };
  }
}

const checkpointTooLarge = () =>
  new ActivityError(
    "Holdfast.CheckpointTooLarge",
    `a checkpoint has at most ${checkpointSizeMax} characters of JSON; keep larger data in a file that it names`,
  );

/** What can be said of an activity before it runs. */
const beforeDeployment = (
  entryOf: (resource: string) => Entry | undefined,
): Pick<AdapterRegistry, "hasProbe" | "parameterProblems"> => {
  const checks = new WeakMap<JsonObject, ReturnType<typeof literalCheck>>();
  return {
    hasProbe: (resource) => {
      const entry = entryOf(resource);
      return entry && entry.activity.verify !== undefined;
    },
    parameterProblems: (resource, literal) => {
      const { input } = entryOf(resource)?.activity ?? {};
      if (input === undefined) return [];
      const check = checks.get(input) ?? literalCheck(input);
      checks.set(input, check);
      return check(literal);
    },
  };
};

/**
 * The activities of `adapters` by their resource. Parameters are checked against the schema of the
 * activity before it runs; an activity that answers at once is answered at once. Beside the errors
 * of the activities there are `Holdfast.ParametersInvalid`, `Holdfast.UnknownResource`, and
 * `States.TaskFailed` for what an adapter did not foresee.
 */
export const adapterRegistry = (
  adapters: readonly Adapter[],
  options: { readonly nowMs: () => number },
): AdapterRegistry => {
  const look = lookup(adapters);
  const manifests = adapters.map(manifestOf);
  const { nowMs } = options;

  const entryOf = (resource: string): Entry | undefined => {
    const entry = look(resource);
    return "unavailable" in entry ? undefined : entry;
  };

  const run = (request: ActivityRequest): Promise<ActivityResult> | ActivityResult => {
    const entry = look(request.resource);
    if ("unavailable" in entry) return failed("Holdfast.UnknownResource", entry.unavailable);
    const complaint = entry.check?.(request.parameters);
    if (complaint !== undefined) {
      return failed("Holdfast.ParametersInvalid", `${request.resource}: ${complaint}`);
    }
    try {
      const { activity } = entry;
      const work = request.isProbe === true ? (activity.verify ?? activity.run) : activity.run;
      const answer = work(request.parameters, new RequestContext(request, nowMs));
      return answer instanceof Promise ? answer.then(succeeded, failureOf) : succeeded(answer);
    } catch (thrown) {
      return failureOf(thrown);
    }
  };

  /** Invalid parameters cannot have started anything, but flags that depend on them mean nothing either. */
  const flagsOf = (resource: string, parameters: Json): ActivityFlags | undefined => {
    const entry = entryOf(resource);
    if (entry === undefined) return undefined;
    const { flags } = entry.activity;
    if (typeof flags !== "function") return flags;
    return entry.check?.(parameters) === undefined ? flags(parameters) : undefined;
  };

  const mayRestart = (resource: string, parameters: Json): boolean => {
    const flags = flagsOf(resource, parameters);
    return flags !== undefined && (flags.readOnly || flags.restartable || flags.resumable === true);
  };

  const mayVerify = (resource: string, parameters: Json): boolean =>
    entryOf(resource)?.activity.verify !== undefined &&
    flagsOf(resource, parameters)?.verifiable === true;

  const targetOf = (resource: string, parameters: Json): string | undefined =>
    entryOf(calledResource(resource))?.activity.target?.(parameters);

  const effectOf = (resource: string, parameters?: Json): Effect | undefined => {
    if (resource === signalsResource) return "readOnly";
    const { flags } = entryOf(calledResource(resource))?.activity ?? {};
    if (flags === undefined) return "sideEffects";
    if (typeof flags !== "function") return effectBy(flags);
    return parameters === undefined ? undefined : effectBy(flags(parameters));
  };

  return {
    run,
    effectOf,
    mayRestart,
    mayVerify,
    targetOf,
    knowsResource: (resource) => entryOf(resource) !== undefined,
    ...beforeDeployment(entryOf),
    manifests: () => manifests,
  };
};
