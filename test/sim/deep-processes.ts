/**
 * Processes of the deepest range: states that save checkpoints and states that ask operators with a
 * deadline, persistence levels, and a process whose turns may be poison.
 */
import { parseDefinition } from "#core/asl/parse.ts";
import type { ProcessSettings, Program } from "#core/execution/program.ts";
import type { Draft } from "./processes.ts";
import type { Random } from "./random.ts";
import { type Draw, drawWideProcess, on, type WideProcess } from "./wide-processes.ts";

export interface DeepProcess extends WideProcess {
  readonly settings: ProcessSettings;
}

/** An activity of an adapter of its own, that goes on where the attempt before has come to. */
const saving: Draw = (author, spot) => {
  const { int, chance, pick } = author.random;
  const isOnce = chance(0.3);
  return {
    Type: "Task",
    Resource: `holdfast:disk:${isOnce ? "once" : "again"}-saving-${int(1, 3)}`,
    ...(isOnce ? { Orchestration: { OnInterrupted: pick(["ask", "fail"]) } } : {}),
    ...author.call(),
    ...author.recovery(spot.next),
    ...(chance(0.2) ? { TimeoutSeconds: int(6, 30) } : {}),
    ...on(spot),
  };
};

/** An activity of which an operator is asked, not for ever perhaps. */
const asking: Draw = (author, spot) => {
  const { int, chance, pick } = author.random;
  const Orchestration: Draft = { OnInterrupted: "ask" };
  if (chance(0.6)) Orchestration["AskTimeoutSeconds"] = int(5, 60);
  return {
    Type: "Task",
    Resource: `holdfast:test:once-${pick(["slow", "beating"])}-${int(1, 3)}`,
    Orchestration,
    ...author.call(),
    ...author.recovery(spot.next),
    ...on(spot),
  };
};

const drawSettings = (random: Random): ProcessSettings => {
  const { chance, pick, int } = random;
  const level = pick(["full", "full", "onFailure", "none", "none"] as const);
  return {
    persistence: level,
    ...(level === "none" && chance(0.7) ? { onLoss: pick(["skip", "rerun"] as const) } : {}),
    ...(chance(0.25)
      ? { freshness: int(5, 90), onStale: pick(["startOver", "drop"] as const) }
      : {}),
  };
};

/**
 * A process that may start those of `callable`. Where servers have so little room that executions wait for each other
 * (`hasRoom` is false) none is ever stale: it would start over for ever.
 */
export const drawDeepProcess = (
  random: Random,
  callable: readonly string[],
  hasRoom: boolean,
): DeepProcess => {
  const more = [
    { draw: saving, of100: 8, depthMax: 2 },
    { draw: asking, of100: 6, depthMax: 2 },
  ];
  const drawn = drawWideProcess(random, callable, more);
  const { freshness, onStale, ...settings } = drawSettings(random);
  const isFresh = hasRoom && freshness !== undefined && onStale !== undefined;
  return { ...drawn, settings: { ...settings, ...(isFresh && { freshness, onStale }) } };
};

/** Name of the process that may be poison. */
export const poisonProcess = "px";

/** Activities and waits, one after the other: nobody outside has a part in it. */
export const drawPoisonProgram = (random: Random): Program => {
  const names = Array.from({ length: random.int(2, 4) }, (_, index) => `S${index + 1}`);
  const States = Object.fromEntries(
    names.map((name, index) => {
      const next = names[index + 1];
      const on = next === undefined ? { End: true } : { Next: next };
      const resource = `holdfast:test:again-${random.pick(["quick", "slow", "saving"])}-1`;
      return [
        name,
        random.chance(0.25)
          ? { Type: "Wait", Seconds: random.int(1, 9), ...on }
          : { Type: "Task", Resource: resource, ...on },
      ];
    }),
  );
  const parsed = parseDefinition({ StartAt: "S1", States });
  if (parsed.kind !== "valid")
    throw new Error(`the poison is not valid: ${JSON.stringify(parsed.diagnostics)}`);
  return { process: poisonProcess, version: 1, definition: parsed.definition };
};
