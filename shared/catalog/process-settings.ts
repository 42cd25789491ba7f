/** Settings of a process document (ADR 11). */
import type { Diagnostic } from "#core/asl/diagnostic.ts";
import { suggestion } from "#core/asl/suggest.ts";
import type { ProcessSettings } from "#core/execution/program.ts";
import { isJsonObject, type Json, type JsonObject } from "#core/json.ts";
import { freshnessSecondsMax } from "./limits.ts";

type Finding = (message: string, options?: Partial<Diagnostic>) => void;

/** What is wrong with a value; `undefined`: nothing. */
type Check = (value: Json) => string | undefined;

const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && words.includes(value)
      ? undefined
      : `must be ${words.slice(0, -1).join(", ")} or ${words.at(-1)}, not ${JSON.stringify(value)}`;

const freshness: Check = (value) =>
  typeof value === "number" && value >= 1 && value <= freshnessSecondsMax
    ? undefined
    : `must be a number of seconds from 1 to ${freshnessSecondsMax}, not ${JSON.stringify(value)}`;

const settings: Readonly<Record<keyof ProcessSettings, Check>> = {
  persistence: oneOf("full", "onFailure", "none"),
  onLoss: oneOf("skip", "rerun"),
  freshness,
  onStale: oneOf("startOver", "drop"),
};

/** Settings that mean something beside another one only. */
const checkTogether = (find: Finding, given: JsonObject): void => {
  if (given["onLoss"] !== undefined && given["persistence"] !== "none")
    find('"onLoss" says what becomes of what is lost with "persistence": "none" only; remove it', {
      path: ["settings", "onLoss"],
    });
  if (given["onStale"] !== undefined && given["freshness"] === undefined)
    find('"onStale" needs "freshness": the seconds after which an execution is stale', {
      path: ["settings", "onStale"],
    });
};

/** Says what is wrong with the settings of a document. */
export const checkSettings = (find: Finding, value: Json): void => {
  if (!isJsonObject(value)) {
    find('"settings" must be an object');
    return;
  }
  for (const [name, setting] of Object.entries(value)) {
    const path = ["settings", name];
    const check = Object.hasOwn(settings, name)
      ? settings[name as keyof ProcessSettings]
      : undefined;
    const problem = check?.(setting);
    if (check === undefined)
      find(`there is no setting "${name}"${suggestion(name, Object.keys(settings))}`, { path });
    else if (problem !== undefined) find(`"${name}" ${problem}`, { path });
  }
  checkTogether(find, value);
};

/** The settings of a document that was checked; `undefined`: it has none. */
export const settingsOf = ({ settings: given }: JsonObject): ProcessSettings | undefined =>
  isJsonObject(given) && Object.keys(given).length > 0 ? (given as ProcessSettings) : undefined;
