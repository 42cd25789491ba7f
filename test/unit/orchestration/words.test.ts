/** What is said of words of `Orchestration` that stand where they mean nothing (ADR 7). */
import { describe, expect, test } from "vitest";
import { validateDefinition } from "#core/asl/validate.ts";
import type { Json } from "#core/json.ts";
import { branches, type Fields, machine } from "../language/machines.ts";

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

const joined = (Join: unknown): Fields =>
  branches([{ Type: "Pass" }, { Type: "Wait", Seconds: 1 }], { Orchestration: { Join } });

interface Accepted {
  readonly what: string;
  readonly state: Fields;
  readonly top?: Fields;
}

const accepted: readonly Accepted[] = [
  { what: "Completed", state: { ...fail, Orchestration: { Completed: true } } },
  { what: "Join of all", state: joined("all") },
  { what: "Join of any", state: joined("any") },
  { what: "Join of as many as there are", state: joined(2) },
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
  {
    what: "Join on a Pass state",
    state: { Type: "Pass", End: true, Orchestration: { Join: "any" } },
    place: "/States/A/Orchestration/Join",
    message: /belongs to a Parallel state/,
  },
  {
    what: "Join of more branches than there are",
    state: joined(3),
    place: "/States/A/Orchestration/Join",
    message: /3 branches can not succeed, there are only 2/,
  },
  {
    what: "Join of none",
    state: joined(0),
    place: "/States/A/Orchestration/Join",
    message: /whole number of at least 1, found the number 0/,
  },
  {
    what: "Join of another word",
    state: joined("every"),
    place: "/States/A/Orchestration/Join",
    message: /"every" is not allowed here; write "all" or "any"/,
  },
  {
    what: "Join of no word and no number",
    state: joined(true),
    place: "/States/A/Orchestration/Join",
    message: /whole number of at least 1, found/,
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
