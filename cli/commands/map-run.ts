import { connect } from "../environment/client.ts";
import type { MapRun } from "../environment/map-run-contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { duration, elapsedMs, localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { fieldLines } from "./show.ts";

const pathOf = (mapRunId: string, rest = ""): string =>
  `/v1/map-runs/${encodeURIComponent(mapRunId)}${rest}`;

const countsText = (counts: MapRun["items"]): string =>
  (["pending", "running", "succeeded", "failed", "timedOut", "aborted"] as const)
    .filter((name) => counts[name] > 0)
    .map((name) => `${counts[name]} ${name === "timedOut" ? "timed out" : name}`)
    .join(", ");

const toleranceText = (run: MapRun): string | undefined => {
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = run;
  const parts = [
    ...(count === undefined ? [] : [String(count)]),
    ...(percentage === undefined ? [] : [`${percentage} %`]),
  ];
  return parts.length === 0 ? undefined : parts.join(", or ");
};

const show = (run: MapRun, { out, paint }: Terminal): void => {
  const { startedAt, stoppedAt, error, cause } = run;
  const items = `${run.items.total}${run.isRead ? "" : " so far"}: ${countsText(run.items)}`;
  const fields = [
    ["map run", printable(run.mapRunId)],
    ["of", `${printable(run.executionId)}, ${printable(run.state)}`],
    ["status", run.status],
    ["started", localTime(startedAt)],
    ["duration", duration(elapsedMs(startedAt, stoppedAt))],
    ["items", items],
    ["children", `${run.children.total}: ${countsText(run.children)}`],
    ["at once", String(run.concurrency)],
    ["may fail", toleranceText(run)],
    ["error", error && printable(error)],
    ["cause", cause && printable(cause)],
  ] as const;
  for (const line of fieldLines(fields, paint)) out(line);
};

const tell = (run: MapRun, { options, terminal }: Call): number => {
  if (options.json === true) terminal.json(run);
  else show(run, terminal);
  return exitCodes.success;
};

/** Describes a map run. */
export const showMapRun = async (call: Call, mapRunId: string): Promise<number> => {
  const client = await connect(call.options);
  return tell(await client.get<MapRun>(pathOf(mapRunId)), call);
};

interface SetOptions {
  readonly maxConcurrency?: number;
  readonly toleratedFailures?: number;
  readonly toleratedPercentage?: number;
}

/** Changes how a map run goes on. */
export const setMapRun = async (call: Call<SetOptions>, mapRunId: string): Promise<number> => {
  const { maxConcurrency, toleratedFailures, toleratedPercentage } = call.options;
  const limits = {
    maxConcurrency,
    toleratedFailureCount: toleratedFailures,
    toleratedFailurePercentage: toleratedPercentage,
  };
  if (Object.values(limits).every((limit) => limit === undefined))
    throw new CommandFailed("Nothing says what is to change", {
      next: "Give --max-concurrency, --tolerated-failures or --tolerated-percentage",
    });
  const client = await connect(call.options);
  return tell(await client.post<MapRun>(pathOf(mapRunId, "/limits"), limits), call);
};
