/**
 * The drains of an environment (docs/adr/0013): one document, which every server reads every so often.
 */
import { assert, OrchestratorError } from "#core/errors.ts";
import type { Clock } from "#ports/clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import {
  covers,
  type Drain,
  type DrainedAttempt,
  type DrainScope,
  drainIdOf,
  type TargetOf,
} from "./drain.ts";
import { SharedDocument } from "./shared-document.ts";

/** Drains of an environment at a time: each activity is held against all of them. */
export const drainsMax = 100;

export interface DrainRequest {
  readonly scope: DrainScope;
  readonly name?: string;
  readonly by: string;
  readonly reason?: string;
  readonly deadlineAtMs?: number;
  readonly onDeadline?: "wait" | "interrupt";
  /** Told of the drain that is there, if one is; may throw. */
  readonly check?: (found: Drain | undefined) => void;
}

/** A drain that was begun, and what it was where it was there. */
export interface BegunDrain {
  readonly drain: Drain;
  readonly before: Drain | undefined;
}

interface Stored {
  readonly drains: readonly Drain[];
}

export class Drains {
  readonly #clock: Clock;
  readonly #server: string;
  readonly #targetOf: TargetOf;
  readonly #document: SharedDocument<Stored>;

  constructor(options: {
    readonly documents: DocumentStore;
    readonly clock: Clock;
    /** Name of this server. */
    readonly server: string;
    readonly targetOf: TargetOf;
    readonly readEveryMs?: number;
  }) {
    this.#clock = options.clock;
    this.#server = options.server;
    this.#targetOf = options.targetOf;
    this.#document = new SharedDocument<Stored>({
      ...options,
      collection: "drains",
      empty: { drains: [] },
    });
  }

  /** As this server knows them. */
  get all(): readonly Drain[] {
    return this.#document.value.drains;
  }

  /** Resolves when they are known for the first time. */
  open(): Promise<void> {
    return this.#document.open();
  }

  /** Reads them now. */
  refresh(): Promise<void> {
    return this.#document.refresh();
  }

  close(): void {
    this.#document.close();
  }

  /** Calls `listener` whenever drains have come, changed or gone; the result ends it. */
  onChange(listener: (drains: readonly Drain[], before: readonly Drain[]) => void): () => void {
    return this.#document.onChange(({ drains }, before) => listener(drains, before.drains));
  }

  /** The drain that keeps an attempt from beginning: of several the oldest. */
  holding(attempt: DrainedAttempt): Drain | undefined {
    if (this.all.length === 0) return undefined;
    return this.all.find((drain) => covers(drain, attempt, this.#targetOf));
  }

  /** Whether an attempt that runs on this server is in the scope of a drain. */
  isCovered(drain: Drain, attempt: DrainedAttempt): boolean {
    if (drain.scope === "server") return drain.name === this.#server;
    return covers(drain, attempt, this.#targetOf);
  }

  /** Whether this server takes no turns. */
  get isServerDrained(): boolean {
    return this.all.some(({ scope, name }) => scope === "server" && name === this.#server);
  }

  /** Begins a drain; one that is there stays, with the deadline that is given, if one is. Rejects: `too-many-drains`. */
  async begin({ check, ...request }: DrainRequest): Promise<BegunDrain> {
    const drainId = drainIdOf(request.scope, request.name);
    let begun: BegunDrain | undefined;
    await this.#document.change(({ drains }) => {
      const before = drains.find((drain) => drain.drainId === drainId);
      check?.(before);
      if (before === undefined && drains.length >= drainsMax) throw tooMany();
      const { onDeadline = "wait", ...given } = request;
      const drain: Drain =
        before === undefined
          ? { drainId, beganAtMs: this.#clock.nowMs(), onDeadline, ...given }
          : { ...before, ...deadlineOf(request) };
      begun = { drain, before };
      return { drains: [...drains.filter((other) => other !== before), drain] };
    });
    assert(begun !== undefined, "a change was decided");
    return begun;
  }

  /** Ends a drain; `undefined` if there is none of that id. `check` may throw. */
  async end(drainId: string, check?: (found: Drain) => void): Promise<Drain | undefined> {
    let ended: Drain | undefined;
    await this.#document.change((stored) => {
      ended = stored.drains.find((drain) => drain.drainId === drainId);
      if (ended === undefined) return stored;
      check?.(ended);
      return { drains: stored.drains.filter((drain) => drain !== ended) };
    });
    return ended;
  }
}

const deadlineOf = ({ deadlineAtMs, onDeadline }: DrainRequest) => ({
  ...(deadlineAtMs !== undefined && { deadlineAtMs }),
  ...(onDeadline !== undefined && { onDeadline }),
});

const tooMany = () =>
  new OrchestratorError("too-many-drains", `there are ${drainsMax} drains already`, {
    action: "resume what need not be drained any more",
  });
