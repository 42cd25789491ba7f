import { expect, test } from "vitest";
import { waitAges, waitAgesText } from "#cli/arguments.ts";

const read = waitAges(["callback", "worker", "operator"]);

test("ages of waits are read by kind, and written so that they are read again", () => {
  const ages = read("callback=3d, worker=15m,operator=off");
  expect(ages).toEqual({ callback: 259_200, worker: 900, operator: Number.POSITIVE_INFINITY });
  expect(read(waitAgesText(ages))).toEqual(ages);
});

test.each([
  "",
  "callback",
  "callback=",
  "callback=soon",
  "nothing=1d",
  "callback=1d=2d",
  "callback=1d,",
])("what is none is refused: %j", (text) => {
  expect(() => read(text)).toThrow(/Write (?:kinds|a duration)/);
});
