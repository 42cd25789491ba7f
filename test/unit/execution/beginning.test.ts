import { expect, test } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { initialState } from "#core/execution/advance.ts";
import { run, Scenario, startAtMs, startOf } from "./scenario.ts";

const definition: StateMachine = {
  QueryLanguage: "JSONata",
  StartAt: "First",
  TimeoutSeconds: 60,
  States: {
    First: { Type: "Task", Resource: "holdfast:files:copy", Next: "Second" },
    Second: {
      Type: "Task",
      Resource: "holdfast:files:copy",
      Arguments: {
        given: "{% $states.input %}",
        seen: "{% $seen %}",
        whole: "{% $states.context.Execution.Input %}",
      },
      End: true,
    },
  },
};

const begunWith = async (fields: object) => {
  const fact = { ...startOf({ all: 1 }), ...fields };
  const scenario = new Scenario(definition, initialState("backup:nightly", fact, startAtMs));
  return { scenario, commands: await scenario.take(fact) };
};

test("an execution begins where its start says, with the input and the variables of the start", async () => {
  const beginsAt = { state: "Second", input: { part: 2 }, variables: { seen: "yes" } };
  const restartOf = { executionId: "backup:before", eventId: 7 };
  const { scenario, commands } = await begunWith({ beginsAt, restartOf });
  expect(commands).toEqual([run("0.1", 1)]);
  expect(scenario.state.activities["0.1"]?.parameters).toEqual({
    given: { part: 2 },
    seen: "yes",
    whole: { all: 1 },
  });
  expect(scenario.timerInMs).toBe(60_000);
  expect(scenario.events[0]?.details).toEqual({ input: { all: 1 }, restartOf });
  expect(scenario.events[1]?.details).toEqual({ name: "Second", input: { part: 2 } });
});

test("without an input of its own the state is given that of the execution", async () => {
  const beginsAt = { state: "Second", startPoint: "half" };
  const { scenario } = await begunWith({ beginsAt });
  expect(scenario.events[0]?.details).toEqual({ input: { all: 1 }, startPoint: "half" });
  expect(scenario.events[1]?.details).toEqual({ name: "Second", input: { all: 1 } });
});
