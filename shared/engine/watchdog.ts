import { definitionOf } from "#core/execution/branches/machine.ts";
import type { Program } from "#core/execution/program.ts";
import type { Branch } from "#core/execution/state.ts";
import type { WaitingFor } from "#ports/heads.ts";
import type { EngineContext } from "./context.ts";
import { waitsOf } from "./head-of.ts";
import type { Loaded } from "./loading.ts";

/** Waits that are remembered as told; beyond it all are told again, which changes nothing. */
const toldMax = 10_000;

/** Tells of waits that last too long (docs/adr/0013), each visit of a state once. */
export class Watchdog {
  readonly #context: Pick<EngineContext, "clock" | "settings" | "onSystemEvent">;
  readonly #told = new Set<string>();

  constructor(context: Pick<EngineContext, "clock" | "settings" | "onSystemEvent">) {
    this.#context = context;
  }

  /** Tells of what is overdue, and answers when something else will be; `undefined`: nothing. */
  look({ program, state }: Loaded): number | undefined {
    if (state.status !== "RUNNING") return undefined;
    const nowMs = this.#context.clock.nowMs();
    let next: number | undefined;
    for (const { branch, wait } of waitsOf(state)) {
      // What its children wait for is told of each of them.
      if (branch.waiting.kind === "mapRun") continue;
      const overdueAtMs = this.#overdueAtMs(program, branch, wait);
      if (overdueAtMs === undefined) continue;
      if (overdueAtMs > nowMs) next = Math.min(next ?? overdueAtMs, overdueAtMs);
      else this.#tell(state.executionId, branch, wait);
    }
    return next;
  }

  #overdueAtMs(program: Program, branch: Branch, wait: WaitingFor): number | undefined {
    const seconds = definitionOf(program, branch).Orchestration?.WaitDeadlineSeconds;
    if (seconds !== undefined) return branch.enteredAtMs + seconds * 1_000;
    const ageMsMax = this.#context.settings.waitAgeMsMax?.[wait.kind];
    return ageMsMax === undefined ? undefined : wait.sinceMs + ageMsMax;
  }

  #tell(executionId: string, branch: Branch, { kind, state, sinceMs }: WaitingFor): void {
    const key = `wait-overdue ${executionId} ${branch.id}.${branch.entries}`;
    if (this.#told.has(key)) return;
    if (this.#told.size >= toldMax) this.#told.clear();
    this.#told.add(key);
    this.#context.onSystemEvent({
      severity: "warning",
      kind: "wait-overdue",
      message: `${executionId} waits in ${state} longer than it should (${kind}, since ${new Date(sinceMs).toISOString()})`,
      executionId,
      details: { kind, state: state ?? null, sinceMs },
      key,
    });
  }
}
