/**
 * The drains of an environment (docs/adr/0013): one document, which every server reads every so often.
 */
import { OrchestratorError } from "#core/errors.ts";
import type { Json } from "#core/json.ts";
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

const collection = "drains";
const key = "all";

/** How soon every server knows of a drain and of its end, ms. */
export const drainsReadEveryMs = 500;
/** Drains of an environment at a time: each activity is held against all of them. */
export const drainsMax = 100;
/** Tries of a conditional write that others win. */
const triesMax = 20;

export interface DrainRequest {
  readonly scope: DrainScope;
  readonly name?: string;
  readonly by: string;
  readonly reason?: string;
  readonly deadlineAtMs?: number;
  readonly onDeadline?: "wait" | "interrupt";
}

type Listener = (drains: readonly Drain[], before: readonly Drain[]) => void;

export class Drains {
  readonly #documents: DocumentStore;
  readonly #clock: Clock;
  readonly #server: string;
  readonly #targetOf: TargetOf;
  readonly #listeners = new Set<Listener>();
  #drains: readonly Drain[] = [];
  #version = 0;
  #isKnown = false;
  #isClosed = false;
  #cancel = () => {};

  constructor(options: {
    readonly documents: DocumentStore;
    readonly clock: Clock;
    /** Name of this server. */
    readonly server: string;
    readonly targetOf: TargetOf;
  }) {
    this.#documents = options.documents;
    this.#clock = options.clock;
    this.#server = options.server;
    this.#targetOf = options.targetOf;
  }

  /** As this server knows them. */
  get all(): readonly Drain[] {
    return this.#drains;
  }

  /** Reads them, and again from time to time; resolves when they are known for the first time. */
  async open(): Promise<void> {
    while (!this.#isKnown && !this.#isClosed) {
      await this.#refresh();
      if (!this.#isKnown) await this.#pause();
    }
    void this.#readOn();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** Calls `listener` whenever drains have come or gone; the result ends it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The drain that keeps an attempt from beginning: of several the oldest. */
  holding(attempt: DrainedAttempt): Drain | undefined {
    if (this.#drains.length === 0) return undefined;
    return this.#drains.find((drain) => covers(drain, attempt, this.#targetOf));
  }

  /** Whether an attempt that runs on this server is in the scope of a drain. */
  isCovered(drain: Drain, attempt: DrainedAttempt): boolean {
    if (drain.scope === "server") return drain.name === this.#server;
    return covers(drain, attempt, this.#targetOf);
  }

  /** Whether this server takes no turns. */
  get isServerDrained(): boolean {
    return this.#drains.some(({ scope, name }) => scope === "server" && name === this.#server);
  }

  /** Begins a drain; one that is there stays, with the deadline that is given, if one is. Rejects: `too-many-drains`. */
  async begin(request: DrainRequest): Promise<{ readonly drain: Drain; readonly isNew: boolean }> {
    const drainId = drainIdOf(request.scope, request.name);
    let answer: { drain: Drain; isNew: boolean } | undefined;
    await this.#change((drains) => {
      const found = drains.find((drain) => drain.drainId === drainId);
      const { onDeadline = "wait", ...given } = request;
      const drain: Drain =
        found === undefined
          ? { drainId, beganAtMs: this.#clock.nowMs(), onDeadline, ...given }
          : { ...found, ...deadlineOf(request) };
      answer = { drain, isNew: found === undefined };
      if (found === undefined && drains.length >= drainsMax) throw tooMany();
      return found === undefined
        ? [...drains, drain]
        : drains.map((other) => (other === found ? drain : other));
    });
    if (answer === undefined) throw busy();
    return answer;
  }

  /** Ends a drain; `undefined` if there is none of that id. */
  async end(drainId: string): Promise<Drain | undefined> {
    let ended: Drain | undefined;
    await this.#change((drains) => {
      ended = drains.find((drain) => drain.drainId === drainId);
      return ended === undefined ? drains : drains.filter((drain) => drain !== ended);
    });
    return ended;
  }

  async #change(decide: (drains: readonly Drain[]) => readonly Drain[]): Promise<void> {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const { drains, version } = await this.#read();
      const changed = decide(drains);
      if (changed === drains) return;
      const value = { drains: changed } as unknown as Json;
      const outcome = await this.#documents.put({ collection, key, value }, { expected: version });
      if (outcome.kind !== "stored") continue;
      this.#know(changed, outcome.document.version);
      return;
    }
    throw busy();
  }

  async #read(): Promise<{ readonly drains: readonly Drain[]; readonly version: number }> {
    const document = await this.#documents.get(collection, key);
    if (document === undefined) return { drains: [], version: 0 };
    const { drains } = document.value as unknown as { readonly drains: readonly Drain[] };
    return { drains, version: document.version };
  }

  /** A read that fails leaves what is known: the storage is reported elsewhere. */
  async #refresh(): Promise<void> {
    try {
      const { drains, version } = await this.#read();
      this.#know(drains, version);
    } catch {
      // Tried again soon.
    }
  }

  #know(drains: readonly Drain[], version: number): void {
    const isNews = version > this.#version;
    this.#isKnown = true;
    if (!isNews) return;
    const before = this.#drains;
    this.#version = version;
    this.#drains = drains;
    for (const listener of [...this.#listeners]) listener(drains, before);
  }

  async #readOn(): Promise<void> {
    while (!this.#isClosed) {
      await this.#pause();
      if (!this.#isClosed) await this.#refresh();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(drainsReadEveryMs, resolve);
      this.#cancel = () => {
        cancel();
        resolve();
      };
    });
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

const busy = () =>
  new OrchestratorError("version-conflict", "the drains were changed by others all the time", {
    action: "try again",
  });
