import { isJsonata } from "../expressions/jsonata-template.ts";
import { kindOf } from "./fields.ts";
import { type Scope, warning } from "./scope.ts";

/** `$.a`, `$$.Execution.Id` or `States.Format(...)`. */
const looksLikePath = /^(?:\$\$?\.[\p{L}_]|States\.[A-Z]\w+\()/u;

/** Why text that stands for itself looks as if something else was meant, and what to write for that. */
const doubt = (scope: Scope, text: string): { code: string; advice: string } | undefined => {
  const trimmed = text.trim();
  const isPath = looksLikePath.test(text);
  if (scope.language === "JSONPath") {
    if (isPath && typeof scope.path.at(-1) === "string")
      return { code: "NO_DOLLAR", advice: `to have it evaluated, write "${scope.path.at(-1)}.$"` };
    return isJsonata(text)
      ? {
          code: "NOT_AN_EXPRESSION",
          advice: 'the query language here is JSONPath; for JSONata add "QueryLanguage": "JSONata"',
        }
      : undefined;
  }
  if (isPath)
    return {
      code: "NOT_AN_EXPRESSION",
      advice: 'in JSONata an expression is written "{% $states.input.a %}"',
    };
  return trimmed.startsWith("{%") || trimmed.endsWith("%}")
    ? {
        code: "NOT_AN_EXPRESSION",
        advice:
          'an expression begins with "{%" and ends with "%}", without anything before or after',
      }
    : undefined;
};

/** Warns of text that is taken literally although it hardly should be. */
export const checkLiteral = (scope: Scope, text: string): void => {
  const found = doubt(scope, text);
  if (found !== undefined)
    warning(scope, `${kindOf(text)} is taken literally: ${found.advice}`, found.code);
};
