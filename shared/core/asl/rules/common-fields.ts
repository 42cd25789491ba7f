import {
  assignment,
  nullable,
  objectTemplate,
  path,
  referencePath,
  template,
} from "../expressions.ts";
import type { Fields } from "../fields.ts";
import { filledText, flag, oneOf, text } from "../values.ts";
import { orchestration } from "./orchestration.ts";

/** Fields of every state. */
export const everyState: Fields = {
  Type: { check: text, isRequired: true },
  Comment: { check: text },
  QueryLanguage: { check: oneOf("JSONPath", "JSONata") },
  Orchestration: orchestration(),
};

/** Fields of states that go on to another state, or end. */
export const transition: Fields = {
  Next: { check: filledText },
  End: { check: flag },
};

/** Fields that select input and output. */
export const inputOutput: Fields = {
  InputPath: { check: nullable(path), language: "JSONPath" },
  OutputPath: { check: nullable(path), language: "JSONPath" },
  Output: { check: template, language: "JSONata" },
};

/** Variables. */
export const assigning: Fields = { Assign: { check: assignment } };

/** Where a result goes, in states that have one. */
export const resultPath: Fields = {
  ResultPath: { check: nullable(referencePath), language: "JSONPath" },
};

/** What work is given and what is taken from its result: Task, Parallel and Map states. */
export const working: Fields = {
  Parameters: { check: template, language: "JSONPath" },
  ResultSelector: { check: objectTemplate, language: "JSONPath" },
  ...resultPath,
};
