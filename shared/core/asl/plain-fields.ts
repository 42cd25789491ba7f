import { ExactNumber } from "../exact-json/exact-number.ts";
import { inOrder } from "../exact-json/in-order.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";

/** Fields that hold the user's data, which keeps its numbers as they are written. */
const dataFields: ReadonlySet<string> = new Set([
  "Parameters",
  "Arguments",
  "Result",
  "ResultSelector",
  "Output",
  "Assign",
  "Items",
  "ItemSelector",
  "BatchInput",
  "Credentials",
]);

/** The value of each field, with the names in `States` taken for what they are: no fields. */
const plainMembers = (object: JsonObject): JsonObject =>
  mapped(object, (name, value) => {
    if (name === "States" && isJsonObject(value)) return plainStates(value);
    return dataFields.has(name) ? value : plainFields(value);
  });

const plainStates = (states: JsonObject): JsonObject =>
  mapped(states, (_, state) => plainFields(state));

const mapped = (object: JsonObject, map: (name: string, value: Json) => Json): JsonObject =>
  inOrder(
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(name, value)])),
    () => Object.keys(object),
  );

/** A definition with plain numbers in the language's own fields (`"BackoffRate": 2.0`), for code that computes with them. */
export const plainFields = (definition: Json): Json => {
  if (definition instanceof ExactNumber) return definition.value;
  if (Array.isArray(definition)) return definition.map(plainFields);
  return isJsonObject(definition) ? plainMembers(definition) : definition;
};
