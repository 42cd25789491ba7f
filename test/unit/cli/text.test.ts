import { describe, expect, it } from "vitest";
import { tableText } from "../../../cli/view/table.ts";
import { duration, prettyJson, printable, shorten, unpainted } from "../../../cli/view/text.ts";

describe("text", () => {
  it.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [1240, "1.24 s"],
    [59_940, "59.9 s"],
    [60_000, "1 min"],
    [200_000, "3 min 20 s"],
    [7_500_000, "2 h 5 min"],
    [273_600_000, "3 d 4 h"],
    [-5, "0 ms"],
  ])("%d ms is written %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it("never lets control characters of others reach the terminal", () => {
    expect(printable("a\u001b[2Jb\r\nc\u0007\u009b31md\u202e")).toBe("ab cd");
    expect(prettyJson({ text: "\u001b[2J\u009b31m" })).toBe(
      '{\n  "text": "\\u001b[2J\\u009b31m"\n}',
    );
  });

  it("is cut between characters, not within them", () => {
    expect(shorten("ab😀cd", 4)).toBe("ab😀…");
    expect(shorten("abc", 3)).toBe("abc");
  });
});

describe("a table", () => {
  const head = ["EXECUTION", "TITLE"];
  const rows = [["service-health:20260101-000000-0a1b2c3d", "x".repeat(60)]];

  it("cuts the widest column to the terminal and never what is typed next", () => {
    const text = tableText({ head, rows, columns: 60, paint: unpainted });
    expect(text.split("\n").map((line) => line.length)).toEqual([46, 60]);
    expect(text).toContain("service-health:20260101-000000-0a1b2c3d");
    expect(text).toContain("x…");
  });

  it("is whole where there is no terminal", () => {
    const columns = Number.POSITIVE_INFINITY;
    expect(tableText({ head, rows, columns, paint: unpainted })).toContain("x".repeat(60));
  });
});
