import { describe, expect, it } from "vitest";
import { Sharing } from "#engine/sharing.ts";

const sharing = (own: number, others: readonly number[], isFirst = false) =>
  new Sharing(
    {
      peers: {
        names: () => [],
        loads: () => others,
        isFirstFor: () => isFirst,
        isGone: () => false,
      },
    },
    () => own,
  );

describe("a server that is alone", () => {
  it("keeps everything and leaves nothing", () => {
    for (const alone of [new Sharing({}, () => 900), sharing(900, [])]) {
      expect(alone.keepsStart(false)).toBe(true);
      expect(alone.appetite).toEqual({ max: 50, afterMs: 0 });
      expect(alone.lookAtMs("x", 5)).toBe(5);
    }
  });
});

describe("a server among others", () => {
  it("keeps what is started there while it has little, or not more than the mean", () => {
    expect(sharing(3, [0, 0]).keepsStart(false)).toBe(true);
    expect(sharing(4, [0, 0]).keepsStart(false)).toBe(false);
    expect(sharing(20, [20, 20]).keepsStart(false)).toBe(true);
    expect(sharing(21, [20, 20]).keepsStart(false)).toBe(false);
    expect(sharing(20, [0, 100]).keepsStart(false)).toBe(true);
  });

  it("asks for as many items as it lacks to the mean, and for few and later beyond it", () => {
    expect(sharing(0, [30, 30]).appetite).toEqual({ max: 20, afterMs: 0 });
    expect(sharing(0, [300, 300]).appetite).toEqual({ max: 50, afterMs: 0 });
    expect(sharing(10, [10]).appetite).toEqual({ max: 4, afterMs: 0 });
    expect(sharing(30, [0, 0]).appetite).toEqual({ max: 4, afterMs: 50 });
  });

  it("leaves an execution whose time has come to the first of them for half a second", () => {
    expect(sharing(0, [0], true).lookAtMs("x", 1_000)).toBe(1_000);
    expect(sharing(0, [0], false).lookAtMs("x", 1_000)).toBe(1_500);
  });
});
