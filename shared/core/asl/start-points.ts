/** States that an execution may begin in (`Orchestration.StartPoint`). */
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { own } from "./fields.ts";
import { error, type Scope, within } from "./scope.ts";

/** The name by which an execution may begin in a state; `undefined`: it is no start point. */
export const startPointOf = (name: string, state: Json | object): string | undefined => {
  const orchestration = isJsonObject(state as Json)
    ? own(state as JsonObject, "Orchestration")
    : undefined;
  const point = isJsonObject(orchestration) ? own(orchestration, "StartPoint") : undefined;
  if (point === true) return name;
  return typeof point === "string" ? point : undefined;
};

/** Start points have names of their own and stand at the top level. */
export const checkStartPoints = (
  scope: Scope,
  states: JsonObject,
  { isTop }: { readonly isTop: boolean },
): void => {
  const places = new Map<string, string>();
  for (const [name, state] of Object.entries(states)) {
    const point = startPointOf(name, state);
    if (point === undefined) continue;
    const place = within(scope, "States", name, "Orchestration", "StartPoint");
    const other = places.get(point);
    if (!isTop)
      error(
        place,
        "an execution can not begin within a Parallel or Map state; give the start point to the state around it",
      );
    else if (other !== undefined)
      error(
        place,
        `the state "${other}" is the start point "${point}" already; choose another name`,
      );
    else places.set(point, name);
  }
};
