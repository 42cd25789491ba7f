import { expect, test } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { laterStates } from "#core/asl/later-states.ts";

const definition: StateMachine = {
  StartAt: "First",
  States: {
    First: { Type: "Pass", Next: "Choose" },
    Choose: {
      Type: "Choice",
      Choices: [{ Variable: "$.a", IsPresent: true, Next: "Each" }],
      Default: "Both",
    },
    Each: {
      Type: "Map",
      ItemProcessor: { StartAt: "Item", States: { Item: { Type: "Pass", End: true } } },
      End: true,
    },
    Both: {
      Type: "Parallel",
      Branches: [
        { StartAt: "Left", States: { Left: { Type: "Pass", End: true } } },
        {
          StartAt: "Right",
          States: {
            Right: {
              Type: "Map",
              Iterator: { StartAt: "Deep", States: { Deep: { Type: "Pass", End: true } } },
              End: true,
            },
          },
        },
      ],
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Mend" }],
      Next: "Done",
    },
    Mend: { Type: "Pass", Next: "Both" },
    Done: { Type: "Succeed" },
  },
};

const placesFrom = (name: string) =>
  laterStates(definition, name).map(({ machine, name }) => [...machine, name].join("/"));

test("what can follow a state goes by Next, Choices, Default and Catch, and into branches and items", () => {
  expect(placesFrom("Choose")).toEqual([
    "Choose",
    "Each",
    "Each/Item",
    "Both",
    "Both/0/Left",
    "Both/1/Right",
    "Both/1/Right/Deep",
    "Done",
    "Mend",
  ]);
});

test("what comes before is not among it, unless there is a way back", () => {
  expect(placesFrom("Done")).toEqual(["Done"]);
  expect(placesFrom("Mend")[0]).toBe("Mend");
  expect(placesFrom("Mend")).not.toContain("First");
});

test("a Map state without a processor, as an ItemReader's may be in a draft, has nothing within", () => {
  const each: StateMachine = { StartAt: "M", States: { M: { Type: "Map", End: true } } };
  expect(laterStates(each, "M")).toHaveLength(1);
});
