/**
 * The core never awaits. Where JSONata must be evaluated, a generator yields a {@link JsonataCall}
 * and is resumed with the result, so the same code runs synchronously where no JSONata occurs and
 * asynchronously where it does (`drive.ts`). A failing evaluation is thrown into the generator as
 * `StateFailed`.
 */
import type { Json } from "../json.ts";

export interface JsonataCall {
  /** The text between `{%` and `%}`. */
  readonly expression: string;
  /** `$states` and every variable, by name without `$`. */
  readonly bindings: Readonly<Record<string, unknown>>;
  /** For `$now`, `$millis`. */
  readonly nowMs: number;
  /** Next draw of the execution's generator, 0 <= x < 1, for `$random` and `$uuid`. */
  readonly draw: () => number;
  /** The field that is evaluated, such as `Output/result` or `Choices[0]/Condition`. */
  readonly location: string;
  /** Name of the state and the id of the event that entered it, for the cause of a failure. */
  readonly state: string;
  readonly enteredEventId: number;
}

/** `undefined` is JSONata's "no result"; the caller decides whether that is an error. */
export type Evaluating<T> = Generator<JsonataCall, T, Json | undefined>;

/** What an expression can see. */
export interface Scope {
  /** The state's effective input: `$` in JSONPath, `$states.input` in JSONata. */
  readonly input: Json;
  /** The context object: `$$` in JSONPath, `$states.context` in JSONata. */
  readonly context: Json;
  /** Variables by name without `$`, inner scopes over outer ones. */
  readonly variables: Readonly<Record<string, Json>>;
  /** JSONata only: `$states.result`, where the state has one by now. */
  readonly result?: Json;
  /** JSONata only: `$states.errorOutput`, in a catcher. */
  readonly errorOutput?: Json;
  readonly nowMs: number;
  readonly draw: () => number;
  /** Name of the state, for messages. */
  readonly state: string;
  /** Id of the event that entered the state, for messages ("entered at the event id #2"). */
  readonly enteredEventId: number;
}
