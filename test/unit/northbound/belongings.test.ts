import { expect, test } from "vitest";
import type { Processes } from "#catalog/processes.ts";
import type { Executions } from "#engine/executions.ts";
import { belongingsOf } from "#northbound/belongings.ts";

test("a parent is looked at once for all of its children", async () => {
  const looked: string[] = [];
  const startedBy: Readonly<Record<string, string>> = {
    "order/Items:map-1": "execution:order:a",
    "order:a": "key:ann",
  };
  const describe = async (executionId: string) => {
    looked.push(executionId);
    return { process: "order", version: 1, startedBy: startedBy[executionId] };
  };
  const belongings = belongingsOf({
    executions: { describe } as unknown as Executions,
    processes: { standingFor: async () => undefined } as unknown as Processes,
  });
  const children = Array.from({ length: 100 }, (_, index) =>
    belongings({
      kind: "execution",
      executionId: `order/Items:1-${index}`,
      known: { process: "order/Items", version: 1, startedBy: "execution:order/Items:map-1" },
    }),
  );
  expect((await Promise.all(children)).map((found) => found?.owner)).toEqual(
    Array.from({ length: 100 }, () => "key:ann"),
  );
  expect(looked).toEqual(["order/Items:map-1", "order:a"]);
});
