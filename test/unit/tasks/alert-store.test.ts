import { describe, expect, test } from "vitest";
import { OrchestratorError } from "#core/errors.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { alertStore } from "#tasks/alert-store.ts";

const startMs = Date.UTC(2026, 10, 23, 12);

const setUp = () => {
  const clock = virtualClock(startMs);
  const { documents } = memoryPlatform({ clock });
  return { clock, documents, alerts: alertStore({ documents, nowMs: clock.nowMs }) };
};

const disk = { severity: "critical", title: "disk full", executionId: "p:e" } as const;

/** A store whose server dies right before its `count`th put from now. */
const dyingAt = (documents: DocumentStore, count: number): DocumentStore => {
  let puts = 0;
  return {
    ...documents,
    put: async (document, options) => {
      puts += 1;
      if (puts >= count) throw new OrchestratorError("storage-unavailable", "died");
      return documents.put(document, options);
    },
  };
};

describe("raising", () => {
  test("an alert keeps what was said about it", async () => {
    const { alerts } = setUp();
    const said = { description: "d", subject: "/dev/sda", details: { free: 0 } };
    const raised = await alerts.raise({ ...disk, ...said, key: "k" });
    expect(raised).toEqual({
      ...disk,
      ...said,
      alertId: raised.alertId,
      status: "open",
      raisedAtMs: startMs,
    });
    expect(await alerts.get(raised.alertId)).toEqual(raised);
  });

  test("one key raised again later is one alert with its first time", async () => {
    const { alerts, clock } = setUp();
    const first = await alerts.raise({ ...disk, key: "k" });
    clock.advanceTo(startMs + 60_000);
    expect(await alerts.raise({ ...disk, key: "k" })).toEqual(first);
    expect((await alerts.list({ limit: 10 })).alerts).toEqual([first]);
  });

  test("different keys at one instant are different alerts", async () => {
    const { alerts } = setUp();
    const raised = await Promise.all(["a", "b", "c"].map((key) => alerts.raise({ ...disk, key })));
    expect(new Set(raised.map((alert) => alert.alertId)).size).toBe(3);
  });

  test("two servers with clocks that differ raise one alert", async () => {
    const { documents } = setUp();
    const servers = [0, 7_000, -3_000, 1].map((skewMs) =>
      alertStore({ documents, nowMs: () => startMs + skewMs }),
    );
    const raised = await Promise.all(servers.map((server) => server.raise({ ...disk, key: "k" })));
    expect(new Set(raised.map((alert) => JSON.stringify(alert))).size).toBe(1);
    expect((await servers[0]?.list({ limit: 10 }))?.alerts).toHaveLength(1);
  });

  test.each([1, 2])(
    "a server that dies before write %i leaves nothing half done",
    async (count) => {
      const { documents, alerts, clock } = setUp();
      const dying = alertStore({ documents: dyingAt(documents, count), nowMs: clock.nowMs });
      await expect(dying.raise({ ...disk, key: "k" })).rejects.toThrow("died");
      expect((await alerts.list({ limit: 10 })).alerts).toEqual([]);
      clock.advanceTo(startMs + 5_000);
      const raised = await alerts.raise({ ...disk, key: "k" });
      expect(raised.status).toBe("open");
      expect((await alerts.list({ limit: 10 })).alerts).toEqual([raised]);
    },
  );

  test("raising a key again after its alert was closed does not open it", async () => {
    const { alerts } = setUp();
    const { alertId } = await alerts.raise({ ...disk, key: "k" });
    await alerts.close(alertId, { closedBy: "ann" });
    expect((await alerts.raise({ ...disk, key: "k" })).status).toBe("closed");
  });
});

describe("listing", () => {
  const raiseMany = async (count: number) => {
    const all = setUp();
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      all.clock.advanceTo(startMs + index * 1_000);
      ids.unshift((await all.alerts.raise({ ...disk, key: `k${index}` })).alertId);
    }
    return { ...all, ids };
  };

  const pages = async (
    list: (after: string | undefined) => ReturnType<ReturnType<typeof setUp>["alerts"]["list"]>,
  ) => {
    const found: string[][] = [];
    let after: string | undefined;
    do {
      const page = await list(after);
      found.push(page.alerts.map((alert) => alert.alertId));
      after = page.next;
    } while (after !== undefined);
    return found;
  };

  test("all alerts come newest first, page by page", async () => {
    const { alerts, ids } = await raiseMany(7);
    const found = await pages((after) =>
      alerts.list({ limit: 3, ...(after === undefined ? {} : { after }) }),
    );
    expect(found.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(found.flat()).toEqual(ids);
  });

  test("open and closed ones are told apart, each newest first", async () => {
    const { alerts, ids } = await raiseMany(6);
    const closed = ids.filter((_, index) => index % 2 === 0);
    for (const id of closed) await alerts.close(id, { closedBy: "ann" });
    const idsOf = (status: "open" | "closed") =>
      pages((after) =>
        alerts.list({ status, limit: 2, ...(after === undefined ? {} : { after }) }),
      ).then((found) => found.flat());
    expect(await idsOf("closed")).toEqual(closed);
    expect(await idsOf("open")).toEqual(ids.filter((_, index) => index % 2 === 1));
  });
});

describe("closing", () => {
  test("says who closed it, when and why", async () => {
    const { alerts, clock } = setUp();
    const raised = await alerts.raise({ ...disk, key: "k" });
    clock.advanceTo(startMs + 1_000);
    const closed = await alerts.close(raised.alertId, { closedBy: "ann", reason: "fixed" });
    expect(closed).toEqual({
      ...raised,
      status: "closed",
      closedAtMs: startMs + 1_000,
      closedBy: "ann",
      closeReason: "fixed",
    });
    expect(await alerts.get(raised.alertId)).toEqual(closed);
  });

  test("the first who closes it stays the one who closed it", async () => {
    const { alerts } = setUp();
    const { alertId } = await alerts.raise({ ...disk, key: "k" });
    const closings = ["ann", "bob", "eve"].map((closedBy) => alerts.close(alertId, { closedBy }));
    const closed = await Promise.all(closings);
    expect(new Set(closed.map((alert) => alert.closedBy)).size).toBe(1);
    expect(await alerts.close(alertId, { closedBy: "zoe" })).toEqual(closed[0]);
  });

  test("an alert that nobody raised cannot be closed", async () => {
    const { alerts } = setUp();
    expect(await alerts.get("nobody")).toBeUndefined();
    await expect(alerts.close("nobody", { closedBy: "ann" })).rejects.toMatchObject({
      code: "alert-not-found",
      details: { alertId: "nobody" },
    });
  });
});
