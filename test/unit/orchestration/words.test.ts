/** What is said of words of `Orchestration` that stand where they mean nothing (ADR 7). */
import { describe, expect, test } from "vitest";
import { validateDefinition } from "#core/asl/validate.ts";
import type { Json } from "#core/json.ts";
import { type Fields, machine } from "../language/machines.ts";

const said = (state: Fields, top: Fields = {}) => {
  // What is undefined here is not there.
  const definition = JSON.parse(JSON.stringify(machine({ A: state }, top))) as Json;
  return validateDefinition(definition).map(({ severity, path, message }) => ({
    severity,
    place: `/${path.join("/")}`,
    message,
  }));
};

const fail: Fields = { Type: "Fail", Error: "E" };

interface Accepted {
  readonly what: string;
  readonly state: Fields;
  readonly top?: Fields;
}

const accepted: readonly Accepted[] = [
  { what: "Completed", state: { ...fail, Orchestration: { Completed: true } } },
];

interface Refused extends Accepted {
  readonly place: string;
  readonly message: RegExp;
}

const refused: readonly Refused[] = [
  {
    what: "Completed on a Succeed state",
    state: { Type: "Succeed", Orchestration: { Completed: true } },
    place: "/States/A/Orchestration/Completed",
    message: /belongs to a Fail state/,
  },
  {
    what: "Completed that is no truth value",
    state: { ...fail, Orchestration: { Completed: "yes" } },
    place: "/States/A/Orchestration/Completed",
    message: /expected true or false/,
  },
];

describe("words of Orchestration", () => {
  test.each(accepted)("are let in where they belong: $what", ({ state, top }) => {
    expect(said(state, top)).toEqual([]);
  });

  test.each(refused)("are refused elsewhere: $what", ({ state, top, place, message }) => {
    const [first, ...others] = said(state, top);
    expect([first?.severity, first?.place, others]).toEqual(["ERROR", place, []]);
    expect(first?.message).toMatch(message);
  });
});
