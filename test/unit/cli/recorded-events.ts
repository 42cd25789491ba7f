import type { HistoryEvent } from "../../../cli/environment/contract.ts";

type Line = readonly [
  id: number,
  previousEventId: number,
  atMs: number,
  type: string,
  details?: Readonly<Record<string, unknown>>,
];

/** Events as the API answers them, from one line each. */
export const eventsOf = (lines: readonly Line[]): readonly HistoryEvent[] =>
  lines.map(([id, previousEventId, atMs, type, details = {}]) => ({
    id,
    previousEventId,
    type,
    timestamp: new Date(Date.UTC(2026, 0, 1) + atMs).toISOString(),
    details,
  }));

const request = { resource: "request", resourceType: "http" };

/** Two endpoints, one at a time each in its own item: one answers at the second attempt, one never does. */
export const twoEndpoints = eventsOf([
  [1, 0, 0, "ExecutionStarted", { input: {} }],
  [2, 0, 0, "PassStateEntered", { name: "Prepare", input: {} }],
  [3, 2, 0, "PassStateExited", { name: "Prepare", output: {} }],
  [4, 3, 0, "MapStateEntered", { name: "Check endpoints", input: {} }],
  [5, 4, 0, "MapStateStarted", { length: 2 }],
  [6, 5, 0, "MapIterationStarted", { name: "Check endpoints", index: 0 }],
  [7, 6, 0, "TaskStateEntered", { name: "Request", input: {} }],
  [8, 7, 0, "TaskScheduled", request],
  [9, 8, 0, "TaskStarted", request],
  [10, 5, 0, "MapIterationStarted", { name: "Check endpoints", index: 1 }],
  [11, 10, 0, "TaskStateEntered", { name: "Request", input: {} }],
  [12, 11, 0, "TaskScheduled", request],
  [13, 12, 0, "TaskStarted", request],
  [14, 9, 40, "TaskFailed", { ...request, error: "Http.Timeout", cause: "no answer" }],
  [
    15,
    13,
    50,
    "TaskFailed",
    { ...request, error: "Http.TlsFailed", cause: "a\u001b[31m bad\ncert" },
  ],
  [16, 15, 50, "TaskStateExited", { name: "Request", output: {} }],
  [17, 16, 50, "TaskStateEntered", { name: "Down", input: {} }],
  [18, 17, 50, "TaskScheduled", { resource: "raiseAlert", resourceType: "core" }],
  [19, 18, 50, "TaskStarted", { resource: "raiseAlert", resourceType: "core" }],
  [20, 19, 52, "TaskSucceeded", { resource: "raiseAlert", resourceType: "core" }],
  [21, 20, 52, "TaskStateExited", { name: "Down", output: {} }],
  [22, 21, 52, "MapIterationSucceeded", { name: "Check endpoints", index: 1 }],
  [23, 14, 540, "TaskScheduled", request],
  [24, 23, 540, "TaskStarted", request],
  [25, 24, 1240, "TaskSucceeded", request],
  [26, 25, 1240, "TaskStateExited", { name: "Request", output: {} }],
  [27, 26, 1240, "MapIterationSucceeded", { name: "Check endpoints", index: 0 }],
  [28, 27, 1240, "MapStateSucceeded"],
  [29, 27, 1240, "MapStateExited", { name: "Check endpoints", output: [] }],
  [30, 29, 1240, "SucceedStateEntered", { name: "Done", input: [] }],
  [31, 30, 1240, "SucceedStateExited", { name: "Done", output: [] }],
  [32, 31, 1240, "ExecutionSucceeded", { output: [] }],
]);

/** A Map state of `length` items of one Task state each, of which every tenth fails. */
export const bigMap = (length: number, isLoop = false): readonly HistoryEvent[] => {
  const lines: Line[] = [
    [1, 0, 0, "ExecutionStarted"],
    [2, 0, 0, "MapStateEntered", { name: "Each" }],
    [3, 2, 0, "MapStateStarted", isLoop ? {} : { length }],
  ];
  let last = 3;
  for (let index = 0; index < length; index += 1) {
    const first = lines.length + 1;
    const fails = index % 10 === 9;
    lines.push(
      [first, last, index, "MapIterationStarted", { name: "Each", index }],
      [first + 1, first, index, "TaskStateEntered", { name: "Work" }],
      [first + 2, first + 1, index, "TaskScheduled"],
      fails
        ? [first + 3, first + 2, index, "TaskFailed", { error: "Broken", cause: "" }]
        : [first + 3, first + 2, index, "TaskSucceeded"],
      [first + 4, first + 3, index, "TaskStateExited", { name: "Work" }],
      [first + 5, first + 4, index, "MapIterationSucceeded", { name: "Each", index }],
    );
    last = first + 4;
  }
  const end = lines.length + 1;
  lines.push(
    [end, last, length, "MapStateSucceeded"],
    [end + 1, last, length, "MapStateExited", { name: "Each" }],
  );
  return eventsOf(lines);
};

/** A Parallel state with a Map state in a branch; an item of it fails at a Fail state and takes all with it. */
export const nestedFailure = eventsOf([
  [1, 0, 0, "ExecutionStarted"],
  [2, 0, 0, "ParallelStateEntered", { name: "Both" }],
  [3, 2, 0, "ParallelStateStarted"],
  [4, 3, 0, "WaitStateEntered", { name: "Wait" }],
  [5, 3, 0, "MapStateEntered", { name: "Items" }],
  [6, 5, 0, "MapStateStarted", { length: 1 }],
  [7, 6, 0, "MapIterationStarted", { name: "Items", index: 0 }],
  [8, 7, 5, "FailStateEntered", { name: "Give up" }],
  [9, 8, 5, "MapIterationFailed", { name: "Items", index: 0 }],
  [10, 8, 5, "MapStateFailed"],
  [11, 10, 5, "ParallelStateFailed"],
  [12, 11, 5, "ExecutionFailed", { error: "GaveUp", cause: "too hard" }],
]);
