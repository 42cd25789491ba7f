import { calledResource, resourceKind, waitsForToken } from "../../execution/resource-kind.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { objectTemplate, template } from "../expressions.ts";
import { type Check, checkObject, type Fields, own } from "../fields.ts";
import { secondsMax } from "../limits.ts";
import { error, type Scope, warning, within } from "../scope.ts";
import { signalsResource } from "../signals-resource.ts";
import { integerFrom, oneOf } from "../values.ts";
import { checkParameters } from "./parameters.ts";
import { resource } from "./resource.ts";

/** Whether a server runs it, and can be lost with it. */
const isRunHere = (name: Json | undefined): boolean =>
  typeof name === "string" && name !== signalsResource && resourceKind(name) === "adapter";

const probeResource: Check = (scope, value) => {
  resource(scope, value);
  if (typeof value !== "string") return;
  if (!isRunHere(value) || waitsForToken(value))
    error(
      scope,
      `"${value}" can not be a probe: call something that a server runs and that answers by itself, such as "holdfast:http:request"`,
    );
};

const probeFields: Fields = {
  Resource: { check: probeResource, isRequired: true },
  Arguments: { check: template, language: "JSONata" },
  Output: { check: template, language: "JSONata" },
  Parameters: { check: template, language: "JSONPath" },
  ResultSelector: { check: objectTemplate, language: "JSONPath" },
};

const probe: Check = (scope, value) => {
  checkObject(scope, value, { noun: "probe", fields: probeFields });
  if (value !== null && isJsonObject(value)) checkParameters(scope, value);
};

/** Words of a Task state about an activity whose server is lost (ADR 10). */
export const interruptionWords: Fields = {
  OnInterrupted: { check: oneOf("restart", "fail", "ask", "verify") },
  Verify: { check: probe },
  AskTimeoutSeconds: { check: integerFrom(1, secondsMax) },
};

/** Who is to verify needs something that finds out. */
const checkProbe = (scope: Scope, words: JsonObject, resourceName: Json | undefined): void => {
  if (own(words, "OnInterrupted") !== "verify" || Object.hasOwn(words, "Verify")) return;
  if (typeof resourceName !== "string") return;
  if (scope.options.hasProbe?.(calledResource(resourceName)) !== false) return;
  warning(
    scope,
    `nothing can verify "${resourceName}": it has no probe of its own, so an operator is asked; add "Verify", or write "ask"`,
    "NO_PROBE",
  );
};

/** What these words contradict. */
export const checkInterruption = (scope: Scope, state: JsonObject): void => {
  const words = own(state, "Orchestration");
  if (words === undefined || !isJsonObject(words)) return;
  const given = Object.keys(interruptionWords).filter((word) => Object.hasOwn(words, word));
  const place = (word: string) => within(scope, "Orchestration", word);
  const resourceName = own(state, "Resource");
  if (typeof resourceName === "string" && !isRunHere(resourceName))
    for (const word of given)
      error(
        place(word),
        "no server runs this activity, so it is never interrupted; remove the word, and use TimeoutSeconds and HeartbeatSeconds",
      );
  const resolution = own(words, "OnInterrupted");
  checkProbe(place("OnInterrupted"), words, resourceName);
  if (
    Object.hasOwn(words, "Verify") &&
    ["restart", "fail", "ask"].some((word) => word === resolution)
  )
    error(place("Verify"), 'a probe is asked only with "OnInterrupted": "verify"; remove one');
  if (
    Object.hasOwn(words, "AskTimeoutSeconds") &&
    (resolution === "restart" || resolution === "fail")
  )
    error(
      place("AskTimeoutSeconds"),
      `nobody is asked with "OnInterrupted": "${resolution}"; remove one`,
    );
};
