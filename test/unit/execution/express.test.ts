import { describe, expect, test } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { advance, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import type { ExecutionStarted } from "#core/execution/facts.ts";
import type { Program } from "#core/execution/program.ts";
import { drive } from "#core/expressions/drive.ts";
import { programOf, startAtMs, startOf } from "./scenario.ts";

const rest = {
  StartAt: "Rest",
  States: { Rest: { Type: "Wait", Seconds: 900, End: true } },
} as const;

const each = (ExecutionType: "STANDARD" | "EXPRESS"): StateMachine => ({
  StartAt: "Each",
  States: {
    Each: {
      Type: "Map",
      ItemProcessor: { ...rest, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType } },
      End: true,
    },
  },
});

const item = { part: { kind: "item", machine: [], state: "Each" } } as const;

/** When the first timer of an execution is due, and what it is after it. */
const restingIn = async (program: Program, more: Partial<ExecutionStarted> = {}) => {
  const fact = { ...startOf({}), ...more };
  const state = initialState("e1", fact, startAtMs);
  await drive(advance(program, state, { fact, atMs: startAtMs }));
  const atMs = nextTimerAtMs(state) ?? 0;
  await drive(advance(program, state, { fact: { kind: "TimePassed" }, atMs }));
  return [(atMs - startAtMs) / 1000, state.status];
};

describe("an EXPRESS execution", () => {
  test("times out after five minutes, or sooner if its definition says so", async () => {
    const program: Program = { ...programOf(rest), type: "EXPRESS" };
    expect(await restingIn(program)).toEqual([300, "TIMED_OUT"]);
    const sooner = { ...program, definition: { ...rest, TimeoutSeconds: 60 } };
    expect(await restingIn(sooner)).toEqual([60, "TIMED_OUT"]);
    const later = { ...program, definition: { ...rest, TimeoutSeconds: 600 } };
    expect(await restingIn(later)).toEqual([300, "TIMED_OUT"]);
    expect(await restingIn(programOf(rest))).toEqual([900, "SUCCEEDED"]);
  });

  test("is a child of a map run where the processor says so", async () => {
    expect(await restingIn(programOf(each("EXPRESS")), item)).toEqual([300, "TIMED_OUT"]);
    expect(await restingIn(programOf(each("STANDARD")), item)).toEqual([900, "SUCCEEDED"]);
  });

  test("that was begun before there was a limit for children has none", async () => {
    const begun = { ...item, behaviour: 2 };
    expect(await restingIn(programOf(each("EXPRESS")), begun)).toEqual([900, "SUCCEEDED"]);
  });
});
