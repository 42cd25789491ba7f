import { resolve } from "node:path";
import { type RunningServer, startServer } from "#local/server.ts";
import { type WaitAges, waitAgesText } from "../arguments.ts";
import { readToken } from "../environment/find.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { activitiesInFlight, duration, printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { fieldLines } from "./show.ts";

export interface StartOptions {
  readonly host: string;
  readonly port: number;
  readonly environment?: string;
  /** What the ARNs of a new environment are made of. */
  readonly region?: string;
  readonly account?: string;
  /** Data directory of the environment to join. */
  readonly join?: string;
  readonly name?: string;
  /** Seconds that activities in flight are waited for when it stops. */
  readonly grace: number;
  readonly servers?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowOrigin?: readonly string[];
  readonly waitAges?: WaitAges;
  /** It is started with others, by the command that keeps all of them running. */
  readonly oneOfSeveral?: boolean;
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

/** Until somebody has the role Administrator beside the token of the first start. */
export const aloneWarning =
  "only this token can administer; see holdfast keys create NAME --role Administrator";

const identityOf = ({ region, account }: StartOptions) => ({
  ...(region !== undefined && { region }),
  ...(account !== undefined && { account }),
});

/** A URL leaves out the port that its protocol has anyway. */
const portOf = ({ port, protocol }: URL): number =>
  port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);

/** What programs are told when it is ready; the token they find in its file. */
const readyLine = ({ name, environment, url, tokenFile }: RunningServer, data: string) => ({
  isReady: true,
  environment,
  server: name,
  pid: process.pid,
  url,
  port: portOf(new URL(url)),
  tokenFile,
  data,
});

const present = (
  server: RunningServer,
  dataDirectory: string,
  { options, terminal }: Call<StartOptions>,
): void => {
  const { out, paint } = terminal;
  const isAlone = options.join === undefined && options.oneOfSeveral !== true;
  if (options.json === true) {
    terminal.json(readyLine(server, dataDirectory));
    return;
  }
  out(paint("bold", `Holdfast environment ${server.environment}`));
  const fields = [
    ["server", server.name],
    ["url", server.url],
    ["token", server.tokenFile],
    ["", server.newToken && `${server.newToken} (shown this once)`],
    ["data", dataDirectory],
    ["overdue", options.waitAges && waitAgesText(options.waitAges)],
    ["note", isAlone ? "a single server: no high availability (see --servers and --join)" : ""],
    ["note", server.isAlone ? aloneWarning : ""],
  ] as const;
  for (const line of fieldLines(fields, paint)) out(`  ${line}`);
  out(paint("dim", "Ready. Ctrl-C stops it."));
};

/** How often a server that stops says what it waits for, ms. */
const tellEveryMs = 2_000;
/** Activities that are named. */
const namedMax = 3;

/** Says what a server that stops still waits for; the result ends it. */
const tellWhatIsLeft = (
  { inFlight }: RunningServer,
  { options, terminal }: Call<StartOptions>,
): (() => void) => {
  const untilMs = Date.now() + options.grace * 1000;
  const tell = (): void => {
    const left = inFlight().toSorted((a, b) => a.sinceMs - b.sinceMs);
    if (left.length === 0) return;
    const named = left
      .slice(0, namedMax)
      .map(({ executionId, state, sinceMs }) => {
        return printable(`${executionId}, ${state}, for ${duration(Date.now() - sinceMs)}`);
      })
      .join("; ");
    const others = left.length > namedMax ? `; and ${left.length - namedMax} others` : "";
    terminal.note(
      `Waiting for ${activitiesInFlight(left.length)}, at most ${duration(untilMs - Date.now())} more: ${named}${others}`,
    );
  };
  tell();
  const timer = setInterval(tell, tellEveryMs);
  return () => clearInterval(timer);
};

/** Both files or none. */
const tlsOf = ({ tlsCert, tlsKey }: StartOptions) => {
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert !== undefined && tlsKey !== undefined)
    return { tls: { certFile: resolve(tlsCert), keyFile: resolve(tlsKey) } };
  throw new CommandFailed("TLS needs a certificate and its key", {
    next: "Give both: --tls-cert FILE --tls-key FILE",
  });
};

/** Runs a server, alone or beside others, until a signal or whoever manages the servers stops it. */
const runServer = async (call: Call<StartOptions>): Promise<number> => {
  const { options, terminal } = call;
  const { host, port, environment, name, join, grace, waitAges } = options;
  const dataDirectory = resolve(join ?? options.data);
  const token = join === undefined ? undefined : await readToken(options);
  const server = await startServer({
    dataDirectory,
    host,
    port,
    graceMs: grace * 1000,
    isJoining: join !== undefined,
    ...(environment !== undefined && { environment }),
    ...(name !== undefined && { name }),
    ...(token && { token }),
    identity: identityOf(options),
    ...tlsOf(options),
    ...(options.allowOrigin !== undefined && { allowedOrigins: options.allowOrigin }),
    ...(waitAges && { waitAges }),
  });
  // Before it says that it is ready: whoever waits for that may stop it at once.
  const stopping = stopRequested(terminal);
  present(server, dataDirectory, call);
  await Promise.race([stopping, server.stopAsked]);
  const tellNoMore = tellWhatIsLeft(server, call);
  await server.close();
  tellNoMore();
  return exitCodes.success;
};

/** Runs one server of the local environment, or several, each in a process of its own. */
export const start = async (call: Call<StartOptions>): Promise<number> => {
  const { servers, join, port } = call.options;
  if (servers === undefined || servers === 1) return runServer(call);
  if (join !== undefined)
    throw new CommandFailed("--servers starts an environment, --join adds to one", {
      next: "Give one of them",
    });
  if (port !== 0 && port + servers - 1 > 65_535)
    throw new CommandFailed(`There are not ${servers} ports from ${port} on`, {
      next: "Give a lower --port, or 0 for any free ones",
    });
  const { runServers } = await import("./start-several.ts");
  return runServers({ ...call, count: servers });
};
