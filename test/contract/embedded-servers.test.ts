/** Several servers on one data directory: who may enter, who is seen to be gone, and what they see of each other's writes. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type EmbeddedPlatform,
  openEmbeddedPlatform,
} from "#platforms/embedded/embedded-platform.ts";
import { forgetServer, isServerAlive } from "#platforms/embedded/server-lock.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { append, enqueue, headOf, putHead } from "./fixture.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const open = (directory: string, name: string, more: object = {}): EmbeddedPlatform => {
  const platform = openEmbeddedPlatform({
    directory,
    clock: systemClock,
    entropy: systemEntropy,
    entry: { name, run: `${name}-00000000`, isJoining: name !== "one" },
    ...more,
  });
  onTestFinished(() => platform.close());
  return platform;
};

const twoOn = (directory: string) => {
  const one = open(directory, "one");
  const two = open(directory, "two");
  one.share(true);
  two.share(true);
  return { one, two };
};

const serverFiles = (directory: string) => readdirSync(join(directory, "servers")).sort();

/** Holds the database locked for writing, as another server's transaction does. */
const lockDatabase = (directory: string): (() => void) => {
  const other = new DatabaseSync(join(directory, "holdfast.db"));
  other.exec("BEGIN IMMEDIATE");
  return () => other.close();
};

describe("servers that share a data directory", () => {
  it("are alive until they leave, and leave nothing behind", async () => {
    const directory = temporaryDirectory();
    const { one, two } = twoOn(directory);
    expect(isServerAlive(directory, "one")).toBe(true);
    expect(isServerAlive(directory, "two")).toBe(true);
    await two.close();
    expect(isServerAlive(directory, "two")).toBe(false);
    expect(serverFiles(directory)).toEqual(["one.json", "one.lock"]);
    await one.close();
    expect(serverFiles(directory)).toEqual([]);
  });

  it("see what another one has written as soon as it is acknowledged, however often they have looked before", async () => {
    const { one, two } = twoOn(temporaryDirectory());
    const place = ["things", "a"] as const;
    for (let seq = 0; seq < 20; seq += 1) {
      const [writer, reader] = seq % 3 === 0 ? [one, two] : [two, one];
      const value = { seq };
      await writer.documents.put({ collection: place[0], key: place[1], value });
      await writer.journal.write([append("x", seq)]);
      for (const server of [reader, writer, reader]) {
        expect((await server.documents.get(...place))?.value).toEqual(value);
        expect(await server.log.last("x")).toEqual({ epoch: 0, seq });
      }
    }
    await two.documents.remove(...place);
    expect(await one.documents.get(...place)).toBeUndefined();
    expect(await two.documents.get(...place)).toBeUndefined();
  });

  it("are gone as soon as they are killed, and can be forgotten, or come back under their name", async () => {
    const directory = temporaryDirectory();
    const one = open(directory, "one");
    const writer = join(import.meta.dirname, "endless-writer.ts");
    const child = spawn(process.execPath, [writer, directory, "run", "two"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    expect(isServerAlive(directory, "two")).toBe(true);
    forgetServer(directory, "two");
    expect(serverFiles(directory)).toContain("two.json");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdout.resume();
    child.kill("SIGKILL");
    await ended;
    expect(isServerAlive(directory, "two")).toBe(false);
    // What it had not committed when it died locks nobody out.
    await one.journal.write([append("x", 0)]);
    const two = open(directory, "two");
    await two.close();
    writeFileSync(join(directory, "servers", "two.json"), "{}");
    forgetServer(directory, "two");
    expect(serverFiles(directory)).toEqual(["one.json", "one.lock"]);
  });

  it("have names of their own", () => {
    const directory = temporaryDirectory();
    open(directory, "one");
    open(directory, "two");
    expect(() => open(directory, "two")).toThrow(
      expect.objectContaining({
        code: "data-directory-in-use",
        message: expect.stringContaining("a server two runs"),
      }),
    );
  });

  it("join what is there and make nothing", () => {
    const directory = join(temporaryDirectory(), "absent");
    expect(() => open(directory, "two")).toThrow(
      expect.objectContaining({ code: "data-directory-invalid" }),
    );
    expect(existsSync(directory)).toBe(false);
  });

  it("let nobody have the directory alone", async () => {
    const directory = temporaryDirectory();
    const { one } = twoOn(directory);
    await one.close();
    expect(() => open(directory, "one")).toThrow(
      expect.objectContaining({ code: "data-directory-in-use" }),
    );
  });

  it("read what the others wrote before it was acknowledged", async () => {
    const { one, two } = twoOn(temporaryDirectory());
    for (let seq = 0; seq < 20; seq += 1) {
      const [writer, reader] = seq % 2 === 0 ? [one, two] : [two, one];
      await writer.journal.write([append("x", seq), putHead(headOf("x", seq))]);
      expect((await reader.log.load("x")).records).toHaveLength(seq + 1);
      expect((await reader.heads.get("x"))?.head.seq).toBe(seq);
    }
  });

  it("cannot both win a position, however they race", async () => {
    const { one, two } = twoOn(temporaryDirectory());
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 === 0 ? one : two).journal.write([
          append("x", 0, { commitId: `commit-${index}` }),
        ]),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === "written")).toHaveLength(1);
  });

  it("are woken by work items of the others, and each item goes to one of them", async () => {
    const { one, two } = twoOn(temporaryDirectory());
    let wakes = 0;
    const unsubscribe = two.queue.onVisible(() => {
      wakes += 1;
    });
    onTestFinished(unsubscribe);
    const nowMs = Date.now();
    await one.journal.write([enqueue("i1", nowMs), enqueue("i2", nowMs)]);
    for (let tries = 0; wakes === 0 && tries < 200; tries += 1) await sleep(10);
    expect(wakes).toBeGreaterThan(0);
    const received = await Promise.all(
      [one, two].map(({ queue }) => queue.receive({ max: 10, visibilityMs: 60_000 })),
    );
    expect(
      received
        .flat()
        .map(({ itemId }) => itemId)
        .sort(),
    ).toEqual(["i1", "i2"]);
  });

  it("see the items of one that is gone as soon as somebody reveals them, and no others", async () => {
    const { one, two } = twoOn(temporaryDirectory());
    const nowMs = Date.now();
    await one.journal.write([
      append("left", 0, { turn: "gone-1" }),
      append("other", 0, { turn: "gone-2" }),
      append("other", 1, { turn: "alive-1" }),
      enqueue("left", nowMs + 60_000, "left"),
      enqueue("late", nowMs + 600_000, "left"),
      enqueue("other", nowMs + 60_000, "other"),
      enqueue("unknown", nowMs + 60_000, "unknown"),
    ]);
    expect(await two.queue.receive({ max: 10, visibilityMs: 1_000 })).toEqual([]);
    await two.revealItems(nowMs + 61_000, (turn) => turn.startsWith("gone-"));
    const received = await two.queue.receive({ max: 10, visibilityMs: 1_000 });
    expect(received.map(({ itemId }) => itemId)).toEqual(["left"]);
  });
});

describe("a database that another server has locked", () => {
  it("is waited for in order, while everything else goes on", async () => {
    const directory = temporaryDirectory();
    const platform = open(directory, "one");
    const unlock = lockDatabase(directory);
    onTestFinished(() => {
      rmSync(directory, { recursive: true, force: true });
    });
    const order: number[] = [];
    const writes = [0, 1, 2].map((seq) =>
      platform.journal.write([append("x", seq)]).then(() => order.push(seq)),
    );
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 10);
    await sleep(700);
    expect(ticks).toBeGreaterThan(20);
    expect(order).toEqual([]);
    expect((await platform.log.load("x")).records).toEqual([]);
    unlock();
    await Promise.all(writes);
    clearInterval(ticking);
    expect(order).toEqual([0, 1, 2]);
    // Nobody can have renewed a lease meanwhile.
    const stall = platform.lastStall?.();
    expect((stall?.toMs ?? 0) - (stall?.fromMs ?? 0)).toBeGreaterThan(500);
  });

  it("is told of when it takes long, and refused in the end", async () => {
    const directory = temporaryDirectory();
    const waited: number[] = [];
    const platform = open(directory, "one", { blocked: (ms: number) => waited.push(ms) });
    const unlock = lockDatabase(directory);
    await expect(platform.journal.write([append("x", 0)])).rejects.toMatchObject({
      code: "storage-unavailable",
      action: "Close the other program that holds the database open for writing.",
    });
    expect(waited.length).toBeGreaterThan(5);
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(1_000);
    unlock();
    await platform.journal.write([append("x", 0)]);
  });
});
