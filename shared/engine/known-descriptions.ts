import type { Json } from "#core/json.ts";
import { RecentMap } from "#core/recent-map.ts";
import type { ExecutionDescription } from "./executions.ts";

const countMax = 1_000;
/** A description of many values is not worth its memory here: it can be read from the log. */
const valuesMax = 500;

/** Whether a value consists of at most `limit` values, strings counting by length. */
const isSmall = (value: Json | undefined, limit: number): boolean => {
  let left = limit;
  const visit = (part: Json): boolean => {
    left -= typeof part === "string" ? 1 + part.length / 64 : 1;
    if (left < 0) return false;
    if (typeof part !== "object" || part === null) return true;
    return Object.values(part).every(visit);
  };
  return value === undefined || visit(value);
};

/** Descriptions of executions that ended or were looked at lately; whether one of them has gone on since its log tells. */
export class KnownDescriptions {
  readonly #byId = new RecentMap<string, ExecutionDescription>(countMax);

  get(executionId: string): ExecutionDescription | undefined {
    return this.#byId.get(executionId);
  }

  put(description: ExecutionDescription): void {
    const { executionId, input, output } = description;
    if (isSmall(input, valuesMax) && isSmall(output, valuesMax))
      this.#byId.put(executionId, description);
  }
}
