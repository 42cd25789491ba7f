import { expect, test } from "vitest";
import { parseTimestamp } from "#core/expressions/timestamp.ts";
import { fc } from "../../fast-check.ts";

test("every instant comes back from its ISO text", () => {
  const day = fc.date({
    min: new Date(0),
    max: new Date("9999-12-31T23:59:59Z"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(day, (date) => {
      expect(parseTimestamp(date.toISOString())).toBe(date.getTime());
    }),
  );
});

test.each([
  ["2016-03-14T01:59:00Z", Date.UTC(2016, 2, 14, 1, 59)],
  ["2016-03-14T01:59Z", Date.UTC(2016, 2, 14, 1, 59)],
  ["2016-03-14T01:59:00-02:30", Date.UTC(2016, 2, 14, 4, 29)],
  ["2016-03-14T01:59:00.5Z", Date.UTC(2016, 2, 14, 1, 59, 0, 500)],
  ["2016-03-14 01:59:00Z", undefined],
  ["2016-03-14T01:59:00", undefined],
  ["2016-13-14T01:59:00Z", undefined],
  ["2016-02-30T01:59:00Z", undefined],
  ["2016-03-14T25:59:00Z", undefined],
  ["2016-03-14T01:60:00Z", undefined],
  ["", undefined],
])("%s is %s", (text, expected) => {
  expect(parseTimestamp(text)).toBe(expected);
});
