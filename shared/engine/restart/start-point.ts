import { startPointOf } from "#core/asl/start-points.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { Program } from "#core/execution/program.ts";

/** The state that has a name as its start point. Throws `start-point-not-found`. */
export const stateOfStartPoint = (program: Program, startPoint: string): string => {
  const points = Object.entries(program.definition.States).flatMap(([name, state]) => {
    const point = startPointOf(name, state);
    return point === undefined ? [] : [{ name, point }];
  });
  const found = points.find(({ point }) => point === startPoint);
  if (found !== undefined) return found.name;
  const { process, version } = program;
  const names = points.map(({ point }) => JSON.stringify(point)).join(", ");
  throw new OrchestratorError(
    "start-point-not-found",
    `version ${version} of process ${process} has no start point ${JSON.stringify(startPoint.slice(0, 100))}`,
    {
      action:
        names === ""
          ? "name a state in its Orchestration field, StartPoint, and deploy the process"
          : `choose one of ${names}`,
      details: { process, version },
    },
  );
};
