import type { Json } from "../../json.ts";
import type { Flowing } from "./data-flow.ts";

/** Shows a value, if there is one, to whoever inspects the state, and hands it on. */
export const seen = <T extends Json | undefined>(
  { interpreter }: Pick<Flowing, "interpreter">,
  stage: string,
  value: T,
): T => {
  if (value !== undefined) interpreter.inspection?.see?.(stage, value);
  return value;
};
