import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connect } from "../environment/client.ts";
import type { Drain } from "../environment/contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { tableText } from "../view/table.ts";
import { activitiesInFlight, duration, elapsedMs, localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";

export interface DrainOptions {
  readonly reason?: string;
  readonly deadline?: number;
  readonly onDeadline?: Drain["onDeadline"];
  readonly wait?: boolean;
}

/** How often `--wait` asks, ms. */
const waitEveryMs = 500;

const pathOf = (drainId: string): string => `/v1/drains/${encodeURIComponent(drainId)}`;

const untilNow = (instant: string): string => duration(elapsedMs(instant, undefined));

/** What a drain waits for, and for how long at most. */
const waitsFor = ({ isDone, inFlightCount, until }: Drain): string => {
  if (isDone) return "nothing: all is drained";
  if (inFlightCount === 0) return "servers that have not said yet what they have in flight";
  const bound =
    until === undefined
      ? "no time-out bounds them all"
      : `at most until ${localTime(until)}, by their time-outs`;
  return `${activitiesInFlight(inFlightCount)}, ${bound}`;
};

const show = (drain: Drain, { out }: Terminal): void => {
  out(`${printable(drain.drainId)} waits for ${waitsFor(drain)}`);
  for (const { executionId, state, since, until, server } of drain.inFlight) {
    const end = until === undefined ? "no time-out" : `until ${localTime(until)}`;
    const where = server === undefined ? "claimed by a worker" : `on ${server}`;
    out(printable(`  ${executionId}, ${state}, for ${untilNow(since)}, ${end}, ${where}`));
  }
};

const untilDone = async (client: Client, first: Drain, { note }: Terminal): Promise<Drain> => {
  let drain = first;
  let said = "";
  while (!drain.isDone) {
    const saying = `Waiting for ${waitsFor(drain)}`;
    if (saying !== said) note(saying);
    said = saying;
    await sleep(waitEveryMs);
    drain = await client.get<Drain>(pathOf(drain.drainId));
  }
  return drain;
};

/** Lets nothing new begin within a scope. */
export const drain = async (
  { options, terminal }: Call<DrainOptions>,
  scope: string,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const begun = await client.post<Drain>("/v1/drains", {
    scope,
    name: name === "" ? undefined : name,
    reason: options.reason,
    deadlineSeconds: options.deadline,
    onDeadline: options.onDeadline,
  });
  const drained = options.wait === true ? await untilDone(client, begun, terminal) : begun;
  if (options.json === true) terminal.json(drained);
  else show(drained, terminal);
  return exitCodes.success;
};

/** Lists the drains. */
export const drains = async ({ options, terminal }: Call): Promise<number> => {
  const client = await connect(options);
  const { drains: found } = await client.get<{ readonly drains: readonly Drain[] }>("/v1/drains");
  if (options.json === true) {
    terminal.json(found);
    return exitCodes.success;
  }
  if (found.length === 0) {
    terminal.out("No drains.");
    return exitCodes.success;
  }
  const rows = found.map((each) => [
    each.drainId,
    each.by,
    untilNow(each.beganAt),
    each.deadlineAt === undefined ? "" : `${localTime(each.deadlineAt)}, ${each.onDeadline}`,
    waitsFor(each),
    each.reason ?? "",
  ]);
  const head = ["DRAIN", "BY", "FOR", "DEADLINE", "WAITS FOR", "REASON"];
  const { paint } = terminal;
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint }));
  return exitCodes.success;
};

/** Ends a drain. */
export const resume = async (
  { options, terminal }: Call,
  scope: string,
  name: string,
): Promise<number> => {
  if (name === "" && scope !== "environment" && !scope.includes(":"))
    throw new CommandFailed(`Which ${scope} is to be resumed?`, {
      next: "Give its name, or the id of the drain as drains lists it",
    });
  const client = await connect(options);
  const ended = await client.remove<Drain>(pathOf(name === "" ? scope : `${scope}:${name}`));
  if (options.json === true) terminal.json(ended);
  else terminal.out(`${printable(ended.drainId)} is resumed: what it held goes on`);
  return exitCodes.success;
};
