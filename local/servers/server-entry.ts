import { readFileSync } from "node:fs";
import { type ServerProcess, serverFile } from "#platforms/embedded/server-lock.ts";

/** What a server says of itself in its heartbeat. */
export interface ServerEntry extends ServerProcess {
  readonly version?: string;
  readonly url?: string;
  readonly startedAt?: string;
  readonly heartbeatAt?: string;
  readonly state?: "running" | "draining";
  readonly executions?: number;
}

/** The newest heartbeat of a server, as text, and what it says; none where it has left. */
export const readEntry = (
  directory: string,
  name: string,
): { readonly text: string; readonly entry: ServerEntry } | undefined => {
  try {
    const text = readFileSync(serverFile(directory, name, "json"), "utf8");
    return { text, entry: { ...(JSON.parse(text) as ServerEntry), name } };
  } catch {
    // It is leaving, or what stands there is no heartbeat.
    return undefined;
  }
};
