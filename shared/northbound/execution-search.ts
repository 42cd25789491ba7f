import type { CallAccess } from "#access/call-access.ts";
import { isJsonObject, type Json, printJson } from "#core/json.ts";
import type { Executions } from "#engine/executions.ts";
import type { Head } from "#ports/heads.ts";
import { type Keep, mayRead, readablePage } from "./readable-page.ts";
import type { executionQuery } from "./schemas/execution-query.ts";
import type { z } from "./z.ts";

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };
type Query = Defined<z.output<typeof executionQuery>>;

/**
 * Lists are in the order of the start records, which are written a moment after the instant of the
 * start, and clocks are set: what began so long before a range is beyond it, ms.
 */
const orderSlackMs = 3_600_000;

/** `NAME=VALUE`; a name has no "=". */
const nameAndValue = (text: string): readonly [string, string] => {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
};

const isInput = (input: Json, [name, value]: readonly [string, string]): boolean => {
  if (!(isJsonObject(input) && Object.hasOwn(input, name))) return false;
  const found = input[name] ?? null;
  return found === value || (typeof found !== "string" && printJson(found) === value);
};

/** What a head tells of it. */
const matchesHead =
  ({ startedSince, startedUntil, startedBy, error }: Query) =>
  (head: Head): boolean =>
    (startedSince === undefined || head.startedAtMs >= Date.parse(startedSince)) &&
    (startedUntil === undefined || head.startedAtMs < Date.parse(startedUntil)) &&
    (startedBy === undefined || head.startedBy === startedBy) &&
    (error === undefined || head.error === error);

/** What only its start tells; `undefined`: nothing is asked of it. */
const matchesStart = (executions: Executions, { tag, input }: Query): Keep<Head> => {
  if (tag === undefined && input === undefined) return undefined;
  return async ({ executionId }) => {
    const started = await executions.startedWith(executionId);
    if (started === undefined) return false;
    const [tagName, tagValue] = tag === undefined ? [] : nameAndValue(tag);
    const hasTag =
      tagName === undefined ||
      (Object.hasOwn(started.tags, tagName) && started.tags[tagName] === tagValue);
    return hasTag && (input === undefined || isInput(started.input, nameAndValue(input)));
  };
};

/**
 * A page of the executions that a query asks for and the caller may read. The store finds them by
 * process, status and wait; what else is asked is asked of each of these.
 */
export const searchExecutions = (
  executions: Executions,
  query: Query,
  { access, nowMs }: { readonly access: CallAccess; readonly nowMs: number },
) => {
  const { waitingLongerThan, startedSince, startedUntil, startedBy, error, ...rest } = query;
  const { tag, input, ...filter } = rest;
  const hasHeadFilter = [startedSince, startedUntil, startedBy, error].some(
    (given) => given !== undefined,
  );
  const isReadable = mayRead(access, "execution:read", (known: Head) => ({
    kind: "execution",
    executionId: known.executionId,
    known,
  }));
  const isOfHead = matchesHead(query);
  const isOfStart = matchesStart(executions, query);
  const isAny = !hasHeadFilter && isReadable === undefined && isOfStart === undefined;
  return readablePage(filter, {
    read: (place) =>
      executions.list({
        ...place,
        ...(waitingLongerThan !== undefined && {
          waitingSinceMs: nowMs - waitingLongerThan * 1_000,
        }),
      }),
    itemsOf: (page) => page.executions,
    keep: isAny
      ? undefined
      : async (head) =>
          isOfHead(head) &&
          (isReadable === undefined || (await isReadable(head))) &&
          (isOfStart === undefined || (await isOfStart(head))),
    isBeyond:
      startedSince === undefined
        ? undefined
        : (head) => head.startedAtMs < Date.parse(startedSince) - orderSlackMs,
  });
};
