/**
 * Tells others that executions begin and end, at least once each.
 *
 * A change is told behind the record that makes it and before the head that says so. Whoever dies in between leaves
 * a head that is open, or a start that nobody has acknowledged: the next turn, or the repeated start, tells it again
 * (G8). What cannot be told is kept as a document for `tellKept`, so nothing waits for whoever listens.
 */
import type { ExecutionStatus } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import type { Head } from "#ports/heads.ts";
import type { Journal, Write, WriteOutcome } from "#ports/journal.ts";

/** A change of the status of an execution: neither its input nor its output. */
export interface StatusChange {
  readonly executionId: string;
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAtMs: number;
  readonly stoppedAtMs?: number;
}

interface StatusChangesOptions {
  readonly documents: DocumentStore;
  /** Rejects if nobody has taken it. */
  readonly tell: (change: StatusChange) => Promise<void>;
}

/** Key: execution and status; value: the change. */
const collection = "status-changes";
/** Changes that are told again at a time. */
const batchMax = 100;

const changeOf = (head: Head, status: ExecutionStatus): StatusChange => ({
  executionId: head.executionId,
  process: head.process,
  version: head.version,
  name: head.name,
  status,
  startedAtMs: head.startedAtMs,
  ...(status !== "RUNNING" && head.stoppedAtMs !== undefined && { stoppedAtMs: head.stoppedAtMs }),
});

/** Whether a record begins an execution, or lets one go on that had ended. */
const begins = (write: Write): boolean =>
  write.kind === "AppendRecord" &&
  write.record.facts.some(
    ({ kind }) => kind === "ExecutionStarted" || kind === "ExecutionRedriven",
  );

/** What is to be told before a head is put, in a batch that begins with `before`. */
const changesOf = (head: Head, before: readonly Write[]): readonly StatusChange[] => {
  // Parts of a process, the children of a map run, are told of by the execution that they are parts of.
  if (head.process.includes("/")) return [];
  // The head of a start that was cut short is put alone.
  const isCompleted = head.seq === 0 && !before.some(({ kind }) => kind === "AppendRecord");
  const hasBegun = before.some(begins) || (isCompleted && head.status === "RUNNING");
  return [
    ...(hasBegun ? [changeOf(head, "RUNNING")] : []),
    ...(head.status === "RUNNING" ? [] : [changeOf(head, head.status)]),
  ];
};

/** The stretches of a batch, and what is to be told behind each. */
function* stretchesOf(writes: readonly Write[]) {
  for (const [end, write] of writes.entries()) {
    const changes = write.kind === "PutHead" ? changesOf(write.head, writes.slice(0, end)) : [];
    if (changes.length > 0) yield { end, changes };
  }
  yield { end: writes.length, changes: [] };
}

/** Sees to it that changes of status are told. */
export class StatusChanges {
  readonly #documents: DocumentStore;
  readonly #tell: StatusChangesOptions["tell"];

  constructor(options: StatusChangesOptions) {
    this.#documents = options.documents;
    this.#tell = options.tell;
  }

  /** A journal that tells what its writes change. */
  watching(journal: Journal): Journal {
    return { write: (writes) => this.#write(journal, writes) };
  }

  /** Tells what could not be told before; answers how many are left. */
  async tellKept(): Promise<number> {
    const { documents } = await this.#documents.list(collection, { limit: batchMax });
    const told = documents.map(async ({ key, value }) => {
      await this.#tell(value as unknown as StatusChange);
      await this.#documents.remove(collection, key);
    });
    const outcomes = await Promise.allSettled(told);
    return outcomes.filter(({ status }) => status === "rejected").length;
  }

  async #write(journal: Journal, writes: readonly Write[]): Promise<WriteOutcome> {
    const outdated: string[] = [];
    let from = 0;
    for (const { end, changes } of stretchesOf(writes)) {
      const outcome = await journal.write(writes.slice(from, end));
      if (outcome.kind !== "written") return { ...outcome, index: from + outcome.index };
      outdated.push(...(outcome.outdated ?? []));
      from = end;
      for (const change of changes) await this.#tellOrKeep(change);
    }
    return outdated.length === 0 ? { kind: "written" } : { kind: "written", outdated };
  }

  async #tellOrKeep(change: StatusChange): Promise<void> {
    try {
      await this.#tell(change);
    } catch {
      const { executionId, status, stoppedAtMs, startedAtMs } = change;
      const key = `${executionId}/${status}/${stoppedAtMs ?? startedAtMs}`;
      await this.#documents.put({ collection, key, value: change as unknown as Json });
    }
  }
}
