import type { Json } from "../../json.ts";

/**
 * A parsed JSONPath. The dialect is Jayway's, which Step Functions uses, plus `$$` (context object)
 * and `$name` (variable) as roots.
 */
export interface Path {
  readonly text: string;
  readonly root: PathRoot;
  readonly segments: readonly Segment[];
  /** Trailing `.length()` and the like, applied to what the segments give. */
  readonly calls: readonly PathFunctionName[];
  /** It names at most one value; otherwise its result is an array of matches. */
  readonly isDefinite: boolean;
  /** Present when every segment is one member or one index: the frequent, fast case. */
  readonly keys?: readonly (string | number)[];
}

export type PathRoot =
  | { readonly kind: "input" }
  | { readonly kind: "context" }
  /** Within a filter: the candidate itself. */
  | { readonly kind: "candidate" }
  | { readonly kind: "variable"; readonly name: string };

export type Segment =
  | { readonly kind: "members"; readonly names: readonly string[] }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  | { readonly kind: "slice"; readonly from?: number; readonly to?: number }
  | { readonly kind: "wildcard" }
  | { readonly kind: "filter"; readonly test: FilterTest }
  /** `..`: the next segment applies to the value and to everything within it. */
  | { readonly kind: "descendants" };

export type PathFunctionName =
  | "length"
  | "size"
  | "keys"
  | "min"
  | "max"
  | "avg"
  | "sum"
  | "stddev"
  | "first"
  | "last";

export type FilterTest =
  | { readonly kind: "and" | "or"; readonly tests: readonly FilterTest[] }
  | { readonly kind: "not"; readonly test: FilterTest }
  | { readonly kind: "exists"; readonly path: Path }
  | {
      readonly kind: "comparison";
      readonly operator: FilterOperator;
      readonly left: FilterOperand;
      readonly right: FilterOperand;
    };

export type FilterOperator =
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "=~"
  | "in"
  | "nin"
  | "subsetof"
  | "anyof"
  | "noneof"
  | "size"
  | "empty";

export type FilterOperand =
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "pattern"; readonly pattern: RegExp }
  | { readonly kind: "path"; readonly path: Path };

/** Why a text is not a path. */
export interface PathSyntaxError {
  readonly message: string;
  /** Offset of the first character that cannot be read. */
  readonly position: number;
}
