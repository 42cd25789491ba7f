import type { JsonObject } from "../../json.ts";
import type { Fields } from "../fields.ts";
import type { Scope } from "../scope.ts";

/** A state machine within a state: where it stands, and what it may have beside StartAt and States. */
export interface NestedMachine {
  readonly keys: readonly (string | number)[];
  readonly kind: "branch" | "processor";
}

/** All that is to be said about one type of state. */
export interface StateRule {
  readonly fields: Fields;
  readonly hints?: Readonly<Record<string, string>>;
  /** How the state is left. */
  readonly leaves: "by-next-or-end" | "by-choice" | "never";
  /** What a table of fields can not say. */
  readonly check?: (scope: Scope, state: JsonObject) => void;
  readonly machines?: (state: JsonObject) => readonly NestedMachine[];
}
