/** Wait in all forms. */
import { describe, expect, test } from "vitest";
import { initialState } from "#core/execution/advance.ts";
import type { Json } from "#core/json.ts";
import { begin, Scenario, startAtMs, startOf } from "../execution/scenario.ts";
import { type Fields, jsonata, only } from "./machines.ts";

/** Seconds that a Wait state holds its execution up; undefined: it does not. */
const heldUp = async (fields: Fields, input: Json = {}, top: Fields = {}) => {
  const { scenario } = await begin(only({ Type: "Wait", ...fields }, top), input);
  const { timerInMs, state } = scenario;
  return timerInMs === undefined ? state.status : timerInMs / 1000;
};

const iso = (afterSeconds: number): string =>
  new Date(startAtMs + afterSeconds * 1000).toISOString();

/** The same instant, written in another zone. */
const inZone = (afterSeconds: number, hours: number): string => {
  const local = new Date(startAtMs + (afterSeconds + hours * 3600) * 1000).toISOString();
  const sign = hours < 0 ? "-" : "+";
  return `${local.slice(0, 19)}${sign}${String(Math.abs(hours)).padStart(2, "0")}:00`;
};

describe("a Wait state waits", () => {
  test.each<readonly [string, Fields, Json, number | string]>([
    ["Seconds", { Seconds: 7 }, {}, 7],
    ["no seconds", { Seconds: 0 }, {}, "SUCCEEDED"],
    ["SecondsPath", { SecondsPath: "$.a" }, { a: 8 }, 8],
    ["the longest SecondsPath", { SecondsPath: "$.a" }, { a: 99_999_999 }, 99_999_999],
    ["SecondsPath of 0", { SecondsPath: "$.a" }, { a: 0 }, "SUCCEEDED"],
    ["SecondsPath into the context object", { SecondsPath: "$$.Execution.Input.a" }, { a: 3 }, 3],
    ["Timestamp", { Timestamp: iso(90) }, {}, 90],
    ["Timestamp, east", { Timestamp: inZone(90, 5) }, {}, 90],
    ["Timestamp, west", { Timestamp: inZone(90, -8) }, {}, 90],
    ["Timestamp, fraction", { Timestamp: iso(90).replace(".000", ".250") }, {}, 90.25],
    ["the past", { Timestamp: "1969-12-31T23:59:59Z" }, {}, "SUCCEEDED"],
    ["this instant", { Timestamp: iso(0) }, {}, "SUCCEEDED"],
    ["TimestampPath", { TimestampPath: "$.at" }, { at: inZone(30, 2) }, 30],
    ["TimestampPath in the past", { TimestampPath: "$.at" }, { at: iso(-5) }, "SUCCEEDED"],
  ])("%s", async (_, ...[fields, input, expected]) => {
    expect(await heldUp(fields, input)).toBe(expected);
  });

  test.each<readonly [string, Fields, Json, number | string]>([
    ["Seconds", { Seconds: "{% $states.input.a * 2 %}" }, { a: 4 }, 8],
    ["literal Seconds", { Seconds: 4 }, {}, 4],
    ["no Seconds", { Seconds: "{% 0 %}" }, {}, "SUCCEEDED"],
    ["Timestamp", { Timestamp: "{% $states.input.at %}" }, { at: inZone(60, -3) }, 60],
    ["computed", { Timestamp: "{% $fromMillis($millis() + 5000) %}" }, {}, 5],
    ["literal Timestamp", { Timestamp: iso(12) }, {}, 12],
  ])("in JSONata: %s", async (_, ...[fields, input, expected]) => {
    expect(await heldUp(fields, input, jsonata)).toBe(expected);
  });
});

describe("a Wait state fails with", () => {
  const error = async (fields: Fields, input: Json = {}, top: Fields = {}) => {
    const { state } = (await begin(only({ Type: "Wait", ...fields }, top), input)).scenario;
    return state.error;
  };

  test.each<readonly [string, Fields, Json]>([
    ["no such seconds", { SecondsPath: "$.none" }, {}],
    ["half a second", { SecondsPath: "$.a" }, { a: 1.5 }],
    ["seconds as text", { SecondsPath: "$.a" }, { a: "5" }],
    ["negative seconds", { SecondsPath: "$.a" }, { a: -1 }],
    ["no such time", { TimestampPath: "$.none" }, {}],
    ["a day that is none", { TimestampPath: "$.a" }, { a: "2026-02-30T00:00:00Z" }],
    ["seconds beyond all clocks", { SecondsPath: "$.a" }, { a: 1e306 }],
    ["more than 99,999,999 seconds", { SecondsPath: "$.a" }, { a: 100_000_000 }],
    ["no zone", { TimestampPath: "$.a" }, { a: "2026-02-20T00:00:00" }],
    ["a number", { TimestampPath: "$.a" }, { a: 5 }],
    ["a time of day", { TimestampPath: "$.a" }, { a: "10:00:00Z" }],
  ])("States.Runtime for %s", async (_, fields, input) => {
    expect(await error(fields, input)).toBe("States.Runtime");
  });

  test.each<readonly [string, Fields]>([
    ["half a second", { Seconds: "{% 1.5 %}" }],
    ["text", { Seconds: "{% '5' %}" }],
    ["seconds beyond all clocks", { Seconds: "{% 1e306 %}" }],
    ["more than 99,999,999 seconds", { Seconds: "{% 100000000 %}" }],
    ["less than nothing", { Seconds: "{% -5 %}" }],
    ["nothing", { Seconds: "{% $states.input.none %}" }],
    ["a day that is none", { Timestamp: "{% '2026-13-01T00:00:00Z' %}" }],
    ["a number", { Timestamp: "{% 5 %}" }],
  ])("States.QueryEvaluationError for %s", async (_, fields) => {
    expect(await error(fields, {}, jsonata)).toBe("States.QueryEvaluationError");
  });
});

describe("an execution that was begun before seconds had a limit", () => {
  test("waits as long as it says", async () => {
    const definition = only({ Type: "Wait", SecondsPath: "$.a" });
    const fact = { ...startOf({ a: 100_000_000 }), behaviour: 5 };
    const scenario = new Scenario(definition, initialState("e1", fact, startAtMs));
    await scenario.take(fact);
    expect(scenario.timerInMs).toBe(100_000_000_000);
  });
});

describe("while it waits", () => {
  test("its output and variables are those of the end", async () => {
    const { scenario } = await begin(
      only(
        {
          Type: "Wait",
          Seconds: 5,
          Output: { waited: "{% $millis() %}", from: "{% $states.input.a %}" },
        },
        jsonata,
      ),
      { a: 1 },
    );
    await scenario.wake();
    expect(scenario.state.output).toEqual({ waited: startAtMs + 5_000, from: 1 });
  });

  test("a clock that is early changes nothing", async () => {
    const { scenario } = await begin(only({ Type: "Wait", Seconds: 5 }));
    await scenario.take({ kind: "TimePassed" }, 4_999);
    expect(scenario.timerInMs).toBe(1);
    await scenario.take({ kind: "TimePassed" }, 1);
    expect(scenario.state.status).toBe("SUCCEEDED");
  });
});
