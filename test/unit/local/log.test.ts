import { expect, test, vi } from "vitest";
import { logToStandardError } from "#local/log.ts";

test("what a process or an endpoint says makes no line of its own, and nothing that a terminal obeys", () => {
  const written = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const forged = "A\n2026-11-23T00:00:00.000Z info: all is well\u001b[2J\r\u009b1m";
  logToStandardError({ severity: "warning", message: `it waits in ${forged}` });
  logToStandardError({ severity: "error", message: "failed", cause: new TypeError(forged) });
  const texts = written.mock.calls.map(([text]) => String(text));
  written.mockRestore();
  expect(texts).toHaveLength(2);
  for (const text of texts) {
    expect(text).not.toMatch(/^2026-11-23T00:00:00.000Z info/m);
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  }
  expect(texts[0]).not.toContain("\n");
});
