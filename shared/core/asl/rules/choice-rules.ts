import type { JsonObject } from "../../json.ts";
import { assignment, dynamic, path, template } from "../expressions.ts";
import { type Check, checkObject, type Field, type Fields } from "../fields.ts";
import { error, type Scope, within } from "../scope.ts";
import { filledText, flag, listOf, numeric, text, timestamp } from "../values.ts";

const inJsonPath = (check: Check): Field => ({ check, language: "JSONPath" });

const ordered = ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"];

const compared = (type: string, check: Check, relations: readonly string[]): Fields =>
  Object.fromEntries(
    relations.flatMap((relation) => [
      [`${type}${relation}`, inJsonPath(check)],
      [`${type}${relation}Path`, inJsonPath(path)],
    ]),
  );

/** Comparisons of `Variable` with a value, with another path, or with a type. */
const operators: Fields = {
  ...compared("String", text, ordered),
  ...compared("Numeric", numeric, ordered),
  ...compared("Boolean", flag, ["Equals"]),
  ...compared("Timestamp", timestamp, ordered),
  StringMatches: inJsonPath(text),
  IsNull: inJsonPath(flag),
  IsPresent: inJsonPath(flag),
  IsNumeric: inJsonPath(flag),
  IsString: inJsonPath(flag),
  IsBoolean: inJsonPath(flag),
  IsTimestamp: inJsonPath(flag),
};

const nestedRule: Check = (scope, value) => {
  const rule = checkObject(scope, value, {
    noun: "nested choice rule",
    fields: conditions,
    hints: { Next: 'only the outermost rule has a "Next"' },
  });
  if (rule !== undefined) checkComparison(scope, rule);
};

const conditions: Fields = {
  ...operators,
  Variable: inJsonPath(path),
  And: inJsonPath(listOf(nestedRule, { minCount: 1 })),
  Or: inJsonPath(listOf(nestedRule, { minCount: 1 })),
  Not: inJsonPath(nestedRule),
  Comment: { check: text },
};

const condition: Field = { check: dynamic(flag), language: "JSONata", isRequired: true };

const fields: Fields = {
  ...conditions,
  Condition: condition,
  Next: { check: filledText, isRequired: true },
  Assign: { check: assignment },
  Output: { check: template, language: "JSONata" },
};

const combinators = ["And", "Or", "Not"];

/** A rule is one comparison (Variable and one operator), or one of And, Or, Not. */
const checkComparison = (scope: Scope, rule: JsonObject): void => {
  if (scope.language === "JSONata") return;
  const used = Object.keys(rule).filter(
    (name) => Object.hasOwn(operators, name) || combinators.includes(name),
  );
  const [first, second] = used;
  const hasVariable = Object.hasOwn(rule, "Variable");
  if (first === undefined)
    error(
      scope,
      hasVariable
        ? 'the choice rule compares "Variable" with nothing; add one operator, for example "NumericGreaterThan": 1'
        : 'the choice rule has no condition; write "Variable" and one operator, or one of "And", "Or" and "Not"',
    );
  else if (second !== undefined)
    error(
      within(scope, second),
      `a choice rule has one operator, this one has ${used.map((name) => `"${name}"`).join(" and ")}; put them into an "And"`,
    );
  else if (!(hasVariable || combinators.includes(first)))
    error(scope, `the choice rule needs a "Variable" that "${first}" compares`);
  else if (hasVariable && combinators.includes(first))
    error(within(scope, "Variable"), `"Variable" belongs into the rules within "${first}"`);
};

/** A rule that leads nowhere: whether a loop goes on. */
export const loopRule: Check = (scope, value) => {
  const rule = checkObject(scope, value, {
    noun: "loop condition",
    fields: { ...conditions, Condition: condition },
    hints: { Next: 'the Map state itself has the "Next" that the end of the loop leads to' },
  });
  if (rule !== undefined) checkComparison(scope, rule);
};

/** A rule of a Choice state. */
export const choiceRule: Check = (scope, value) => {
  const rule = checkObject(scope, value, {
    noun: "choice rule",
    fields,
    hints: { End: 'lead to a Succeed state by "Next"' },
  });
  if (rule !== undefined) checkComparison(scope, rule);
};
