/**
 * A server that does nothing but write, until it is killed: 20 writers, each with executions of ten
 * records, one after the other. After each acknowledgement it prints `executionId seq`.
 * Arguments: data directory, a name that makes its executions different from those of other runs, and
 * the name by which it joins the servers that are there; absent: it is alone.
 */
import { writeSync } from "node:fs";
import { openEmbeddedPlatform } from "#platforms/embedded/embedded-platform.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { Write } from "#ports/journal.ts";

const [directory = "", run = "", joinedAs] = process.argv.slice(2);
const platform = openEmbeddedPlatform({
  directory,
  clock: systemClock,
  entropy: systemEntropy,
  ...(joinedAs !== undefined && { entry: { name: joinedAs, run: joinedAs, isJoining: true } }),
});
writeSync(1, "ready\n");

const writesAt = (executionId: string, seq: number): Write[] => {
  const nowMs = Date.now();
  const position = { executionId, epoch: 0, seq };
  const output = "x".repeat(seq * 100);
  return [
    {
      kind: "AppendRecord",
      record: {
        ...position,
        commitId: systemEntropy.hex(8),
        server: "server-1",
        turn: run,
        atMs: nowMs,
        facts: [{ kind: "ActivitySucceeded", activity: `a${seq}`, attempt: 1, output }],
        commands: [],
        doneThrough: seq - 1,
      },
    },
    {
      kind: "PutHead",
      head: {
        ...position,
        process: "endless",
        version: 1,
        name: executionId,
        status: "RUNNING",
        startedAtMs: nowMs,
        startedBy: "test",
        nextCheckAtMs: nowMs + 60_000,
      },
    },
    { kind: "Enqueue", itemId: `${executionId}#${seq}`, executionId, visibleAtMs: nowMs },
  ];
};

const write = async (writer: number): Promise<never> => {
  for (let count = 0; ; count += 1) {
    const executionId = `${run}-${writer}-${count}`;
    for (let seq = 0; seq < 10; seq += 1) {
      await platform.journal.write(writesAt(executionId, seq));
      writeSync(1, `${executionId} ${seq}\n`);
    }
  }
};

await Promise.all(Array.from({ length: 20 }, (_, writer) => write(writer)));
