/**
 * How data flows through a state, behind one face for both query languages: what a state works on,
 * what it gives to whom it calls, what it leaves behind.
 */
import type { Catcher } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { Json, JsonObject } from "../../json.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Branch } from "../state.ts";
import type { ContextExtras } from "./context-object.ts";

/** The fields that steer data, as far as a type of state has them. */
export interface FlowFields {
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
  readonly Parameters?: Json;
  readonly Arguments?: Json;
  readonly Result?: Json;
  readonly ResultSelector?: JsonObject;
  readonly ResultPath?: string | null;
  readonly Output?: Json;
  readonly Assign?: JsonObject;
  readonly ItemSelector?: Json;
}

/** A state at work: where it stands and the fields that count. */
export interface Flowing {
  readonly interpreter: Interpreter;
  readonly branch: Branch;
  readonly fields: FlowFields;
}

/** What a state leaves behind. */
export interface Left {
  readonly output: Json;
  readonly assigned: JsonObject | undefined;
}

/** One query language's rules of data flow. */
export interface DataFlow {
  /** What the state works on: its input, in JSONPath through InputPath. */
  readonly effectiveInput: (flowing: Flowing) => Json;
  /** What it gives to whom it calls: Parameters or Arguments, else its effective input. */
  readonly argument: (flowing: Flowing, input: Json, extras?: ContextExtras) => Evaluating<Json>;
  /** What another field that is evaluated like Parameters or Arguments gives. */
  readonly fieldValue: (
    flowing: Flowing,
    input: Json,
    field: { readonly name: string; readonly template: Json },
  ) => Evaluating<Json>;
  /** What an item of a Map state begins with: ItemSelector, else the item. */
  readonly itemInput: (
    flowing: Flowing,
    input: Json,
    item: { readonly index: number; readonly value: Json },
  ) => Evaluating<Json>;
  /** Output and variables of a state that has a result of its own. */
  readonly leaveWith: (flowing: Flowing, result: Json) => Evaluating<Left>;
  /** Output and variables of a state that passes its effective input on. */
  readonly passOn: (flowing: Flowing, input: Json) => Evaluating<Left>;
  /** Output and variables of a state whose failure was caught. */
  readonly caught: (flowing: Flowing, catcher: Catcher, errorOutput: Json) => Evaluating<Left>;
}
