import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connect } from "../environment/client.ts";
import type { SystemEvent } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { tableText } from "../view/table.ts";
import { localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

export interface EventsOptions {
  readonly kind?: string;
  readonly severity?: SystemEvent["severity"];
  readonly execution?: string;
  readonly since?: string;
  readonly limit: number;
  readonly follow?: boolean;
}

/** How often `--follow` asks what is new, ms. */
const followEveryMs = 1_000;
/** What another server wrote down so much later than it happened is still found by `--follow`, ms. */
const followBackMs = 10_000;

const severityStyles = { error: "red", warning: "yellow", info: "cyan" } as const;

const queryOf = ({ kind, severity, execution, since }: EventsOptions) => ({
  kind,
  severity,
  execution,
  since: since === undefined ? undefined : new Date(since).toISOString(),
});

const read = (client: Client, options: EventsOptions) =>
  readPages<SystemEvent>(client, {
    path: "/v1/system-events",
    field: "events",
    query: queryOf(options),
    limit: options.limit,
  });

const lineOf = ({ at, severity, kind, message }: SystemEvent, { paint }: Terminal): string =>
  `${localTime(at)}  ${paint(severityStyles[severity], severity.padEnd(7))}  ${printable(kind)}  ${printable(message)}`;

/** Shows what is there, then each new event, until Ctrl-C. */
const follow = async ({ options, terminal }: Call<EventsOptions>): Promise<never> => {
  const seen = new Set<string>();
  const show = (event: SystemEvent): void => {
    if (seen.has(event.eventId)) return;
    seen.add(event.eventId);
    if (options.json === true) terminal.json(event);
    else terminal.out(lineOf(event, terminal));
  };
  for (let since = options.since; ; ) {
    const found = await read(await connect(options), { ...options, ...(since && { since }) });
    for (const event of found.items.toReversed()) show(event);
    const newest = found.items[0];
    if (newest !== undefined) since = new Date(Date.parse(newest.at) - followBackMs).toISOString();
    await sleep(followEveryMs);
  }
};

/** Lists what operators should know, newest first. */
export const events = async (call: Call<EventsOptions>): Promise<number> => {
  const { options, terminal } = call;
  if (options.follow === true) return follow(call);
  const { items, hasMore } = await read(await connect(options), options);
  if (options.json === true) {
    terminal.json(items);
    return exitCodes.success;
  }
  if (items.length === 0) {
    terminal.out("No such system events.");
    return exitCodes.success;
  }
  const rows = items.map(({ at, severity, kind, server, message }) => [
    localTime(at),
    severity,
    kind,
    server,
    message,
  ]);
  const { paint } = terminal;
  const styles = {
    1: (text: string) => paint(severityStyles[text as SystemEvent["severity"]] ?? "reset", text),
  };
  const head = ["AT", "SEVERITY", "KIND", "SERVER", "MESSAGE"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint, styles }));
  if (hasMore) terminal.note(`More than ${items.length}: --limit N shows them.`);
  return exitCodes.success;
};
