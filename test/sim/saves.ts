/**
 * Checkpoints of a simulation: what attempts save as they go, and are given back.
 *
 * S8 An attempt is given the newest checkpoint of its activity that was acknowledged, or a newer one that was not.
 * S9 A checkpoint that is acknowledged is in the log.
 */
import type { JsonObject } from "#core/json.ts";
import type { VirtualClock } from "#platforms/memory/virtual-clock.ts";
import type { ActivityRequest } from "#ports/activity-runner.ts";
import type { Callers } from "./clients.ts";

/** How far an activity has come. */
interface Saved {
  /** The newest that was acknowledged. */
  acknowledged: number;
  /** The newest that was sent at all. */
  sent: number;
}

/** Between two checkpoints, ms. */
const stepMs = 900;

const keyOf = ({ executionId, activity }: ActivityRequest): string => `${executionId} ${activity}`;

const placeOf = ({ checkpoint }: ActivityRequest): number =>
  Number((checkpoint as JsonObject | undefined)?.["at"] ?? 0);

export class Saves {
  readonly #callers: Pick<Callers, "watched" | "violated">;
  readonly #saved = new Map<string, Saved>();

  constructor(callers: Pick<Callers, "watched" | "violated">) {
    this.#callers = callers;
  }

  /** Does `steps` of work, from where the attempt before has come to; rejects where nobody waits for it any more. */
  async work(
    clock: Pick<VirtualClock, "after">,
    request: ActivityRequest,
    steps: number,
  ): Promise<void> {
    for (let at = placeOf(request) + 1; at <= steps; at += 1) {
      await new Promise<void>((resolve) => {
        clock.after(stepMs, resolve);
      });
      const saved = this.#of(request);
      saved.sent = Math.max(saved.sent, at);
      await request.saveCheckpoint({ at });
      saved.acknowledged = Math.max(saved.acknowledged, at);
      this.#mustBeRecorded(request, at);
    }
  }

  /** S8. */
  began(request: ActivityRequest): void {
    // A redrive begins anew.
    if (this.#callers.watched(request.executionId)?.isRedriveAsked === true) return;
    const { acknowledged, sent } = this.#of(request);
    const at = placeOf(request);
    if (at < acknowledged || at > sent)
      this.#callers.violated(
        "S8",
        `${keyOf(request)}#${request.attempt} is given checkpoint ${at}, of ${acknowledged} acknowledged and ${sent} sent`,
      );
  }

  #mustBeRecorded(request: ActivityRequest, at: number): void {
    const { executionId, activity } = request;
    const isRecorded = this.#callers
      .watched(executionId)
      ?.hasRecorded(
        (fact) =>
          fact.kind === "ActivityCheckpoint" &&
          fact.activity === activity &&
          (fact.checkpoint as JsonObject)["at"] === at,
      );
    if (isRecorded !== true)
      this.#callers.violated("S9", `checkpoint ${at} of ${keyOf(request)} is acknowledged only`);
  }

  #of(request: ActivityRequest): Saved {
    const key = keyOf(request);
    const saved = this.#saved.get(key) ?? { acknowledged: 0, sent: 0 };
    this.#saved.set(key, saved);
    return saved;
  }
}
