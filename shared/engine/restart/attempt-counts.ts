import type { LaterState } from "#core/asl/later-states.ts";
import type { Activity, Branch } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { Effect, PreviewedState } from "./restarts.ts";

const severity: Readonly<Record<Effect, number>> = { readOnly: 0, restartable: 1, sideEffects: 2 };

const worse = (a: Effect | undefined, b: Effect): Effect =>
  a === undefined || severity[b] > severity[a] ? b : a;

interface Count {
  attempts: number;
  effect: Effect | undefined;
}

const keyOf = (machine: Branch["machine"], name: string): string =>
  JSON.stringify([...machine, name]);

/** Counts attempts by the place of their state, and says what they did to the world outside. */
export const attemptCounts = (
  effectOf: (resource: string, parameters?: Json) => Effect | undefined,
) => {
  const counts = new Map<string, Count>();
  return {
    begins: (): void => counts.clear(),
    attempted: ({ machine }: Branch, { state, resource, parameters }: Activity): void => {
      const key = keyOf(machine, state);
      const count = counts.get(key) ?? { attempts: 0, effect: undefined };
      count.attempts += 1;
      count.effect = worse(count.effect, effectOf(resource, parameters) ?? "sideEffects");
      counts.set(key, count);
    },
    /** `isKnown` is false where the details of what ran are not kept. */
    viewOf: (
      { machine, name, state }: LaterState,
      { isKnown }: { readonly isKnown: boolean },
    ): PreviewedState => {
      const shown = { machine, name, type: state.Type };
      if (state.Type !== "Task") return shown;
      const count = counts.get(keyOf(machine, name));
      const effect = (isKnown ? count?.effect : undefined) ?? effectOf(state.Resource);
      return {
        ...shown,
        resource: state.Resource,
        ...(isKnown && { attemptCount: count?.attempts ?? 0 }),
        ...(effect !== undefined && { effect }),
      };
    },
  };
};
