import type { ChoiceRule, QueryLanguage } from "../asl/definition.ts";
import { unreachable } from "../errors.ts";
import type { Evaluating, Scope } from "./evaluation.ts";

/** Whether a rule of a Choice state holds. `location` names it: `Choices[0]`. */
// biome-ignore lint/correctness/useYield: placeholder
export function* matchesRule(
  _rule: ChoiceRule,
  _scope: Scope,
  _at: { readonly language: QueryLanguage; readonly location: string },
): Evaluating<boolean> {
  return unreachable(undefined as never);
}
