import { isJsonata } from "../../expressions/jsonata-template.ts";
import { parseTimestamp } from "../../expressions/timestamp.ts";
import type { ChoiceRule } from "../definition.ts";
import { type Scope, warning, within } from "../scope.ts";

type Condition = Readonly<Record<string, unknown>>;
type Ordered = string | number | boolean | null;

/** Values of one kind, from `low` to `high`; absent: without an end. */
interface Bounds {
  readonly kind: string;
  readonly low?: Ordered;
  readonly isLowOpen?: boolean;
  readonly high?: Ordered;
  readonly isHighOpen?: boolean;
}

/** What a single comparison asks of its variable. */
interface Demand extends Bounds {
  readonly variable: string;
}

const relations: Readonly<Record<string, (value: Ordered) => Omit<Bounds, "kind">>> = {
  Equals: (value) => ({ low: value, high: value }),
  LessThan: (value) => ({ high: value, isHighOpen: true }),
  LessThanEquals: (value) => ({ high: value }),
  GreaterThan: (value) => ({ low: value, isLowOpen: true }),
  GreaterThanEquals: (value) => ({ low: value }),
};

const comparison =
  /^(String|Numeric|Boolean|Timestamp)(Equals|LessThanEquals|LessThan|GreaterThanEquals|GreaterThan)$/;

const typeTests: Readonly<Record<string, string>> = {
  IsString: "String",
  IsNumeric: "Numeric",
  IsBoolean: "Boolean",
  IsTimestamp: "Timestamp",
  IsNull: "Null",
};

const comparable = (kind: string, value: unknown): Ordered =>
  kind === "Timestamp" ? (parseTimestamp(String(value)) ?? null) : (value as Ordered);

/** What one operator asks of the variable; `undefined`: nothing that can be told from the rule. */
const askedBy = (operator: string, operand: unknown): Bounds | undefined => {
  const [, kind = "", relation = ""] = comparison.exec(operator) ?? [];
  const bounds = relations[relation]?.(comparable(kind, operand));
  if (bounds !== undefined) return { kind, ...bounds };
  if (operator === "IsPresent" && operand === false) return { kind: "Absent" };
  const tested = Object.hasOwn(typeTests, operator) ? typeTests[operator] : undefined;
  return tested === undefined || operand !== true ? undefined : { kind: tested };
};

const demandOf = (condition: Condition): Demand | undefined => {
  const variable = condition["Variable"];
  if (typeof variable !== "string") return undefined;
  const [asked] = Object.entries(condition)
    .map(([operator, operand]) => askedBy(operator, operand))
    .filter((bounds) => bounds !== undefined);
  return asked === undefined ? undefined : { variable, ...asked };
};

/** The demands of a condition that all have to hold; those of Or and Not are passed over. */
const demandsOf = (condition: Condition): readonly Demand[] => {
  const parts = condition["And"];
  if (Array.isArray(parts)) return parts.flatMap((part: Condition) => demandsOf(part));
  const demand = demandOf(condition);
  return demand === undefined ? [] : [demand];
};

const isText = (kind: string): boolean => kind === "String" || kind === "Timestamp";

const isAbove = (low: Ordered | undefined, high: Ordered | undefined, isOpen: boolean): boolean => {
  if (low === undefined || high === undefined || low === null || high === null) return false;
  if (typeof low === "boolean") return low !== high;
  return low > high || (isOpen && low === high);
};

const excludes = (a: Demand, b: Demand): boolean => {
  if (a.variable !== b.variable) return false;
  if (a.kind !== b.kind) return !(isText(a.kind) && isText(b.kind));
  const isOpen = (lower: Bounds, upper: Bounds) =>
    lower.isLowOpen === true || upper.isHighOpen === true;
  return isAbove(a.low, b.high, isOpen(a, b)) || isAbove(b.low, a.high, isOpen(b, a));
};

/** Whether every value that `b` lets through is let through by `a`. */
const includes = (a: Demand, b: Demand): boolean => {
  if (a.variable !== b.variable || a.kind !== b.kind || typeof b.low === "boolean") return false;
  const isLowWithin =
    a.low === undefined ||
    (b.low !== undefined && !isAbove(a.low, b.low, a.isLowOpen === true && b.isLowOpen !== true));
  const isHighWithin =
    a.high === undefined ||
    (b.high !== undefined &&
      !isAbove(b.high, a.high, a.isHighOpen === true && b.isHighOpen !== true));
  return isLowWithin && isHighWithin;
};

const isContradictory = (demands: readonly Demand[]): boolean =>
  demands.some((a, index) => demands.slice(index + 1).some((b) => excludes(a, b)));

/** The condition of a rule, without what it leads to. */
const conditionOf = ({ Next, Comment, Assign, Output, ...condition }: ChoiceRule): Condition =>
  condition;

const expressionOf = ({ Condition: condition }: ChoiceRule): string =>
  isJsonata(condition) ? condition.slice(2, -2).trim() : String(condition);

const sameText = (value: Condition): string => JSON.stringify(value, Object.keys(value).sort());

interface Reviewed {
  readonly text: string;
  readonly demands: readonly Demand[];
  /** Whether it is one comparison, which then says all about the rule. */
  readonly isSingle: boolean;
}

const readRule = (scope: Scope, rule: ChoiceRule): Reviewed => {
  if (scope.language === "JSONata")
    return { text: expressionOf(rule), demands: [], isSingle: false };
  const condition = conditionOf(rule);
  const demands = demandsOf(condition);
  const isNested = ["And", "Or", "Not"].some((name) => Object.hasOwn(condition, name));
  const text = isNested ? JSON.stringify(condition) : sameText(condition);
  return { text, demands, isSingle: !isNested && demands.length === 1 };
};

const takesAllOf = (earlier: Reviewed, rule: Reviewed): boolean => {
  const [a] = earlier.demands;
  const isWider =
    earlier.isSingle && a !== undefined && rule.demands.some((demand) => includes(a, demand));
  return isWider || earlier.text === rule.text || earlier.text === "true";
};

/** Rules of a Choice state that can not match, or never get the chance to. */
export const reviewChoice = (scope: Scope, rules: readonly ChoiceRule[]): void => {
  const earlier: Reviewed[] = [];
  for (const [index, rule] of rules.entries()) {
    const reviewed = readRule(scope, rule);
    const at = within(scope, "Choices", index);
    const taker = earlier.findIndex((one) => takesAllOf(one, reviewed));
    if (reviewed.text === "false" || isContradictory(reviewed.demands))
      warning(at, "this rule never matches: its condition contradicts itself", "NEVER_MATCHES");
    else if (taker >= 0)
      warning(
        at,
        `this rule never matches: rule ${taker} before it takes all that it would`,
        "NEVER_MATCHES",
      );
    earlier.push(reviewed);
  }
};
