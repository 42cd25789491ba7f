import type { HistoryEvent } from "#core/execution/history-event.ts";
import { printJson } from "#core/json.ts";
import { answerCharactersMax } from "./limits.ts";

/** The leading events that an answer has room for; at least the first one. */
export const eventsThatFit = (events: readonly HistoryEvent[]): readonly HistoryEvent[] => {
  let characters = 0;
  const end = events.findIndex(({ details }) => {
    characters += printJson(details).length;
    return characters > answerCharactersMax;
  });
  return end < 0 ? events : events.slice(0, Math.max(1, end));
};
