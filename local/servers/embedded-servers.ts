import { writeFileSync } from "node:fs";
import type { ServerDescription, ServerState, Servers } from "#monitoring/servers.ts";
import { forgetServer, serverFile } from "#platforms/embedded/server-lock.ts";
import { readEntry, type ServerEntry } from "./server-entry.ts";
import { type ServerWatch, silentMs, type Watched } from "./watch.ts";

const stateOf = ({ entry, isAlive, silentForMs }: Watched): ServerState => {
  if (!isAlive) return "gone";
  return silentForMs >= silentMs ? "silent" : (entry.state ?? "running");
};

const instantOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);

const descriptionOf = (
  entry: ServerEntry,
  { state, isSelf }: { readonly state: ServerState; readonly isSelf: boolean },
): ServerDescription => {
  const { name, pid, version, url, executions } = entry;
  const startedAtMs = instantOf(entry.startedAt);
  const heartbeatAtMs = instantOf(entry.heartbeatAt);
  return {
    name,
    state,
    pid,
    isSelf,
    ...(version !== undefined && { version }),
    ...(url !== undefined && { url }),
    ...(startedAtMs !== undefined && { startedAtMs }),
    ...(heartbeatAtMs !== undefined && { heartbeatAtMs }),
    ...(executions !== undefined && { executionCount: executions }),
  };
};

/** The servers of a data directory. */
export const embeddedServers = (options: {
  readonly directory: string;
  /** Of this server. */
  readonly name: string;
  readonly watch: ServerWatch;
}): Servers => {
  const { directory, name, watch } = options;

  const list = (): readonly ServerDescription[] => {
    watch.look();
    const self = readEntry(directory, name)?.entry;
    const own = self && descriptionOf(self, { state: self.state ?? "running", isSelf: true });
    const others = watch.others.map((other) =>
      descriptionOf(other.entry, { state: stateOf(other), isSelf: false }),
    );
    return [...(own ? [own] : []), ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
  };

  return {
    list: async () => list(),
    remove: async (wanted) => {
      const found = list().find((server) => server.name === wanted);
      if (found === undefined) return undefined;
      if (found.state === "gone") forgetServer(directory, wanted);
      else writeFileSync(serverFile(directory, wanted, "stop"), "", { mode: 0o600 });
      return found;
    },
  };
};
