/** What an event from outside starts, and under which name: the same event again starts nothing more (G6). */
import { createHash } from "node:crypto";
import { OrchestratorError } from "#core/errors.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "#core/json.ts";

/** A start that an event asks for. */
export interface EventStart {
  readonly process: string;
  readonly version?: number;
  readonly name: string;
  readonly input: Json;
  readonly startPoint?: string;
  readonly startedBy: string;
}

const namePattern = /^[A-Za-z0-9_-]{1,80}$/;
const prefix = "event-";

const invalid = (what: string): OrchestratorError =>
  new OrchestratorError("request-invalid", `the event starts nothing: ${what}`, {
    action: 'let its detail be {"process": ..., "input": ...}, or map it to that in the rule',
  });

const textIn = (fields: JsonObject, name: string): string | undefined => {
  const value = fields[name];
  if (value === undefined || typeof value === "string") return value;
  throw invalid(`${name} is no text`);
};

/** A name from the id of an event: the id itself where a name may look so. */
const nameOf = (id: string): string => {
  const name = `${prefix}${id}`;
  return namePattern.test(name)
    ? name
    : `${prefix}${createHash("sha256").update(id).digest("hex").slice(0, 40)}`;
};

const startIn = (
  fields: JsonObject,
  { id, startedBy }: { readonly id: string; readonly startedBy: string },
): EventStart => {
  const process = textIn(fields, "process");
  const startPoint = textIn(fields, "startPoint");
  const { version } = fields;
  if (process === undefined) throw invalid("it names no process");
  if (version !== undefined && typeof version !== "number") throw invalid("version is no number");
  return {
    process,
    name: textIn(fields, "name") ?? nameOf(id),
    input: fields["input"] ?? {},
    startedBy,
    ...(version !== undefined && { version }),
    ...(startPoint !== undefined && { startPoint }),
  };
};

const unreadable = (cause: unknown): OrchestratorError =>
  new OrchestratorError("request-invalid", "the event starts nothing: it is no JSON", { cause });

const parsed = (text: string): JsonObject => {
  try {
    const value = parseJson(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    throw unreadable(error);
  }
  throw invalid("it is no JSON object");
};

/**
 * Reads what an event asks for: an EventBridge event whose `detail` has the fields of a start (`process`, `input`,
 * `name`, `version`, `startPoint`), or these fields themselves, with an `id` beside them. The name is that of the
 * event's id unless one is given; `messageId` stands for an id that is missing. Throws `request-invalid`.
 */
export const eventStart = (body: string, messageId: string): EventStart => {
  const event = parsed(body);
  const id = textIn(event, "id") ?? messageId;
  const { detail } = event;
  if (detail === undefined) return startIn(event, { id, startedBy: "event" });
  if (!isJsonObject(detail)) throw invalid("its detail is no JSON object");
  return startIn(detail, { id, startedBy: `event:${textIn(event, "source") ?? "unknown"}` });
};
