import type { ChoiceState } from "../../asl/definition.ts";
import { matchesRule } from "../../expressions/choice.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import { atState } from "../../expressions/wording.ts";
import { StateFailed } from "../../failure.ts";
import { languageOf } from "../branches/machine.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import { scopeOf } from "../flow/scope.ts";
import type { Outcome } from "../interpreter.ts";

/** A Choice state goes where its first matching rule points; that rule's Output and Assign replace its own. */
export function* beginChoice(
  state: ChoiceState,
  flow: DataFlow,
  flowing: Flowing,
): Evaluating<Outcome> {
  const input = flow.effectiveInput(flowing);
  const scope = scopeOf(flowing.interpreter, flowing.branch, { input });
  const language = languageOf(flowing.interpreter.program, state);
  for (const [index, rule] of state.Choices.entries()) {
    const at = { language, location: `Choices[${index}]` };
    if (!(yield* matchesRule(rule, scope, at))) continue;
    flowing.interpreter.inspection?.take?.(flowing.branch, "Choices", index);
    const fields = {
      ...(state.OutputPath !== undefined && { OutputPath: state.OutputPath }),
      ...(rule.Output !== undefined && { Output: rule.Output }),
      ...(rule.Assign !== undefined && { Assign: rule.Assign }),
    };
    const left = yield* flow.passOn({ ...flowing, fields }, input);
    return { kind: "exits", ...left, next: rule.Next };
  }
  if (state.Default === undefined)
    throw new StateFailed(
      "States.NoChoiceMatched",
      atState(
        scope,
        "Failed to transition out of the state. The state does not point to a next state.",
      ),
    );
  flowing.interpreter.inspection?.take?.(flowing.branch, "Default", 0);
  const left = yield* flow.passOn(flowing, input);
  return { kind: "exits", ...left, next: state.Default };
}
