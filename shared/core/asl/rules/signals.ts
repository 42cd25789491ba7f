import { numberOf } from "../../exact-json/exact-number.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { dynamic } from "../expressions.ts";
import { type Check, checkObject, checkOneOf, type Fields, own } from "../fields.ts";
import { error, type Scope, within } from "../scope.ts";
import { signalsResource } from "../signals-resource.ts";
import { anything, filledText, integerFrom, listOf, oneOf } from "../values.ts";

const noun = "wait for signals";

const join: Check = (scope, value) =>
  (typeof value === "string" ? oneOf("all", "any", "none") : integerFrom(1))(scope, value);

const fields: Fields = {
  Names: { check: dynamic(listOf(filledText, { minCount: 1 })) },
  "Names.$": { check: anything, language: "JSONPath" },
  Join: { check: dynamic(join) },
  "Join.$": { check: anything, language: "JSONPath" },
};

const checkJoin = (scope: Scope, state: JsonObject, parameters: JsonObject): void => {
  const names = own(parameters, "Names");
  const wanted = own(parameters, "Join");
  const count = numberOf(wanted);
  if (Array.isArray(names) && count !== undefined && count > names.length)
    error(within(scope, "Join"), `${count} signals can not come, there are only ${names.length}`);
  const hasTime = ["TimeoutSeconds", "TimeoutSecondsPath"].some((name) =>
    Object.hasOwn(state, name),
  );
  if (wanted === "none" && !hasTime)
    error(
      within(scope, "Join"),
      'a wait for none ends well when its time is over; add "TimeoutSeconds"',
    );
};

/** What a Task state says that waits for signals. */
export const checkSignals = (scope: Scope, state: JsonObject): void => {
  if (own(state, "Resource") !== signalsResource) return;
  const field = scope.language === "JSONata" ? "Arguments" : "Parameters";
  const given = own(state, field) ?? {};
  // As a whole it may be an expression.
  if (!isJsonObject(given)) return;
  const inner = within(scope, field);
  const parameters = checkObject(inner, given, { noun, fields });
  if (parameters === undefined) return;
  checkOneOf(inner, parameters, { names: ["Names", "Names.$"], noun, isRequired: true });
  checkJoin(inner, state, parameters);
};
