import { expect, test } from "vitest";
import { sealedCursors } from "#northbound/cursor.ts";

const keyOf = (byte: number) => async () => new Uint8Array(32).fill(byte);
const cursors = sealedCursors(keyOf(1));

const given = async (list: string, place: string): Promise<string> => {
  const cursor = await cursors.of(list, place);
  expect(cursor).toBeDefined();
  return cursor ?? "";
};

test.each(["a", "x".repeat(2000), '["2026-11-23T08:15:30.125Z","Grüße",7]'])(
  "a cursor stands for its place, and is safe in a URL",
  async (place) => {
    const cursor = await given("processes {}", place);
    expect(await cursors.placeOf("processes {}", cursor)).toBe(place);
    expect(encodeURIComponent(cursor)).toBe(cursor);
  },
);

test("where there is no place there is no cursor", async () => {
  expect(await cursors.of("processes {}", undefined)).toBeUndefined();
});

test("nobody sees what a cursor stands for, nor that two of them stand for the same", async () => {
  const place = "the-name-of-what-a-list-leaves-out";
  const [one, other] = [await given("processes {}", place), await given("processes {}", place)];
  expect(Buffer.from(one, "base64url").toString("latin1")).not.toContain("name");
  expect(one).not.toBe(other);
  expect(one).toHaveLength(other.length);
});

test("a cursor of another list, with other filters or of another environment stands for nothing", async () => {
  const cursor = await given('executions {"status":"FAILED"}', "a");
  for (const list of ["executions {}", "processes {}", ""])
    expect(await cursors.placeOf(list, cursor)).toBeUndefined();
  const others = sealedCursors(keyOf(2));
  expect(await others.placeOf('executions {"status":"FAILED"}', cursor)).toBeUndefined();
});

test("a cursor that was cut or changed anywhere stands for nothing", async () => {
  const cursor = await given("processes {}", "abcdefgh");
  for (let length = 0; length < cursor.length; length += 1)
    expect(await cursors.placeOf("processes {}", cursor.slice(0, length))).toBeUndefined();
  for (let at = 0; at < cursor.length - 1; at += 1) {
    const changed = cursor.slice(0, at) + (cursor[at] === "A" ? "B" : "A") + cursor.slice(at + 1);
    expect(await cursors.placeOf("processes {}", changed)).toBeUndefined();
  }
  for (const text of ["", "a1.", "x".repeat(4096), "…", `${cursor}AAAA`, `AAAA${cursor}`])
    expect(await cursors.placeOf("processes {}", text)).toBeUndefined();
});

test("that there is no key is no answer to whether a cursor is right", async () => {
  const cursor = await given("processes {}", "a");
  const keyless = sealedCursors(async () => {
    throw new RangeError("no key");
  });
  await expect(keyless.placeOf("processes {}", cursor)).rejects.toThrow("no key");
});
