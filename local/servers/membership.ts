import type { EmbeddedPlatform } from "#platforms/embedded/embedded-platform.ts";
import type { Peers } from "#ports/peers.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import { embeddedServers } from "./embedded-servers.ts";
import { Presence } from "./presence.ts";
import { ServerWatch } from "./watch.ts";

/** This server among the servers of its data directory. */
export const membership = (options: {
  readonly directory: string;
  readonly name: string;
  /** Tells this run of the server from every other; the turns it takes are named by it. */
  readonly run: string;
  readonly version: string;
  readonly share: EmbeddedPlatform["share"];
  /** A server is gone, perhaps this one as it was before, and this one is the first to see it. */
  readonly gone: (isGone: Peers["isGone"]) => void;
  readonly executionCount: () => number;
  readonly isDrained: () => boolean;
  readonly onSystemEvent: (event: SystemEvent) => void;
}) => {
  const { directory, name } = options;
  let askToStop = () => {};
  const stopAsked = new Promise<void>((resolve) => {
    askToStop = resolve;
  });
  const watch = new ServerWatch({ ...options, shared: options.share });
  const presence = new Presence({ ...options, stopAsked: askToStop });
  return {
    peers: watch,
    servers: embeddedServers({ directory, name, watch }),
    /** Resolves when this server was asked to end. */
    stopAsked,
    blocked: (sinceMs: number) => watch.blocked(sinceMs),
    begin: (url: string) => {
      presence.begin(url);
      watch.begin();
      // Whoever saw others die may have died of it, and nobody but this one tells of its own last run.
      options.gone(watch.goneRuns());
    },
    drain: () => presence.drain(),
    end: () => {
      presence.end();
      watch.end();
    },
  };
};
