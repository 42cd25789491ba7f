import { type Client, connect, executionPath } from "../environment/client.ts";
import type { HistoryEvent } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { printable, shortJson } from "../view/text.ts";
import type { Call } from "./call.ts";
import { attach } from "./run.ts";

export interface HistoryOptions {
  readonly follow?: boolean;
}

const pageSize = 1000;
const typeWidth = 22;

/** Every event, page by page, so that a long history needs no memory. */
export async function* eventsOf(client: Client, executionId: string): AsyncGenerator<HistoryEvent> {
  let after: number | string | undefined = 0;
  while (after !== undefined) {
    const page: { events: readonly HistoryEvent[]; next?: number | string } = await client.get(
      executionPath(executionId, "/history"),
      { after, limit: pageSize },
    );
    yield* page.events;
    after = page.events.length === 0 ? undefined : page.next;
  }
}

const line = ({ id, timestamp, type, details }: HistoryEvent, width: number): string => {
  const { name, ...others } = details;
  const state = typeof name === "string" ? `${printable(name)}  ` : "";
  const rest = Object.keys(others).length === 0 ? "" : JSON.stringify(others);
  const start = `${String(id).padStart(5)}  ${timestamp.slice(11, 23)}  ${printable(type).padEnd(typeWidth)}  ${state}`;
  return rest === ""
    ? start.trimEnd()
    : start + shortJson(others, Math.max(20, width - start.length));
};

/** Lists the events of an execution; with `follow`, shows it live as `run` does. */
export const history = async (call: Call<HistoryOptions>, executionId: string): Promise<number> => {
  const { options, terminal } = call;
  if (options.follow === true) return attach(call, executionId);
  const client = await connect(options);
  for await (const event of eventsOf(client, executionId)) {
    if (options.json === true) terminal.json(event);
    else terminal.out(line(event, terminal.columns()));
  }
  return exitCodes.success;
};
