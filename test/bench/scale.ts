/**
 * What 100,000 finished executions in the data directory cost those who start a server, list and
 * start executions. They are made through `/v1`, of a process that ends at once.
 */
import { median } from "./figures.ts";
import { diskUsed } from "./machine.ts";
import type { CommandContext } from "./profile.ts";
import { freshDirectory, type Server, startServer } from "./server.ts";

const FINISHED = 100_000;
const AT_ONCE = 64;
const ROUNDS = 5;
const CALLS = 100;
const RATIO_MAX = 1.3;

const endsAtOnce = { StartAt: "Done", States: { Done: { Type: "Succeed" } } };

interface Round {
  readonly readyAfterMs: number;
  readonly startMs: number;
  readonly listMs: number;
}

const medianCallMs = async (call: () => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let index = 0; index < CALLS; index += 1) {
    const calledAt = performance.now();
    await call();
    times.push(performance.now() - calledAt);
  }
  return median(times);
};

const fill = async ({ client }: Server, count: number): Promise<void> => {
  await client.deploy(endsAtOnce, "done");
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      await client.start("done", 29);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
};

/** A data directory with so many finished executions, and no server on it. */
const filledDirectory = async (parent: string, count: number): Promise<string> => {
  const directory = freshDirectory(parent);
  const server = await startServer(directory);
  await fill(server, count).finally(server.stop);
  return directory;
};

/** Starts come first, so that the first page of the list is full on both directories. */
const measureRound = async (directory: string): Promise<Round> => {
  const server = await startServer(directory);
  try {
    const startMs = await medianCallMs(() => server.client.start("done", 29));
    const listMs = await medianCallMs(() => server.client.list("limit=50"));
    return { readyAfterMs: server.readyAfterMs, startMs, listMs };
  } finally {
    await server.stop();
  }
};

const summarize = (empty: readonly Round[], full: readonly Round[]) =>
  (["readyAfterMs", "listMs", "startMs"] as const).map((figure) => {
    const emptyMs = median(empty.map((round) => round[figure]));
    const fullMs = median(full.map((round) => round[figure]));
    return { figure, emptyMs, fullMs, ratio: fullMs / emptyMs };
  });

/** Compares a full directory with an empty one, round by round; fails where the ratio is over its limit. */
export const scale = async ({ parent, say }: CommandContext): Promise<object> => {
  const emptyDirectory = await filledDirectory(parent, 0);
  say(`making ${FINISHED} finished executions through /v1`);
  const startedAt = performance.now();
  const fullDirectory = await filledDirectory(parent, FINISHED);
  const seconds = (performance.now() - startedAt) / 1000;
  const diskMb = diskUsed(fullDirectory);
  say(`made in ${seconds.toFixed(0)} s; they take ${diskMb.toFixed(0)} MiB`);
  const empty: Round[] = [];
  const full: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    empty.push(await measureRound(emptyDirectory));
    full.push(await measureRound(fullDirectory));
  }
  const figures = summarize(empty, full);
  for (const { figure, emptyMs, fullMs, ratio } of figures)
    say(
      `${figure.padEnd(14)} empty ${emptyMs.toFixed(2)}  full ${fullMs.toFixed(2)}  ratio ${ratio.toFixed(2)}`,
    );
  const tooSlow = figures.filter(({ ratio }) => ratio > RATIO_MAX);
  if (tooSlow.length > 0) {
    say(`over ${RATIO_MAX}: ${tooSlow.map(({ figure }) => figure).join(", ")}`);
    process.exitCode = 1;
  }
  return { date: new Date().toISOString(), executions: FINISHED, seconds, diskMb, figures };
};
