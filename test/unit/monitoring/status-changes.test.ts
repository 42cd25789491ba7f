import { describe, expect, it } from "vitest";
import type { LogRecord } from "#core/execution/record.ts";
import { type StatusChange, StatusChanges } from "#monitoring/status-changes.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { Head } from "#ports/heads.ts";
import type { Write } from "#ports/journal.ts";

const executionId = "order:1";

const record = (seq: number, kind: string): Write => ({
  kind: "AppendRecord",
  record: {
    executionId,
    epoch: 0,
    seq,
    commitId: `commit ${seq}`,
    server: "s",
    turn: "t",
    atMs: seq,
    facts: [{ kind }],
    commands: [],
    doneThrough: seq,
  } as unknown as LogRecord,
});

const head = (seq: number, more: Partial<Head> = {}): Write => ({
  kind: "PutHead",
  head: {
    executionId,
    epoch: 0,
    seq,
    process: "order",
    version: 2,
    name: "1",
    status: "RUNNING",
    startedAtMs: 5,
    startedBy: "me",
    nextCheckAtMs: 1_000,
    ...more,
  },
});

const ended = (seq: number, more: Partial<Head> = {}): Write => {
  const { nextCheckAtMs: _, ...closed } = (head(seq) as { head: Head }).head;
  return { kind: "PutHead", head: { ...closed, status: "SUCCEEDED", stoppedAtMs: 9, ...more } };
};

const open = (failing: { tell?: boolean; write?: (write: Write) => void } = {}) => {
  const told: StatusChange[] = [];
  const seen: unknown[] = [];
  const platform = memoryPlatform({
    clock: virtualClock(0),
    beforeWrite: (write) => failing.write?.(write),
  });
  const changes = new StatusChanges({
    documents: platform.documents,
    tell: async (change) => {
      if (failing.tell === true) throw new Error("nobody listens");
      told.push(change);
      const { records } = await platform.log.load(executionId);
      const stored = await platform.heads.get(executionId);
      seen.push([records.length, stored?.head.status]);
    },
  });
  return { platform, changes, told, seen, journal: changes.watching(platform.journal), failing };
};

const statuses = (told: readonly StatusChange[]) => told.map(({ status }) => status);

describe("a change of status", () => {
  it("is told behind the record that makes it, and before the head that says so", async () => {
    const { journal, told, seen } = open();
    await journal.write([record(0, "ExecutionStarted"), head(0)]);
    await journal.write([record(1, "ActivitySucceeded"), ended(1)]);
    const common = { executionId, process: "order", version: 2, name: "1", startedAtMs: 5 };
    expect(told).toEqual([
      { ...common, status: "RUNNING" },
      { ...common, status: "SUCCEEDED", stoppedAtMs: 9 },
    ]);
    expect(seen).toEqual([
      [1, undefined],
      [2, "RUNNING"],
    ]);
  });

  it("is both where an execution ends as it begins, and again where it is redriven", async () => {
    const { journal, told } = open();
    await journal.write([record(0, "ExecutionStarted"), ended(0, { status: "FAILED" })]);
    await journal.write([head(0), record(1, "ExecutionRedriven"), head(1)]);
    expect(statuses(told).slice(0, 2)).toEqual(["RUNNING", "FAILED"]);
    expect(statuses(told).at(-1)).toBe("RUNNING");
  });

  it("is told when a start that was cut short is completed", async () => {
    const { platform, journal, told } = open();
    await platform.journal.write([record(0, "ExecutionStarted")]);
    await journal.write([head(0)]);
    expect(statuses(told)).toEqual(["RUNNING"]);
  });

  it("that nobody has made is not told: the record was refused", async () => {
    const { journal, told } = open();
    await journal.write([record(0, "ExecutionStarted"), head(0)]);
    const other = record(0, "ExecutionStarted") as { record: LogRecord };
    const outcome = await journal.write([
      { kind: "AppendRecord", record: { ...other.record, commitId: "another" } },
      head(0),
    ]);
    expect(outcome).toMatchObject({ kind: "occupied", index: 0 });
    expect(statuses(told)).toEqual(["RUNNING"]);
  });

  it("says at which place a batch was refused, whatever was told before", async () => {
    const { journal } = open();
    await journal.write([record(0, "ExecutionStarted"), head(5)]);
    const outcome = await journal.write([record(1, "ActivitySucceeded"), ended(1)]);
    expect(outcome).toMatchObject({ kind: "headAhead", index: 1 });
  });

  it("is kept where nobody takes it, told later, and holds nothing up", async () => {
    const { journal, changes, told, failing, platform } = open({ tell: true });
    await journal.write([record(0, "ExecutionStarted"), ended(0)]);
    expect((await platform.heads.get(executionId))?.head.status).toBe("SUCCEEDED");
    expect(await changes.tellKept()).toBe(2);
    failing.tell = false;
    expect(await changes.tellKept()).toBe(0);
    expect(statuses(told).sort()).toEqual(["RUNNING", "SUCCEEDED"]);
    expect(await changes.tellKept()).toBe(0);
    expect(told).toHaveLength(2);
  });

  it("is told again by whoever repeats the writes of a server that died before the head", async () => {
    const dying = {
      write: (write: Write) => {
        if (write.kind === "PutHead") throw new Error("the server dies");
      },
    };
    const { journal, told, failing } = open(dying);
    const writes = [record(0, "ExecutionStarted"), head(0)];
    await expect(journal.write(writes)).rejects.toThrow("dies");
    failing.write = () => {};
    await journal.write(writes);
    expect(statuses(told)).toEqual(["RUNNING", "RUNNING"]);
  });

  it("of a part of a process is not told", async () => {
    const { journal, told } = open();
    await journal.write([record(0, "ExecutionStarted"), head(0, { process: "order/Each" })]);
    expect(told).toEqual([]);
  });
});
