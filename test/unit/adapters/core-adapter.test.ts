import { describe, expect, test } from "vitest";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { OrchestratorError } from "#core/errors.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import { alertStore } from "#tasks/alert-store.ts";
import type { Alerts } from "#tasks/alerts.ts";
import { requestOf } from "./activity-requests.ts";
import { expectToFit } from "./schemas.ts";

const setUp = (change: (alerts: Alerts) => Alerts = (alerts) => alerts) => {
  const clock = virtualClock(Date.UTC(2026, 10, 23, 12));
  const { documents } = memoryPlatform({ clock });
  const alerts = alertStore({ documents, nowMs: clock.nowMs });
  const adapter = coreAdapter({ alerts: change(alerts) });
  return { clock, alerts, adapter, registry: adapterRegistry([adapter], { nowMs: clock.nowMs }) };
};

test("echo gives back its parameters at once, whatever they are", () => {
  const { registry } = setUp();
  for (const parameters of [null, 7, "x", [1, { a: 2 }], { deep: { er: [] } }]) {
    const result = registry.run(requestOf("holdfast:core:echo", parameters));
    expect(result).toEqual({ kind: "succeeded", output: parameters });
  }
  expect(registry.mayRestart("holdfast:core:echo", null)).toBe(true);
});

describe("raiseAlert", () => {
  const raise = "holdfast:core:raiseAlert";
  const down = { severity: "critical", title: "example is down", subject: "https://example" };

  test("raises an alert that names its execution", async () => {
    const { registry, alerts, adapter } = setUp();
    const result = await registry.run(requestOf(raise, { ...down, details: { status: 503 } }));
    expectToFit(adapter, "raiseAlert", result);
    const listed = await alerts.list({ limit: 10 });
    expect(listed.alerts).toMatchObject([
      { ...down, details: { status: 503 }, executionId: "health:1", status: "open" },
    ]);
    expect(result).toEqual({
      kind: "succeeded",
      output: {
        alertId: listed.alerts[0]?.alertId,
        status: "open",
        raisedAt: "2026-11-23T12:00:00.000Z",
      },
    });
  });

  test("attempts of one activity raise one alert, so it may restart", async () => {
    const { registry, alerts, clock } = setUp();
    const first = await registry.run(requestOf(raise, down));
    clock.advanceTo(clock.nowMs() + 9_000);
    expect(await registry.run(requestOf(raise, down, { attempt: 2 }))).toEqual(first);
    expect((await alerts.list({ limit: 10 })).alerts).toHaveLength(1);
    await registry.run(requestOf(raise, down, { activity: "0.4" }));
    expect((await alerts.list({ limit: 10 })).alerts).toHaveLength(2);
    expect(registry.mayRestart(raise, down)).toBe(true);
  });

  test("a field that is wrong is named", async () => {
    const { registry } = setUp();
    const result = await registry.run(requestOf(raise, { ...down, severity: "fatal" }));
    expect(result).toEqual({
      kind: "failed",
      error: "Holdfast.ParametersInvalid",
      cause: `${raise}: "severity" must be one of info, warning, critical`,
    });
  });

  test("details that are too large are refused and say the limit", async () => {
    const { registry, alerts } = setUp();
    const result = await registry.run(requestOf(raise, { ...down, details: "x".repeat(70_000) }));
    expect(result).toMatchObject({ kind: "failed", error: "Holdfast.AlertTooLarge" });
    expect(JSON.stringify(result)).toContain("65536");
    expect((await alerts.list({ limit: 10 })).alerts).toEqual([]);
  });

  test("storage that takes nothing for a while costs time", async () => {
    const faults = ["storage-full", "storage-unavailable", "storage-full"] as const;
    let tries = 0;
    const { registry, alerts } = setUp((stored) => ({
      ...stored,
      raise: async (alert) => {
        const fault = faults[tries];
        tries += 1;
        if (fault !== undefined) throw new OrchestratorError(fault, "the disk is full");
        return stored.raise(alert);
      },
    }));
    expect(await registry.run(requestOf(raise, down))).toMatchObject({ kind: "succeeded" });
    expect((await alerts.list({ limit: 10 })).alerts).toHaveLength(1);
  });

  test("storage that is full for longer than anybody waits fails with what to do about it", async () => {
    const controller = new AbortController();
    const { registry } = setUp((alerts) => ({
      ...alerts,
      raise: async () => {
        controller.abort();
        throw new OrchestratorError("storage-full", "the disk is full", { action: "Free space." });
      },
    }));
    const request = requestOf(raise, down, { signal: controller.signal });
    expect(await registry.run(request)).toEqual({
      kind: "failed",
      error: "Holdfast.AlertNotRaised",
      cause: 'the alert "example is down" was not stored: the disk is full. Free space.',
    });
  });

  test("storage that refuses it fails with what to do about it", async () => {
    const { registry } = setUp((alerts) => ({
      ...alerts,
      raise: async () => {
        throw new OrchestratorError("data-directory-invalid", "it cannot be read", {
          action: "Restore.",
        });
      },
    }));
    expect(await registry.run(requestOf(raise, down))).toEqual({
      kind: "failed",
      error: "Holdfast.AlertNotRaised",
      cause: 'the alert "example is down" was not stored: it cannot be read. Restore.',
    });
  });
});
