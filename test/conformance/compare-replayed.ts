import { plainJson } from "#core/exact-json/plain-json.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import { type Json, parseJson, printJson } from "#core/json.ts";
import type { RecordedCase, RecordedEvent, Replayed, Verdict } from "./case.ts";
import { compareCase } from "./recorded/compare.mjs";

/** `cause` stands as text or, where it is JSON text, as `causeJson`, whichever the recording has. */
export const flattened = (
  event: Omit<HistoryEvent, "timestampMs">,
  expected: RecordedEvent | undefined,
): RecordedEvent => {
  const { cause, ...details } = plainJson(event.details) as HistoryEvent["details"];
  const causeFields =
    cause === undefined
      ? {}
      : expected !== undefined && "causeJson" in expected
        ? { causeJson: JSON.parse(cause as string) as Json }
        : { cause };
  return {
    id: event.id,
    prev: event.previousEventId,
    type: event.type,
    ...details,
    ...causeFields,
  } as RecordedEvent;
};

const rawDifference = (recorded: RecordedCase, { output }: Replayed): string[] => {
  const { outputRaw } = recorded.expect;
  if (outputRaw === undefined || output === undefined) return [];
  const produced = printJson(output);
  // Blanks are not kept.
  return printJson(parseJson(outputRaw)) === produced
    ? []
    : [`outputRaw: expected ${outputRaw} got ${produced}`];
};

/** What came of a case, whoever ran it, against what was recorded. */
export const compareReplayed = (
  recorded: RecordedCase,
  replayed: Replayed,
): Omit<Verdict, "parameters"> => {
  const plain = plainJson(replayed as unknown as Json) as unknown as Replayed;
  const compared = compareCase(recorded, plain);
  return { ...compared, L1: [...(compared.L1 ?? []), ...rawDifference(recorded, replayed)] };
};
