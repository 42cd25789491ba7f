import { spawn } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { writeBackup } from "#platforms/embedded/backup.ts";
import { openDataDirectory } from "#platforms/embedded/data-directory.ts";
import { openEmbeddedPlatform, portsOn } from "#platforms/embedded/embedded-platform.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import type { Enqueue } from "#ports/journal.ts";
import type { Platform } from "#ports/platform.ts";
import { append, enqueue, headOf, putHead, recordOf, seqsOf } from "./fixture.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const writerPath = join(import.meta.dirname, "endless-writer.ts");

/** Lets a writer run on `directory`, kills it `delayMs` after it is ready (or at once); answers its acknowledgements. */
const runAndKill = async (options: {
  readonly directory: string;
  readonly run: string;
  readonly delayMs: number;
}): Promise<readonly string[]> => {
  const child = spawn(process.execPath, [writerPath, options.directory, options.run], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const closed = new Promise<string | null>((resolve) =>
    child.on("close", (_, signal) => resolve(signal)),
  );
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await delay(options.delayMs);
  child.kill("SIGKILL");
  expect(await closed).toBe("SIGKILL");
  // The last line may be cut off.
  return printed.split("\n").slice(1, -1);
};

const expectConsistent = async (
  platform: Platform,
  acknowledged: ReadonlyMap<string, number>,
): Promise<void> => {
  for (const [executionId, seq] of acknowledged) {
    const { records } = await platform.log.load(executionId);
    // Every acknowledged record is there, and nothing stands behind a gap.
    expect(records.length).toBeGreaterThan(seq);
    expect(seqsOf(records)).toEqual(records.map((_, index) => index));
    const head = (await platform.heads.get(executionId))?.head;
    expect(head?.seq).toBe(records.length - 1);
  }
};

describe("a server that is killed with SIGKILL", () => {
  it.each([1, 2, 3])(
    "keeps every acknowledged write, and a backup taken then has it (seed %i)",
    async (seed) => {
      const directory = join(temporaryDirectory(), "data");
      const entropy = seededEntropy(seed);
      const acknowledged = new Map<string, number>();
      for (let round = 0; round < 4; round += 1) {
        const delayMs = Math.floor(entropy.fraction() * 300);
        for (const line of await runAndKill({ directory, run: `r${round}`, delayMs })) {
          const [executionId = "", seq] = line.split(" ");
          acknowledged.set(executionId, Number(seq));
        }
        const target = `${directory}-backup-${round}`;
        await writeBackup({ directory, target, extraFiles: [], createdAtMs: 0, suffix: "1" });
        for (const place of [target, directory]) {
          const platform = openEmbeddedPlatform({
            directory: place,
            clock: systemClock,
            entropy: systemEntropy,
          });
          await expectConsistent(platform, acknowledged);
          await platform.close();
        }
      }
      expect(acknowledged.size).toBeGreaterThan(20);
      const database = new DatabaseSync(join(directory, "holdfast.db"));
      expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      database.close();
    },
  );
});

describe("a platform that was closed", () => {
  it("shows everything when it is opened again", async () => {
    const directory = temporaryDirectory();
    const open = () =>
      openEmbeddedPlatform({ directory, clock: systemClock, entropy: systemEntropy });
    const first = open();
    await first.journal.write([append("x", 0), putHead(headOf("x", 0)), enqueue("item")]);
    await first.journal.write([
      {
        kind: "RenewLeases",
        leases: [{ executionId: "x", turn: "turn-1", seq: 0 }],
        untilMs: 1,
      },
    ]);
    await first.documents.put({ collection: "things", key: "a", index: "open", value: [1] });
    await first.close();
    const second = open();
    expect((await second.log.load("x")).records).toEqual([recordOf("x", 0)]);
    expect(await second.heads.get("x")).toEqual({
      head: headOf("x", 0),
      lease: { turn: "turn-1", seq: 0, untilMs: 1 },
    });
    expect(await second.documents.get("things", "a")).toEqual({
      collection: "things",
      key: "a",
      index: "open",
      version: 1,
      value: [1],
    });
    await second.close();
  });

  it("has made durable what was under way and refuses what comes later", async () => {
    const directory = temporaryDirectory();
    const open = () =>
      openEmbeddedPlatform({ directory, clock: systemClock, entropy: systemEntropy });
    const first = open();
    const underWay = first.journal.write([append("x", 0)]);
    await Promise.resolve();
    await first.close();
    expect(await underWay).toEqual({ kind: "written" });
    const refused = { code: "storage-unavailable", scope: "retry-call" };
    await expect(first.journal.write([append("x", 1)])).rejects.toMatchObject(refused);
    await expect(first.log.load("x")).rejects.toMatchObject(refused);
    await first.close();
    const second = open();
    expect(seqsOf((await second.log.load("x")).records)).toEqual([0]);
    await second.close();
  });
});

describe("a full disk", () => {
  const bigRecord = (executionId: string, seq: number) =>
    append(executionId, seq, {
      facts: [
        { kind: "ActivitySucceeded", activity: "a", attempt: 1, output: "x".repeat(100_000) },
      ],
    });

  it("refuses the whole group as storage-full, leaves nothing half done and heals by itself", async () => {
    const { database, close } = openDataDirectory(temporaryDirectory());
    const { ports, stop } = portsOn(database, systemClock);
    await ports.journal.write([append("x", 0), putHead(headOf("x", 0))]);
    const { page_count } = database.prepare("PRAGMA page_count").get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${page_count + 40}`);

    const writes = ["a", "b", "c", "x"].map((id) =>
      ports.journal.write([append(id, 1), bigRecord(id, 2), putHead(headOf(id, 2))]),
    );
    for (const result of await Promise.allSettled(writes))
      expect(result).toMatchObject({
        status: "rejected",
        reason: { code: "storage-full", scope: "retry-call" },
      });
    for (const id of ["a", "b", "c"]) {
      expect((await ports.log.load(id)).records).toEqual([]);
      expect(await ports.heads.get(id)).toBeUndefined();
    }
    expect((await ports.log.load("x")).records).toEqual([recordOf("x", 0)]);
    expect(await ports.log.last("x")).toEqual({ epoch: 0, seq: 0 });
    expect(await ports.log.last("a")).toBeUndefined();

    // What is small enough still goes through.
    expect(await ports.journal.write([append("x", 1)])).toEqual({ kind: "written" });
    database.exec("PRAGMA max_page_count = 1000000");
    for (const id of ["a", "b", "c", "x"]) {
      expect(
        await ports.journal.write([append(id, 1), bigRecord(id, 2), putHead(headOf(id, 2))]),
      ).toEqual({ kind: "written" });
      expect(seqsOf((await ports.log.load(id)).records).at(-1)).toBe(2);
      expect((await ports.heads.get(id))?.head).toEqual(headOf(id, 2));
    }
    stop();
    close();
  });

  it("keeps nothing of starts that it refuses, and takes them when there is room", async () => {
    const { database, close } = openDataDirectory(temporaryDirectory());
    const { ports, stop } = portsOn(database, systemClock);
    const { page_count } = database.prepare("PRAGMA page_count").get() as { page_count: number };
    const start = (id: string) => ports.journal.write([append(id, 0), putHead(headOf(id, 0))]);
    database.exec(`PRAGMA max_page_count = ${page_count}`);
    const ids = Array.from({ length: 500 }, (_, index) => `process:${index}`);
    for (const result of await Promise.allSettled(ids.map(start)))
      expect(result).toMatchObject({ status: "rejected", reason: { code: "storage-full" } });
    for (const id of ids) {
      expect(await ports.log.last(id)).toBeUndefined();
      expect(await ports.heads.get(id)).toBeUndefined();
    }
    database.exec("PRAGMA max_page_count = 1000000");
    for (const outcome of await Promise.all(ids.map(start)))
      expect(outcome).toEqual({ kind: "written" });
    for (const id of ids) {
      expect((await ports.log.load(id)).records).toEqual([recordOf(id, 0)]);
      expect(await ports.log.last(id)).toEqual({ epoch: 0, seq: 0 });
      expect((await ports.heads.get(id))?.head).toEqual(headOf(id, 0));
    }
    stop();
    close();
  });

  it("refuses a document as storage-full", async () => {
    const { database, close } = openDataDirectory(temporaryDirectory());
    const { ports, stop } = portsOn(database, systemClock);
    database.exec("PRAGMA max_page_count = 1");
    await expect(
      ports.documents.put({ collection: "things", key: "a", value: "x".repeat(100_000) }),
    ).rejects.toMatchObject({ code: "storage-full" });
    expect(await ports.documents.get("things", "a")).toBeUndefined();
    stop();
    close();
  });
});

describe("group commit", () => {
  it("writes what arrives together in one transaction", async () => {
    const platform = openEmbeddedPlatform({
      directory: temporaryDirectory(),
      clock: systemClock,
      entropy: systemEntropy,
    });
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => platform.journal.write([append(`x${index}`, 0)])),
    );
    expect(platform.statistics()).toEqual({ commits: 1, batches: 100, writes: 100 });
    await platform.close();
  });

  it("splits what is too much for one transaction and keeps the order", async () => {
    const platform = openEmbeddedPlatform({
      directory: temporaryDirectory(),
      clock: systemClock,
      entropy: systemEntropy,
    });
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, batch) =>
        platform.journal.write(
          Array.from({ length: 100 }, (_, index) => append("x", batch * 100 + index)),
        ),
      ),
    );
    expect(outcomes.every(({ kind }) => kind === "written")).toBe(true);
    expect(platform.statistics()).toEqual({ commits: 3, batches: 30, writes: 3_000 });
    await platform.close();
  });

  it("refuses only the caller whose write is malformed", async () => {
    const platform = openEmbeddedPlatform({
      directory: temporaryDirectory(),
      clock: systemClock,
      entropy: systemEntropy,
    });
    const malformed = { kind: "Enqueue", itemId: "item", executionId: "x" } as unknown as Enqueue;
    const results = await Promise.allSettled([
      platform.journal.write([append("a", 0)]),
      platform.journal.write([append("b", 0), malformed]),
      platform.journal.write([append("c", 0)]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((await platform.log.load("b")).records).toEqual([]);
    expect(seqsOf((await platform.log.load("c")).records)).toEqual([0]);
    await platform.close();
  });
});
