/** W1 at each persistence level (ADR 11): what a commit an activity costs, and what is gained without. */
import type { Figures } from "./figures.ts";
import { diskUsed } from "./machine.ts";
import type { Say } from "./profile.ts";
import { freshDirectory, startServer } from "./server.ts";
import { tenActivitiesWith, throughput } from "./workloads.ts";

const LEVELS = { full: 11, onFailure: 12, none: 2 } as const;

/** Measures each level on a server and a data directory of its own. */
export const persistence = async ({
  parent,
  seconds,
  say,
}: {
  readonly parent: string;
  readonly seconds: number;
  readonly say: Say;
}): Promise<object> => {
  const levels: Record<string, Figures<number>> = {};
  for (const [level, recordsMin] of Object.entries(LEVELS)) {
    const directory = freshDirectory(parent);
    const server = await startServer(directory);
    try {
      const document = tenActivitiesWith({ persistence: level });
      const { figures, executions } = await throughput(server, seconds, { document, recordsMin });
      const diskKb = (1024 * diskUsed(directory)) / executions;
      levels[level] = { ...figures, diskKbPerExecution: diskKb };
      const { activitiesPerSecond, p50Ms, p99Ms } = figures as Record<string, number>;
      say(
        `${level.padEnd(10)} ${Math.round(activitiesPerSecond ?? 0)} activities a second, p50 ${p50Ms?.toFixed(1)} ms, p99 ${p99Ms?.toFixed(1)} ms, ${diskKb.toFixed(1)} KiB on disk an execution`,
      );
    } finally {
      await server.stop();
    }
  }
  return { persistence: levels };
};
