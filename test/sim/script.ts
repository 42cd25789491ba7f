/** What the activities of a simulation do: a text alone decides it, so a run without faults does the same. */

import type { Json, JsonObject } from "#core/json.ts";
import type { VirtualClock } from "#platforms/memory/virtual-clock.ts";
import type { ActivityRequest, ActivityResult } from "#ports/activity-runner.ts";
import { hashOf } from "./random.ts";
import type { Saves } from "./saves.ts";

/** Whether an activity of this resource may be repeated after an interruption. */
export const mayRestart = (resource: string): boolean => !resource.includes(":once-");

const beatMs = 1_500;

/** Checkpoints of an activity that saves them. */
const savesMax = 5;

const boom: ActivityResult = { kind: "failed", error: "Boom", cause: "boom" };

/** What becomes of the data of an activity, whoever carries it out. */
export const resultOf = (of: string, parameters: Json): JsonObject => {
  const { n, items } = parameters as JsonObject;
  return { n: (Number(n) + hashOf(of)) % 1000, items: items ?? [] };
};

const answerOf = ({ state, resource, parameters }: ActivityRequest): ActivityResult => ({
  kind: "succeeded",
  output: resultOf(state + resource, parameters),
});

/** What a probe finds out of an interrupted activity, if anything. */
const verdictOf = (
  { state, resource, parameters }: ActivityRequest,
  draw: number,
): ActivityResult => {
  if (draw === 0) return boom;
  if (draw === 1) return { kind: "succeeded", output: { happened: "who knows" } };
  if (draw === 2) return { kind: "succeeded", output: { happened: false } };
  const output = resultOf(state + resource, parameters);
  return { kind: "succeeded", output: { happened: true, output } };
};

/** The items of a distributed map, as a file would hold them. */
const textOf = ({ parameters }: ActivityRequest, size: number): ActivityResult => {
  const { seed } = parameters as JsonObject;
  const items = Array.from({ length: size }, (_, index) => hashOf(`${seed} ${index}`) % 1000);
  return { kind: "succeeded", output: { text: JSON.stringify(items) } };
};

/** Somebody outside is given the token of a call. */
export type Tell = (token: string, request: ActivityRequest) => void;

const later = <T>(clock: VirtualClock, delayMs: number, value: () => T): Promise<T> =>
  new Promise((resolve) => {
    clock.after(delayMs, () => resolve(value()));
  });

const beating = async (
  clock: VirtualClock,
  request: ActivityRequest,
  forMs: number,
): Promise<ActivityResult> => {
  for (let leftMs = forMs; leftMs > 0; leftMs -= beatMs) {
    await later(clock, Math.min(leftMs, beatMs), () => undefined);
    request.heartbeat();
  }
  return answerOf(request);
};

/** Whom attempts deal with. */
export interface Others {
  readonly tell: Tell;
  readonly deep?: { readonly saves: Saves } | undefined;
}

const saving = async (
  saves: Saves,
  clock: VirtualClock,
  request: ActivityRequest,
): Promise<ActivityResult> => {
  try {
    await saves.work(clock, request, savesMax);
    return answerOf(request);
  } catch {
    // Nobody waits for it any more.
    return boom;
  }
};

/** Runs one attempt; the resource's name says what it does. */
export const perform = (
  clock: VirtualClock,
  request: ActivityRequest,
  { tell, deep }: Others,
): Promise<ActivityResult> | ActivityResult => {
  const [, kind, grade] = request.resource.split(":").at(-1)?.split("-") ?? [];
  const size = Number(grade);
  const draw = hashOf(`${request.executionId} ${request.activity} ${request.attempt}`);
  switch (kind) {
    case "slow":
      return later(clock, (draw % 3_000) * size, () => answerOf(request));
    case "long":
      return later(clock, 40_000 * size, () => answerOf(request));
    case "flaky":
      return request.attempt <= size ? boom : answerOf(request);
    case "broken":
      return draw % 2 === 0 ? boom : later(clock, 700 * size, () => boom);
    case "beating":
      return beating(clock, request, 2_000 * size);
    case "hanging":
      return new Promise(() => {});
    case "saving":
      if (deep === undefined) return answerOf(request);
      if (request.attempt <= size - 2) return boom;
      return saving(deep.saves, clock, request);
    case "probe":
      return later(clock, draw % 2_000, () => verdictOf(request, draw % 4));
    case "read":
      return textOf(request, size);
    case "tell":
      tell(String((request.parameters as JsonObject)["token"]), request);
      return { kind: "succeeded", output: {} };
    default:
      return answerOf(request);
  }
};
