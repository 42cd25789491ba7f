import { unreachable } from "../../errors.ts";
import { numberOf } from "../../exact-json/exact-number.ts";
import { isJsonObject, type Json, sameJson } from "../../json.ts";
import type { FilterOperand, FilterOperator, FilterTest, Path } from "./path.ts";

/** Reads a path of a filter for the candidate (`@`) at hand. */
export type ReadInFilter = (path: Path) => Json | undefined;

/** Whether a candidate passes a filter. */
export const matchesFilter = (test: FilterTest, read: ReadInFilter): boolean => {
  switch (test.kind) {
    case "and":
      return test.tests.every((part) => matchesFilter(part, read));
    case "or":
      return test.tests.some((part) => matchesFilter(part, read));
    case "not":
      return !matchesFilter(test.test, read);
    case "exists":
      return read(test.path) !== undefined;
    case "comparison":
      return compare(test.operator, operandValue(test.left, read), operandValue(test.right, read));
    default:
      return unreachable(test);
  }
};

type Operand = Json | RegExp | undefined;

const operandValue = (operand: FilterOperand, read: ReadInFilter): Operand => {
  switch (operand.kind) {
    case "literal":
      return operand.value;
    case "pattern":
      return operand.pattern;
    case "path":
      return read(operand.path);
    default:
      return unreachable(operand);
  }
};

const compare = (operator: FilterOperator, left: Operand, right: Operand): boolean => {
  if (operator === "!=") return !isEqual(left, right);
  if (left === undefined || right === undefined) return false;
  if (right instanceof RegExp || left instanceof RegExp) {
    return operator === "=~" && isMatch(left, right);
  }
  return comparisons[operator](left, right);
};

const isMatch = (left: Json | RegExp, right: Json | RegExp): boolean => {
  if (left instanceof RegExp) return typeof right === "string" && left.test(right);
  return right instanceof RegExp && typeof left === "string" && right.test(left);
};

const isEqual = (left: Operand, right: Operand): boolean => {
  if (left === undefined || right === undefined) return left === right;
  if (left instanceof RegExp || right instanceof RegExp) return false;
  return sameJson(left, right);
};

/** Negative, 0 or positive; `undefined` for values that have no order. */
const order = (left: Json, right: Json): number | undefined => {
  const [first, second] = [numberOf(left), numberOf(right)];
  if (first !== undefined && second !== undefined) return first - second;
  if (typeof left !== "string" || typeof right !== "string") return undefined;
  return left < right ? -1 : Number(left > right);
};

const ordered =
  (holds: (difference: number) => boolean) =>
  (left: Json, right: Json): boolean => {
    const difference = order(left, right);
    return difference !== undefined && holds(difference);
  };

const contains = (list: Json, value: Json): boolean =>
  Array.isArray(list) && list.some((item: Json) => sameJson(item, value));

const sizeOf = (value: Json): number | undefined => {
  if (Array.isArray(value) || typeof value === "string") return value.length;
  return isJsonObject(value) ? Object.keys(value).length : undefined;
};

const itemsOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);

const comparisons: Readonly<
  Record<Exclude<FilterOperator, "!=">, (left: Json, right: Json) => boolean>
> = {
  "==": sameJson,
  "<": ordered((difference) => difference < 0),
  "<=": ordered((difference) => difference <= 0),
  ">": ordered((difference) => difference > 0),
  ">=": ordered((difference) => difference >= 0),
  "=~": () => false,
  in: (left, right) => contains(right, left),
  nin: (left, right) => !contains(right, left),
  subsetof: (left, right) => itemsOf(left).every((item) => contains(right, item)),
  anyof: (left, right) => itemsOf(left).some((item) => contains(right, item)),
  noneof: (left, right) => !itemsOf(left).some((item) => contains(right, item)),
  size: (left, right) => sizeOf(left) === (numberOf(right) ?? sizeOf(right)),
  empty: (left, right) => (sizeOf(left) === 0) === right,
};
