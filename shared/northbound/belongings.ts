import type { Belongings } from "#access/call-access.ts";
import type { Belonging } from "#access/permissions.ts";
import { ownerOf, type Processes } from "#catalog/processes.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { Executions } from "#engine/executions.ts";

/** What `startedBy` of a child begins with; its parent's id follows. */
const byExecution = "execution:";

/** Parents that are asked for the owner of a child: more are nested in no sound process. */
const depthMax = 20;

type Started = {
  readonly process: string;
  readonly version: number;
  readonly startedBy: string;
};

/** Map runs and their children are executions of `<process>/<Map state>`. */
const processNameOf = (process: string): string => process.split("/")[0] ?? process;

/** Looks at each thing once. */
const onceEach = <T>() => {
  const seen = new Map<string, Promise<T | undefined>>();
  return (key: string, look: () => Promise<T | undefined>): Promise<T | undefined> => {
    const found = seen.get(key) ?? look();
    seen.set(key, found);
    return found;
  };
};

/** Whose the objects of an environment are. Each is looked at once: make one for each call. */
export const belongingsOf = (options: {
  readonly executions: Executions;
  readonly processes: Processes;
}): Belongings => {
  const once = onceEach<Belonging>();
  const onceStarted = onceEach<Started>();

  const described = async (executionId: string): Promise<Started | undefined> => {
    try {
      return await options.executions.describe(executionId);
    } catch (error) {
      if (error instanceof OrchestratorError && error.code === "execution-not-found") return;
      throw error;
    }
  };
  /** A parent has many children, and to describe it is to read its log. */
  const started = (executionId: string) => onceStarted(executionId, () => described(executionId));

  /** Who started an execution, or the execution that it is part of. */
  const starterOf = async (first: string): Promise<string | undefined> => {
    let startedBy = first;
    for (let depth = 0; startedBy.startsWith(byExecution); depth += 1) {
      const parent = await started(startedBy.slice(byExecution.length));
      if (parent === undefined || depth === depthMax) return undefined;
      startedBy = parent.startedBy;
    }
    return startedBy;
  };

  const processOf = (name: string) =>
    once(`process ${name}`, async () => {
      const found = await options.processes.get(name);
      return found && { owner: ownerOf(found), process: name, category: found.category };
    });

  const categoryOf = async (process: string, version: number): Promise<string | undefined> => {
    const key = `version ${process} ${version}`;
    const found = await once(key, async () => {
      const standing = await options.processes.standingFor(process, version);
      return standing && { category: standing.category };
    });
    return found?.category;
  };

  const executionOf = (executionId: string, known: Started | undefined) =>
    once(`execution ${executionId}`, async () => {
      const found = known ?? (await started(executionId));
      if (found === undefined) return undefined;
      const process = processNameOf(found.process);
      const category = await categoryOf(process, found.version);
      return { owner: await starterOf(found.startedBy), process, category };
    });

  return async (object) => {
    switch (object.kind) {
      case "process":
        return processOf(object.name);
      case "execution":
        return executionOf(object.executionId, object.known);
      default:
        return {};
    }
  };
};
