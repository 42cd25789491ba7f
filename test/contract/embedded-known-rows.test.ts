import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { databaseFileName, openDataDirectory } from "#platforms/embedded/data-directory.ts";
import { portsOn } from "#platforms/embedded/embedded-platform.ts";
import { openDatabase } from "#platforms/embedded/sqlite.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { fc } from "../fast-check.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const keys = ["a#1", "a#2", "b#1"];

/** A server with its connection, and another one's on the same database. */
const twoServers = async () => {
  const directory = await temporaryDirectory();
  const { database, index, close } = openDataDirectory(directory);
  const beside = openDatabase(join(directory, databaseFileName), { busyMs: 1_000 });
  const clock = virtualClock(0);
  expect(index).toBeDefined();
  const own = portsOn(database, clock, index && { index });
  const other = portsOn(beside, clock);
  onTestFinished(() => {
    own.stop();
    other.stop();
    beside.close();
    close();
  });
  return {
    servers: [own.ports.documents, other.ports.documents] as const,
    connections: [database, beside] as const,
  };
};

const step = fc.record({
  by: fc.constantFrom(0 as const, 1 as const),
  kind: fc.constantFrom("put" as const, "remove" as const, "checkpoint" as const, "none" as const),
  key: fc.constantFrom(...keys),
});

interface Step {
  readonly by: 0 | 1;
  readonly key: string;
}

/** What is written, and what is to be found of it. */
interface Kept {
  readonly collection: string;
  readonly model: Map<string, number>;
}

/** Both servers say what stands there. */
const expectBoth = async (
  servers: readonly DocumentStore[],
  { collection, model }: Kept,
): Promise<void> => {
  for (const asked of servers) {
    for (const key of keys) expect((await asked.get(collection, key))?.value).toBe(model.get(key));
    for (const prefix of ["a#", "b#"]) {
      const { documents } = await asked.list(collection, { prefix, limit: 9 });
      const there = [...model].filter(([key]) => key.startsWith(prefix)).sort();
      expect(documents.map(({ key, value }) => [key, value])).toEqual(there);
    }
  }
};

test("what is remembered is what stands there, whoever wrote it", async () => {
  const { servers, connections } = await twoServers();
  let count = 0;
  const carryOut = {
    put: async ({ by, key }: Step, { collection, model }: Kept) => {
      count += 1;
      await servers[by].put({ collection, key, value: count });
      model.set(key, count);
    },
    remove: async ({ by, key }: Step, { collection, model }: Kept) => {
      await servers[by].remove(collection, key);
      model.delete(key);
    },
    checkpoint: async ({ by }: Step) => connections[by].exec("PRAGMA wal_checkpoint(PASSIVE)"),
    none: async () => {},
  };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      count += 1;
      const kept: Kept = { collection: `c${count}`, model: new Map() };
      for (const each of steps) {
        await carryOut[each.kind](each, kept);
        await expectBoth(servers, kept);
      }
    }),
    { numRuns: 100 },
  );
});
