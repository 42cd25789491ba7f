import { connect, executionPath } from "../environment/client.ts";
import type { Execution, SystemEvent } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { statusText } from "../view/outcome.ts";
import { questionLines } from "../view/question-lines.ts";
import {
  counted,
  duration,
  elapsedMs,
  localTime,
  type Paint,
  prettyJson,
  printable,
} from "../view/text.ts";
import { waitText } from "../view/wait-text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

/** Late results that are shown; the list of events has all. */
const lateResultsMax = 10;

/** Name and value of each field that is there, one below the other. */
export const fieldLines = (
  fields: readonly (readonly [string, string | undefined])[],
  paint: Paint,
): readonly string[] => {
  const given = fields.filter(([, value]) => value !== undefined && value !== "");
  const width = Math.max(...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${paint("dim", name.padEnd(width))}  ${value}`);
};

const optional = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : printable(text);

const waitsFor = ({ waitingFor }: Execution): string | undefined => {
  if (waitingFor === undefined) return undefined;
  const { since, until, drain } = waitingFor;
  const end = until === undefined ? "" : `, until ${localTime(until)}`;
  const whose = drain === undefined ? "" : ` (${printable(drain)}; resume ends it)`;
  return `${waitText(waitingFor)}${whose}, since ${localTime(since)}${end}`;
};

const tagsText = ({ tags }: Execution): string | undefined =>
  tags &&
  Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");

const beganAt = ({ beginsAt }: Execution): string | undefined => {
  if (beginsAt === undefined) return undefined;
  const { state, startPoint } = beginsAt;
  return printable(startPoint === undefined ? state : `${state} (start point "${startPoint}")`);
};

const sizeText = ({ transitionCount, eventCount, recordCount }: Execution): string =>
  [
    counted(transitionCount, "transition"),
    counted(eventCount, "event"),
    counted(recordCount, "record"),
  ].join(", ");

const redrivenText = ({ redriveCount, redrivenAt }: Execution): string | undefined => {
  if (redriveCount === undefined) return undefined;
  const last = redrivenAt === undefined ? "" : `, last ${localTime(redrivenAt)}`;
  return `${counted(redriveCount, "time")}${last}`;
};

const print = (execution: Execution, { out, paint }: Terminal): void => {
  const { startedAt, stoppedAt } = execution;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["execution", printable(execution.executionId)],
    ["process", `${printable(execution.process)} version ${execution.version}`],
    ["began at", beganAt(execution)],
    ["alias", optional(execution.alias)],
    ["tags", optional(tagsText(execution))],
    ["restart of", optional(execution.restartOf?.executionId)],
    ["map runs", optional(execution.mapRuns?.join(", "))],
    ["restarts", optional(execution.restarts?.join(", "))],
    ["status", statusText(execution, paint)],
    ["started", `${localTime(startedAt)} by ${printable(execution.startedBy)}`],
    ["stopped", stoppedAt === undefined ? undefined : localTime(stoppedAt)],
    ["redriven", redrivenText(execution)],
    ["duration", duration(elapsedMs(startedAt, stoppedAt))],
    ["waits for", waitsFor(execution)],
    ["error", optional(execution.error)],
    ["cause", optional(execution.cause)],
    ["details", execution.isCondensed === true ? "not kept (persistence)" : undefined],
    ["size", sizeText(execution)],
  ];
  for (const line of fieldLines(fields, paint)) out(line);
  out(`${paint("dim", "input")}\n${prettyJson(execution.input)}`);
  if (execution.output !== undefined)
    out(`${paint("dim", "output")}\n${prettyJson(execution.output)}`);
  for (const line of questionLines(execution, paint)) out(line);
};

/** What servers that had stood still told of activities that others had taken over meanwhile. */
const printLateResults = (events: readonly SystemEvent[], { out, paint }: Terminal): void => {
  if (events.length === 0) return;
  out(paint("dim", "late results"));
  for (const { at, message, eventId } of events)
    out(`  ${localTime(at)}  ${printable(message)} (events --kind late-result: ${eventId})`);
};

/** Describes one execution. */
export const show = async ({ options, terminal }: Call, executionId: string): Promise<number> => {
  const client = await connect(options);
  const execution = await client.get<Execution>(executionPath(executionId));
  if (options.json === true) {
    terminal.json(execution);
    return exitCodes.success;
  }
  print(execution, terminal);
  const { items } = await readPages<SystemEvent>(client, {
    path: "/v1/system-events",
    field: "events",
    query: { execution: execution.executionId, kind: "late-result" },
    limit: lateResultsMax,
  });
  printLateResults(items, terminal);
  return exitCodes.success;
};
