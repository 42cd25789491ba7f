import { spawn } from "node:child_process";
import {
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { restoreBackup, writeBackup } from "#platforms/embedded/backup.ts";
import { openDataDirectory } from "#platforms/embedded/data-directory.ts";
import {
  type EmbeddedPlatform,
  openEmbeddedPlatform,
} from "#platforms/embedded/embedded-platform.ts";
import { applicationId, formatVersion, migrations } from "#platforms/embedded/schema.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { append, endedHeadOf, enqueue, headOf, putHead, recordOf, seqsOf } from "./fixture.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const open = (directory: string): EmbeddedPlatform => {
  const platform = openEmbeddedPlatform({ directory, clock: systemClock, entropy: systemEntropy });
  onTestFinished(() => platform.close());
  return platform;
};

/** A data directory with one execution, closed. */
const closedDirectory = async (): Promise<{ directory: string; database: string }> => {
  const directory = join(temporaryDirectory(), "data");
  const platform = open(directory);
  await platform.journal.write([append("x", 0), putHead(headOf("x", 0))]);
  await platform.close();
  return { directory, database: join(directory, "holdfast.db") };
};

const writerPath = join(import.meta.dirname, "endless-writer.ts");

const openingOf = (directory: string) => () => open(directory);

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("a data directory", () => {
  it("is readable by its owner only, with all its files", async () => {
    const directory = join(temporaryDirectory(), "deep", "data");
    const platform = open(directory);
    await platform.journal.write([append("x", 0)]);
    expect(modeOf(directory)).toBe("700");
    const names = readdirSync(directory).sort();
    expect(names).toEqual([
      "holdfast.db",
      "holdfast.db-shm",
      "holdfast.db-wal",
      "server.lock",
      "servers",
    ]);
    const servers = join(directory, "servers");
    expect(modeOf(servers)).toBe("700");
    const own = readdirSync(servers).sort();
    expect(own.map((name) => name.replace(/.*[.]/, ""))).toEqual(["json", "lock"]);
    const files = [
      ...names.filter((name) => name !== "servers"),
      ...own.map((name) => join("servers", name)),
    ];
    for (const name of files) expect([name, modeOf(join(directory, name))]).toEqual([name, "600"]);
  });

  it("is written with a write-ahead log that every commit syncs to the disk", () => {
    const { database, close } = openDataDirectory(temporaryDirectory());
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    // 2 is FULL: the log is synced after each transaction, not only at checkpoints.
    expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    close();
  });

  it("admits one server at a time and names the process that holds it", async () => {
    const { directory } = await closedDirectory();
    const platform = open(directory);
    expect(openingOf(directory)).toThrow(
      expect.objectContaining({
        code: "data-directory-in-use",
        message: expect.stringContaining(`process ${process.pid}`),
      }),
    );
    // The attempt from within this process must not have cost it its lock.
    const other = spawn(process.execPath, [writerPath, directory, "run"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void other.kill("SIGKILL"));
    let printed = "";
    other.stderr.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    expect(await new Promise((resolve) => other.on("close", resolve))).toBe(1);
    expect(printed).toContain("data-directory-in-use");
    await platform.journal.write([append("x", 1)]);
    await platform.close();
    expect(seqsOf((await open(directory).log.load("x")).records)).toEqual([0, 1]);
  });

  it("is free again as soon as the process that held it was killed", async () => {
    const { directory } = await closedDirectory();
    const child = spawn(process.execPath, [writerPath, directory, "run"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    expect(openingOf(directory)).toThrow(
      expect.objectContaining({
        code: "data-directory-in-use",
        details: expect.objectContaining({ pid: child.pid }),
      }),
    );
    const closed = new Promise((resolve) => child.on("close", resolve));
    child.stdout.resume();
    child.kill("SIGKILL");
    await closed;
    expect(seqsOf((await open(directory).log.load("x")).records)).toEqual([0]);
  });

  it("of the first format is brought up to date, with what it holds", async () => {
    const directory = temporaryDirectory();
    const old = new DatabaseSync(join(directory, "holdfast.db"));
    for (const migration of migrations.slice(0, 1)) old.exec(migration);
    old.exec(`
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = 1;
      INSERT INTO executions (execution_id, epoch, seq, process, version, name, status, started_at, started_by)
        VALUES ('old', 0, 3, 'backup', 1, 'old', 'FAILED', 5, 'key:admin')`);
    old.close();
    const platform = open(directory);
    const failed = endedHeadOf("x", 0, { status: "FAILED", outcome: "failed (completed)" });
    await platform.journal.write([append("x", 0), putHead(failed)]);
    const { heads } = await platform.heads.list({ status: "FAILED", limit: 10 });
    expect(heads.map(({ executionId, outcome }) => [executionId, outcome])).toEqual([
      ["x", "failed (completed)"],
      ["old", undefined],
    ]);
  });

  it("of a newer release is refused and left as it is", async () => {
    const { directory, database } = await closedDirectory();
    const connection = new DatabaseSync(database);
    connection.exec(`PRAGMA user_version = ${formatVersion + 1}`);
    connection.close();
    const before = readFileSync(database);
    expect(openingOf(directory)).toThrow(
      expect.objectContaining({
        code: "data-directory-too-new",
        action: expect.stringContaining("newer release"),
        details: expect.objectContaining({ found: formatVersion + 1, known: formatVersion }),
      }),
    );
    expect(readFileSync(database).equals(before)).toBe(true);
  });

  it.each(["not a database at all, just some text that is long enough ".repeat(20), "short"])(
    "with a database file of another kind is refused and left as it is",
    async (text) => {
      const directory = temporaryDirectory();
      const path = join(directory, "holdfast.db");
      writeFileSync(path, text);
      expect(openingOf(directory)).toThrow(
        expect.objectContaining({
          code: "data-directory-invalid",
          action: expect.stringContaining("Restore a backup"),
        }),
      );
      expect(readFileSync(path, "utf8")).toBe(text);
    },
  );

  it("with the database of another program is refused and left as it is", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "holdfast.db");
    const connection = new DatabaseSync(path);
    connection.exec("CREATE TABLE notes (text TEXT)");
    connection.close();
    const before = readFileSync(path);
    expect(openingOf(directory)).toThrow(
      expect.objectContaining({ code: "data-directory-invalid" }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("with a damaged schema is refused", async () => {
    const { directory, database } = await closedDirectory();
    const file = openSync(database, "r+");
    writeSync(file, Buffer.alloc(3_900, 0xff), 0, 3_900, 100);
    expect(openingOf(directory)).toThrow(
      expect.objectContaining({ code: "data-directory-invalid" }),
    );
  });

  it("that lost the end of its database file is refused", async () => {
    const { directory, database } = await closedDirectory();
    truncateSync(database, 4_096);
    expect(openingOf(directory)).toThrow(
      expect.objectContaining({ code: "data-directory-invalid" }),
    );
  });

  it("that cannot be made says why", () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    for (const directory of [file, join(file, "data")])
      expect(openingOf(directory)).toThrow(
        expect.objectContaining({
          code: "storage-unavailable",
          message: expect.stringContaining(file),
        }),
      );
  });

  it("whose server died before it had made the tables is made anew", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "holdfast.db"), "");
    const platform = open(directory);
    expect(await platform.journal.write([append("x", 0)])).toEqual({ kind: "written" });
  });

  it("is opened without a warning on the terminal, while other warnings appear", async () => {
    const { directory } = await closedDirectory();
    const program = `
      import { openEmbeddedPlatform } from "#platforms/embedded/embedded-platform.ts";
      import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
      const platform = openEmbeddedPlatform({ directory: ${JSON.stringify(directory)}, clock: systemClock, entropy: systemEntropy });
      await platform.close();
      process.emitWarning("look here");`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "inherit", "pipe"],
      env: { ...process.env, NODE_OPTIONS: "", NODE_NO_WARNINGS: "" },
    });
    let printed = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    expect(printed).toContain("look here");
    expect(printed).not.toContain("SQLite");
  });
});

describe("a backup", () => {
  const backedUp = async (): Promise<{ target: string; parent: string }> => {
    const { directory } = await closedDirectory();
    const parent = temporaryDirectory();
    const target = join(parent, "backup");
    writeFileSync(join(directory, "admin.token"), "secret");
    await open(directory).backup(target, ["admin.token", "absent.file"]);
    return { target, parent };
  };

  it("of a directory that is written to is one consistent instant of it", async () => {
    const directory = temporaryDirectory();
    const platform = open(directory);
    const acknowledged = new Map<string, number>();
    let isOver = false;
    const write = async (writer: number): Promise<void> => {
      for (let count = 0; !isOver; count += 1) {
        const id = `x${writer}-${count}`;
        for (let seq = 0; seq < 10; seq += 1) {
          await platform.journal.write([append(id, seq), putHead(headOf(id, seq)), enqueue(id)]);
          acknowledged.set(id, seq);
        }
      }
    };
    const writers = Array.from({ length: 20 }, (_, writer) => write(writer));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = new Map(acknowledged);
    const target = join(temporaryDirectory(), "backup");
    try {
      await platform.backup(target);
    } finally {
      isOver = true;
      await Promise.all(writers);
    }
    expect(before.size).toBeGreaterThan(20);
    expect(acknowledged.size).toBeGreaterThan(before.size);

    const restored = join(temporaryDirectory(), "data");
    await restoreBackup({ from: target, directory: restored });
    const copy = open(restored);
    for (const id of acknowledged.keys()) {
      const seqs = seqsOf((await copy.log.load(id)).records);
      expect(seqs).toEqual(seqs.map((_, index) => index));
      expect((await copy.heads.get(id))?.head.seq).toBe(seqs.at(-1));
      expect(seqs.length).toBeGreaterThan(before.get(id) ?? -1);
    }
    expect(await copy.journal.write([append("next", 0)])).toEqual({ kind: "written" });
  });

  it("holds a manifest and the extra files that exist, for its owner only", async () => {
    const { target, parent } = await backedUp();
    expect(readdirSync(parent)).toEqual(["backup"]);
    expect(modeOf(target)).toBe("700");
    const names = readdirSync(target).sort();
    expect(names).toEqual(["admin.token", "holdfast.db", "manifest.json"]);
    for (const name of names) expect(modeOf(join(target, name))).toBe("600");
    const manifest = JSON.parse(readFileSync(join(target, "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ kind: "HoldfastBackup", formatVersion });
    expect(Date.parse(manifest.createdAt)).toBeLessThanOrEqual(Date.now());
  });

  it("may be made of a directory that no server uses", async () => {
    const { directory } = await closedDirectory();
    const target = join(temporaryDirectory(), "backup");
    await writeBackup({ directory, target, extraFiles: [], createdAtMs: 0, suffix: "1" });
    const restored = join(temporaryDirectory(), "data");
    await restoreBackup({ from: target, directory: restored });
    expect((await open(restored).log.load("x")).records).toEqual([recordOf("x", 0)]);
    expect((await open(directory).log.load("x")).records).toEqual([recordOf("x", 0)]);
  });

  it("needs a data directory", async () => {
    const directory = temporaryDirectory();
    const target = join(directory, "backup");
    const backup = () =>
      writeBackup({ directory, target, extraFiles: [], createdAtMs: 0, suffix: "1" });
    await expect(backup()).rejects.toMatchObject({ code: "data-directory-invalid" });
    expect(readdirSync(directory)).toEqual([]);
    writeFileSync(join(directory, "holdfast.db"), "some text that is no database ".repeat(50));
    await expect(backup()).rejects.toMatchObject({ code: "data-directory-invalid" });
    expect(readdirSync(directory)).toEqual(["holdfast.db"]);
  });

  it("goes to an absent or empty directory and refuses any other", async () => {
    const { directory } = await closedDirectory();
    const platform = open(directory);
    const parent = temporaryDirectory();
    mkdirSync(join(parent, "empty"));
    await platform.backup(join(parent, "empty"));
    await platform.backup(join(parent, "deep", "absent"));
    await expect(platform.backup(join(parent, "empty"))).rejects.toMatchObject({
      code: "backup-target-not-empty",
    });
    expect(readdirSync(parent).sort()).toEqual(["deep", "empty"]);
  });

  it("leaves nothing behind where it cannot be written", async () => {
    const { directory } = await closedDirectory();
    const parent = temporaryDirectory();
    writeFileSync(join(parent, "file"), "");
    await expect(open(directory).backup(join(parent, "file", "backup"))).rejects.toMatchObject({
      code: "storage-unavailable",
    });
    expect(readdirSync(parent)).toEqual(["file"]);
  });

  it("makes a data directory with everything in it", async () => {
    const { target } = await backedUp();
    const directory = join(temporaryDirectory(), "data");
    await restoreBackup({ from: target, directory });
    expect(readFileSync(join(directory, "admin.token"), "utf8")).toBe("secret");
    expect((await open(directory).log.load("x")).records).toEqual([recordOf("x", 0)]);
    await expect(restoreBackup({ from: target, directory })).rejects.toMatchObject({
      code: "backup-target-not-empty",
    });
  });

  it("that is damaged is refused and makes nothing", async () => {
    const { target, parent } = await backedUp();
    const directory = join(parent, "data");
    const restore = () => restoreBackup({ from: target, directory });
    const file = openSync(join(target, "holdfast.db"), "r+");
    writeSync(file, Buffer.from([1, 2, 3]), 0, 3, 5_000);
    await expect(restore()).rejects.toMatchObject({
      code: "data-directory-invalid",
      message: expect.stringContaining("SHA-256"),
    });
    rmSync(join(target, "admin.token"));
    await expect(restore()).rejects.toMatchObject({
      code: "data-directory-invalid",
      message: expect.stringContaining("admin.token is missing"),
    });
    writeFileSync(join(target, "manifest.json"), "{");
    await expect(restore()).rejects.toMatchObject({ code: "data-directory-invalid" });
    expect(readdirSync(parent)).toEqual(["backup"]);
  });

  it.each([
    [{ formatVersion: formatVersion + 1 }, "data-directory-too-new"],
    [{ kind: "Other" }, "data-directory-invalid"],
    [{ files: [{ name: "../outside", sha256: "" }] }, "data-directory-invalid"],
    [{ files: [] }, "data-directory-invalid"],
    [{ files: "none" }, "data-directory-invalid"],
  ])("whose manifest says %o is refused", async (change, code) => {
    const { target, parent } = await backedUp();
    const path = join(target, "manifest.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...manifest, ...change }));
    const directory = join(parent, "data");
    await expect(restoreBackup({ from: target, directory })).rejects.toMatchObject({ code });
    expect(readdirSync(parent)).toEqual(["backup"]);
  });
});
