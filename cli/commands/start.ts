import { resolve } from "node:path";
import { startServer } from "#local/server.ts";
import { exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import type { Call } from "./call.ts";
import { fieldLines } from "./show.ts";

export interface StartOptions {
  readonly host: string;
  readonly port: number;
  readonly environment: string;
}

/**
 * One Ctrl-C may arrive twice within moments: from the terminal, and passed on by npm or the
 * launcher. Only a signal after this time is a second one.
 */
const sameSignalMs = 500;

/** Waits for a signal to stop, and leaves at once on a second one. */
const stopRequested = ({ note }: Terminal): Promise<void> =>
  new Promise((requested) => {
    let firstAtMs: number | undefined;
    const stop = (): void => {
      if (firstAtMs === undefined) {
        firstAtMs = Date.now();
        note("Stopping; once more to leave at once (nothing is lost either way).");
        requested();
      } else if (Date.now() - firstAtMs > sameSignalMs) {
        process.exit(exitCodes.success);
      }
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });

/** Runs a server of the local environment until a signal stops it. */
export const start = async ({ options, terminal }: Call<StartOptions>): Promise<number> => {
  const { host, port, environment } = options;
  const dataDirectory = resolve(options.data);
  const server = await startServer({ dataDirectory, host, port, environment });
  const { out, paint } = terminal;
  // Before it says that it is ready: whoever waits for that may stop it at once.
  const stopping = stopRequested(terminal);
  out(paint("bold", `Holdfast environment ${environment}`));
  const fields = [
    ["url", server.url],
    ["token", server.tokenFile],
    ["data", dataDirectory],
    ["note", "a single server: no high availability"],
  ] as const;
  for (const line of fieldLines(fields, paint)) out(`  ${line}`);
  out(paint("dim", "Ready. Ctrl-C stops it."));
  await stopping;
  await server.close();
  return exitCodes.success;
};
