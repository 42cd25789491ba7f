/** The context object: `$$` and `$states.context`. */
import { describe, expect, test } from "vitest";
import type { Json } from "#core/json.ts";
import { begin, failed, startAtMs } from "../execution/scenario.ts";
import { type Fields, jsonata, machine, mapOver, only, outcome, task } from "./machines.ts";

const iso = (atMs: number) => new Date(atMs).toISOString();

const context = async (state: Fields = {}, input: Json = { a: 1 }): Promise<Json | undefined> =>
  (
    await outcome(
      only({ Type: "Pass", Parameters: { "c.$": "$$" }, OutputPath: "$.c", ...state }),
      input,
    )
  ).output;

describe("the context object", () => {
  test("has all of the execution, the machine and the state", async () => {
    expect(await context()).toEqual({
      Execution: {
        Id: "arn:aws:states:local:000000000000:execution:backup:nightly",
        Input: { a: 1 },
        Name: "nightly",
        RoleArn: "arn:aws:iam::000000000000:role/holdfast",
        StartTime: iso(startAtMs),
        RedriveCount: 0,
      },
      StateMachine: {
        Id: "arn:aws:states:local:000000000000:stateMachine:backup",
        Name: "backup",
      },
      State: { Name: "A", EnteredTime: iso(startAtMs) },
    });
  });

  test("is the same in JSONata", async () => {
    const ends = await outcome(only({ Type: "Pass", Output: "{% $states.context %}" }, jsonata), {
      a: 1,
    });
    expect(ends.output).toEqual(await context());
  });

  test("says when the state was entered, not when it ends", async () => {
    const { scenario } = await begin(
      machine(
        {
          A: { Type: "Wait", Seconds: 5, Next: "B" },
          B: {
            Type: "Wait",
            Seconds: 5,
            Output:
              "{% [$states.context.State.EnteredTime, $states.context.Execution.StartTime] %}",
            End: true,
          },
        },
        jsonata,
      ),
    );
    await scenario.wake();
    await scenario.wake();
    expect(scenario.state.output).toEqual([iso(startAtMs + 5_000), iso(startAtMs)]);
  });

  test("keeps the input of the execution whatever the state's is", async () => {
    const ends = await outcome(
      machine({
        A: { Type: "Pass", Result: 7, Next: "B" },
        B: { Type: "Pass", Parameters: { "in.$": "$$.Execution.Input", "here.$": "$" }, End: true },
      }),
      { a: 1 },
    );
    expect(ends.output).toEqual({ in: { a: 1 }, here: 7 });
  });

  test("counts the retries of a Task state", async () => {
    const { scenario } = await begin(
      only(
        task({
          Parameters: { "retries.$": "$$.State.RetryCount" },
          Retry: [
            { ErrorEquals: ["A"], MaxAttempts: 1 },
            { ErrorEquals: ["B"], MaxAttempts: 5 },
          ],
        }),
      ),
    );
    const seen: (Json | undefined)[] = [];
    for (const [index, error] of ["A", "B", "B"].entries()) {
      seen.push(scenario.state.activities["0.1"]?.parameters);
      await scenario.take(failed("0.1", index + 1, error));
      await scenario.wake();
    }
    seen.push(scenario.state.activities["0.1"]?.parameters);
    expect(seen).toEqual([0, 1, 2, 3].map((retries) => ({ retries })));
  });

  const seenByItem = "$$.Map.Item";

  test("has the item of a Map state, in its selector and within", async () => {
    const ItemSelector = {
      "i.$": `${seenByItem}.Index`,
      "v.$": `${seenByItem}.Value`,
      "all.$": "$",
    };
    const inner = { Type: "Pass", Parameters: { "in.$": "$", "item.$": seenByItem } };
    const ends = await outcome(only(mapOver(inner, { ItemSelector })), ["a", "b"]);
    const item = (Index: number, Value: string) => ({
      in: { i: Index, v: Value, all: ["a", "b"] },
      item: { Index, Value },
    });
    expect(ends.output).toEqual([item(0, "a"), item(1, "b")]);
  });

  test("has the nearest of the items of nested Map states", async () => {
    const inner = mapOver({ Type: "Pass", Parameters: { "v.$": `${seenByItem}.Value` } });
    const ends = await outcome(only(mapOver({ ...inner, End: true })), [[1], [2, 3]]);
    expect(ends.output).toEqual([[{ v: 1 }], [{ v: 2 }, { v: 3 }]]);
  });

  test("has no item outside of Map states", async () => {
    expect(await context()).not.toHaveProperty("Map");
    expect(await context({ Parameters: { "c.$": seenByItem } })).toBeUndefined();
  });

  test("has a token only in the parameters of a task that gives it away", async () => {
    const Resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    const parameters = async (fields: Fields) => {
      const { scenario } = await begin(
        only(task({ Parameters: { "token.$": "$$.Task.Token" }, ...fields })),
      );
      return { token: scenario.state.activities["0.1"]?.token, scenario };
    };
    const { scenario, token } = await parameters({ Resource });
    expect(token).toMatch(/.{20}/);
    expect(scenario.state.activities["0.1"]?.parameters).toEqual({ token });
    expect((await parameters({})).scenario.state.error).toBe("States.Runtime");
  });
});
