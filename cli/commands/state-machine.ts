import { connect } from "../environment/client.ts";
import type { StateMachineSettings } from "../environment/process-contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { fieldLines } from "./show.ts";

const pathOf = (process: string): string =>
  `/v1/processes/${encodeURIComponent(process)}/state-machine`;

const show = (settings: StateMachineSettings, { options, terminal }: Call): number => {
  if (options.json === true) {
    terminal.json(settings);
    return exitCodes.success;
  }
  const { process, roleArn, loggingConfiguration: logging, tracingConfiguration } = settings;
  const groups = (logging?.destinations ?? []).map(
    ({ cloudWatchLogsLogGroup: { logGroupArn } }) => logGroupArn,
  );
  const fields = [
    ["process", process],
    ["role", roleArn],
    ["logs", logging?.level ?? "OFF"],
    ["to", groups.join(", ")],
    ["with data", logging?.includeExecutionData === true ? "yes" : undefined],
    ["tracing", tracingConfiguration?.enabled === true ? "on" : "off"],
  ] as const;
  const lines = fields.map(([name, value]) => [name, value && printable(value)] as const);
  for (const line of fieldLines(lines, terminal.paint)) terminal.out(line);
  terminal.note("Clients of Step Functions are shown this; it has no effect.");
  return exitCodes.success;
};

/** Shows what clients of Step Functions said of a process beside its definition. */
export const showStateMachine = async (call: Call, process: string): Promise<number> => {
  const client = await connect(call.options);
  return show(await client.get<StateMachineSettings>(pathOf(process)), call);
};

interface SetOptions {
  readonly roleArn?: string;
  readonly logLevel?: string;
  readonly logGroupArn?: string;
  readonly logData?: boolean;
  readonly tracing?: boolean;
}

const loggingOf = (
  { logLevel, logGroupArn, logData }: SetOptions,
  before: StateMachineSettings["loggingConfiguration"],
) => ({
  ...before,
  ...(logLevel !== undefined && { level: logLevel }),
  ...(logData !== undefined && { includeExecutionData: logData }),
  ...(logGroupArn !== undefined && {
    destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
  }),
});

/** Changes what is said; what is not given stays. */
export const setStateMachine = async (call: Call<SetOptions>, name: string): Promise<number> => {
  const { roleArn, tracing, logLevel, logGroupArn, logData } = call.options;
  const isLogging = [logLevel, logGroupArn, logData].some((given) => given !== undefined);
  if (!isLogging && roleArn === undefined && tracing === undefined)
    throw new CommandFailed("Nothing says what is to change", {
      next: "Give --role-arn, --log-level, --log-group-arn, --log-data or --tracing",
    });
  const client = await connect(call.options);
  const found = await client.existing<StateMachineSettings>(pathOf(name));
  const { process: _, loggingConfiguration, ...before } = found.value;
  const logging = isLogging ? loggingOf(call.options, loggingConfiguration) : loggingConfiguration;
  const { level = "OFF", destinations = [] } = logging ?? {};
  if (isLogging && level !== "OFF" && destinations.length === 0)
    throw new CommandFailed(`The log level ${level} needs a log group`, {
      next: "Give --log-group-arn ARN, or --log-level OFF",
    });
  const settings = {
    ...before,
    ...(roleArn !== undefined && { roleArn }),
    ...(tracing !== undefined && { tracingConfiguration: { enabled: tracing } }),
    loggingConfiguration: logging,
  };
  const match = { "if-match": found.etag };
  return show(await client.put<StateMachineSettings>(pathOf(name), settings, match), call);
};
