import { connect } from "../environment/client.ts";
import type { Health, Server } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";

const stateStyles = {
  running: "green",
  draining: "cyan",
  silent: "yellow",
  gone: "red",
} as const satisfies Record<Server["state"], string>;

const timeOf = (instant: string | undefined): string =>
  instant === undefined ? "" : localTime(instant);

/** Lists the servers of the environment. */
export const servers = async ({ options, terminal }: Call): Promise<number> => {
  const client = await connect(options);
  const found = (await client.get<{ servers: readonly Server[] }>("/v1/servers")).servers;
  if (options.json === true) {
    terminal.json(found);
    return exitCodes.success;
  }
  const rows = found.map(
    ({ name, state, pid, version = "", executionCount = "", heartbeatAt, startedAt, url = "" }) => [
      name,
      state,
      String(pid),
      version,
      String(executionCount),
      timeOf(heartbeatAt),
      timeOf(startedAt),
      url,
    ],
  );
  const { paint } = terminal;
  const styles = {
    1: (text: string) => paint(stateStyles[text as Server["state"]] ?? "reset", text),
  };
  const head = ["SERVER", "STATE", "PID", "VERSION", "EXECUTIONS", "HEARTBEAT", "STARTED", "URL"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint, styles }));
  const { warnings = [] } = await client.get<Health>("/v1/health");
  for (const { message } of warnings) terminal.note(`warning  ${printable(message)}`);
  return exitCodes.success;
};

/** Forgets a server that is gone, or lets a living one drain and end. */
export const removeServer = async ({ options, terminal }: Call, name: string): Promise<number> => {
  const client = await connect(options);
  const server = await client.remove<Server>(`/v1/servers/${encodeURIComponent(name)}`);
  if (options.json === true) terminal.json(server);
  else if (server.state === "gone") terminal.out(`${printable(server.name)} is forgotten`);
  else if (server.state === "silent")
    terminal.out(`${printable(server.name)} stands still; it ends when it wakes up`);
  else terminal.out(`${printable(server.name)} lets what it began finish, and ends`);
  return exitCodes.success;
};
