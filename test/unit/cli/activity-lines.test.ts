import { describe, expect, it } from "vitest";
import type { HistoryEvent } from "../../../cli/environment/contract.ts";
import { ActivityLines, placeNames } from "../../../cli/view/activity-lines.ts";
import { liveRegion } from "../../../cli/view/live-region.ts";
import { Progress } from "../../../cli/view/progress.ts";
import { retryPlanOf } from "../../../cli/view/retry-plan.ts";
import { unpainted } from "../../../cli/view/text.ts";
import { bigMap, eventsOf, nestedFailure, twoEndpoints } from "./recorded-events.ts";

const definition = {
  States: {
    "Check endpoints": {
      ItemProcessor: {
        States: {
          Request: {
            Retry: [{ ErrorEquals: ["Http.Timeout"], MaxAttempts: 2, JitterStrategy: "FULL" }],
          },
        },
      },
    },
  },
};

const linesOf = (events: readonly HistoryEvent[], isLive = false): readonly string[] => {
  const progress = new Progress();
  const retryPlan = retryPlanOf(definition);
  const lines = new ActivityLines({ paint: unpainted, retryPlan, isLive });
  return events.flatMap((event) => {
    const change = progress.apply(event);
    return change === undefined ? [] : lines.of(change);
  });
};

const regionAfter = (
  events: readonly HistoryEvent[],
  { columns = 80, rows = 24 }: { columns?: number; rows?: number } = {},
): readonly string[] => {
  const progress = new Progress();
  for (const event of events) progress.apply(event);
  const nowMs = Date.UTC(2026, 0, 1) + 1000;
  return liveRegion(progress, { columns, rows, nowMs, paint: unpainted });
};

describe("lines of an execution", () => {
  it("show states as they start and end, attempts, retries and what was caught", () => {
    expect(linesOf(twoEndpoints)).toEqual([
      "✓ Prepare",
      "▸ Check endpoints  2 items",
      "  [0] ▸ Request",
      "  [1] ▸ Request",
      "  [0] ↻ Request  attempt 1 failed after 40 ms: Http.Timeout: no answer  retry 1 of 2 within 1.00 s",
      "  [1] ✗ Request  attempt 1 failed after 50 ms: Http.TlsFailed: a bad cert",
      "  [1] ! Request  caught Http.TlsFailed  50 ms",
      "  [1] ▸ Down",
      "  [1] ✓ Down  2 ms",
      "  [0] ▸ Request  attempt 2",
      "  [0] ✓ Request  1.24 s  attempt 2",
      "✓ Check endpoints  1.24 s  2 of 2 items",
      "✓ Done",
    ]);
  });

  it("leave what runs to the live region in a terminal", () => {
    const lines = linesOf(twoEndpoints, true);
    expect(lines).not.toContain("  [0] ▸ Request");
    expect(lines).toContain("  [0] ✓ Request  1.24 s  attempt 2");
  });

  it("stay few when a Map state has many items", () => {
    const lines = linesOf(bigMap(1000));
    expect(lines.filter((line) => line.includes("Broken"))).toHaveLength(10);
    expect(lines).toContain("  Each  500 of 1000 items");
    expect(lines.length).toBeLessThan(30);
    expect(linesOf(bigMap(1000), true).length).toBeLessThan(15);
  });

  it("count the iterations of a loop, and show the first of them only", () => {
    const lines = linesOf(bigMap(200, true));
    expect(lines[0]).toBe("▸ Each");
    expect(lines.filter((line) => line.includes("✓ Work")).length).toBeLessThan(15);
    expect(lines.at(-1)).toBe("✓ Each  200 ms  200 iterations");
    expect(linesOf(bigMap(3, true))).toContain("✓ Each  3 ms  3 iterations");
    const [running] = regionAfter(bigMap(50, true).slice(0, 3 + 25 * 6));
    expect(running).toMatch(/Each {2}25 iterations, 0 running {2}1\.00 s$/);
  });

  it("do not count an item that was stopped as failed", () => {
    const stopped = eventsOf([
      [1, 0, 0, "ExecutionStarted"],
      [2, 0, 0, "MapStateEntered", { name: "Each" }],
      [3, 2, 0, "MapStateStarted", { length: 2 }],
      [4, 3, 0, "MapIterationStarted", { name: "Each", index: 0 }],
      [5, 4, 0, "WaitStateEntered", { name: "Rest" }],
      [6, 3, 0, "MapIterationStarted", { name: "Each", index: 1 }],
      [7, 6, 9, "SucceedStateEntered", { name: "Found" }],
      [8, 7, 9, "SucceedStateExited", { name: "Found" }],
      [9, 8, 9, "MapIterationSucceeded", { name: "Each", index: 1 }],
      [10, 9, 9, "MapIterationAborted", { name: "Each", index: 0 }],
      [11, 9, 9, "WaitStateAborted"],
      [12, 9, 9, "MapStateSucceeded"],
      [13, 9, 9, "MapStateExited", { name: "Each" }],
      [14, 13, 9, "ExecutionSucceeded"],
    ]);
    expect(linesOf(stopped).at(-1)).toBe("✓ Each  9 ms  1 of 2 items");
  });

  it("name the failed state by the states around it", () => {
    const progress = new Progress();
    const changes = nestedFailure.map((event) => progress.apply(event));
    const end = changes.at(-1);
    expect(end?.kind === "ended" && end.culprit && placeNames(end.culprit)).toBe(
      "Both > Items > [0] > Give up",
    );
    expect(progress.running.size).toBe(0);
    expect(linesOf(nestedFailure)).toEqual([
      "▸ Both",
      "  ▸ Wait",
      "  ▸ Items  1 item",
      "    [0] ✗ Give up",
    ]);
  });

  it("count the retries of a whole Map state", () => {
    const progress = new Progress();
    for (const event of eventsOf([
      [1, 0, 0, "ExecutionStarted"],
      [2, 0, 0, "MapStateEntered", { name: "Map" }],
      [3, 2, 0, "MapStateStarted", { length: 1 }],
      [4, 3, 0, "MapIterationStarted", { name: "Map", index: 0 }],
      [5, 4, 0, "FailStateEntered", { name: "No" }],
      [6, 5, 0, "MapIterationFailed", { name: "Map", index: 0 }],
      [7, 5, 0, "MapStateStarted", { length: 1 }],
      [8, 7, 0, "MapIterationStarted", { name: "Map", index: 0 }],
    ])) {
      progress.apply(event);
    }
    expect(progress.retryCount).toBe(1);
    const [map] = progress.running;
    expect(map?.items).toEqual({ total: 1, isLoop: false, running: 1, done: 0, failed: 0 });
  });
});

describe("the live region", () => {
  it("shows what runs, for how long, at which attempt, and waits for a retry", () => {
    const region = regionAfter(twoEndpoints.slice(0, 15));
    expect(region.map((line) => line.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, "*"))).toEqual([
      `* Check endpoints  ${"░".repeat(27)}  0 of 2 items, 2 running  1.00 s`,
      "  [0] * Request  1.00 s  waits to retry",
      "  [1] * Request  1.00 s  waits to retry",
    ]);
    expect(regionAfter(twoEndpoints)).toEqual([]);
  });

  it("fits into narrow and low terminals", () => {
    const events = bigMap(50).slice(0, 200);
    for (const columns of [20, 40, 60, 120]) {
      const [line = "", ...others] = regionAfter(events, { columns });
      expect(others).toEqual([]);
      expect(line.length).toBeLessThan(columns);
    }
    expect(regionAfter(twoEndpoints.slice(0, 14), { rows: 4 })).toEqual([
      expect.stringContaining("Check endpoints"),
      "  and 2 more",
    ]);
  });

  it("draws the bar of a Map state in proportion", () => {
    const [line = ""] = regionAfter(bigMap(50).slice(0, 3 + 25 * 6), { columns: 100 });
    expect(line.match(/█/g)).toHaveLength(15);
    expect(line.match(/░/g)).toHaveLength(15);
  });
});
