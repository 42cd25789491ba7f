/** `Completed`: the process did its work, and the answer is no (ADR 7). */
import { describe, expect, test } from "vitest";
import { begin } from "../execution/scenario.ts";
import { branches, type Fields, mapOver, only } from "../language/machines.ts";

const refused: Fields = {
  Type: "Fail",
  Error: "Refused",
  Cause: "The owner said no.",
  End: undefined,
  Orchestration: { Completed: true },
};

const ends = async (state: Fields, input: string[] = []) => {
  const { scenario } = await begin(only(state), input);
  return scenario;
};

describe("a Fail state that says Completed", () => {
  test("fails its execution, and says that the work was done", async () => {
    const { state, events } = await ends(refused);
    expect(state).toMatchObject({
      status: "FAILED",
      error: "Refused",
      cause: "The owner said no.",
      outcome: "failed (completed)",
    });
    expect(events.at(-1)).toMatchObject({
      type: "ExecutionFailed",
      details: { error: "Refused", cause: "The owner said no.", outcome: "failed (completed)" },
    });
  });

  test.each([{}, { Orchestration: {} }, { Orchestration: { Completed: false } }])(
    "says so only if it is true: %j",
    async (said) => {
      const { state, events } = await ends({ ...refused, Orchestration: undefined, ...said });
      expect(state).not.toHaveProperty("outcome");
      expect(events.at(-1)?.details).toEqual({ error: "Refused", cause: "The owner said no." });
    },
  );

  test.each([
    ["a branch", branches([refused])],
    ["an iteration", mapOver(refused)],
    ["a branch of an iteration", mapOver(branches([refused]))],
  ])("does so from within %s", async (_, state) => {
    expect((await ends(state, ["a"])).state).toMatchObject({
      status: "FAILED",
      error: "Refused",
      outcome: "failed (completed)",
    });
  });

  test("is over when it is caught", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "Caught" }];
    const { state } = await ends(branches([refused], { Catch }));
    expect(state.status).toBe("SUCCEEDED");
    expect(state).not.toHaveProperty("outcome");
  });

  test("is hidden by the failure that tolerance makes of it", async () => {
    const { state } = await ends(mapOver(refused, { ToleratedFailureCount: 0 }), ["a"]);
    expect(state.error).toBe("States.ExceedToleratedFailureThreshold");
    expect(state).not.toHaveProperty("outcome");
  });

  test.each([
    { names: ["States.ALL"], attempts: 1 },
    { names: ["States.TaskFailed"], attempts: 1 },
    { names: ["Refused"], attempts: 3 },
    { names: ["Other", "Refused"], attempts: 3 },
  ])("is begun again by $names in $attempts attempts", async ({ names, attempts }) => {
    const Retry = [{ ErrorEquals: names, MaxAttempts: 2 }];
    const scenario = await ends(branches([refused], { Retry }));
    while (scenario.state.status === "RUNNING") await scenario.wake();
    expect(scenario.types.filter((type) => type === "FailStateEntered")).toHaveLength(attempts);
    expect(scenario.state.outcome).toBe("failed (completed)");
  });

  test("gives a retrier for everything no say where one by name has none left", async () => {
    const Retry = [
      { ErrorEquals: ["Refused"], MaxAttempts: 0 },
      { ErrorEquals: ["States.ALL"], MaxAttempts: 5 },
    ];
    const scenario = await ends(branches([refused], { Retry }));
    expect(scenario.state.status).toBe("FAILED");
  });
});
