import { expect, test } from "vitest";
import type { Operation } from "#northbound/operation.ts";
import { stepFunctionsOperations } from "#northbound/step-functions/step-functions.ts";
import { fc } from "../fast-check.ts";
import { accessEnvironment, administratorToken } from "./access-environment.ts";

const operations = stepFunctionsOperations({ waitMsMax: 0 } as never);

const arns = ["stateMachine:m", "stateMachine:m:1", "stateMachine:m:live", "execution:m:one"]
  .concat("express:m:one:00000000-0000-0000-0000-000000000000", "mapRun:m/One:map-1", "activity:a")
  .map((rest) => `arn:aws:states:local:000000000000:${rest}`);

const definition = JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", End: true } } });

/** What fields of the protocol may hold, rightly and wrongly. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...arns) },
  { weight: 2, arbitrary: fc.constantFrom("m", "one", "a", "{}", "[", definition, "1", "EXPRESS") },
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.integer(),
  fc.constantFrom(0, 1, -1, 1e300, true, false, null, {}, []),
  fc.constant("x".repeat(3000)),
  fc.constant([{ stateMachineVersionArn: arns[1], weight: 100 }]),
  fc.constant([{ key: "k", value: "v" }]),
  fc.jsonValue({ maxDepth: 3 }),
);

const role = "arn:aws:iam::000000000000:role/any";

/** What a field would hold in a sound request, mostly. */
const likely = (name: string): fc.Arbitrary<unknown> => {
  if (name === "roleArn") return fc.constant(role);
  if (name.endsWith("Arn")) {
    const kind = /^(stateMachine|execution|mapRun|activity)/.exec(name)?.[1] ?? "";
    return fc.constantFrom(...arns.filter((arn) => arn.includes(`:${kind}`)));
  }
  if (name === "definition") return fc.constant(definition);
  if (["input", "output", "variables", "context"].includes(name)) return fc.constant("{}");
  return fc.constantFrom("m", "live", "a", undefined, undefined);
};

const inputOf = (operation: Operation) => {
  const names = Object.keys(operation.request?.body?.shape ?? {});
  const field = (name: string) =>
    fc.oneof({ weight: 6, arbitrary: likely(name) }, { weight: 1, arbitrary: value });
  return fc.record({
    ...Object.fromEntries(names.map((name) => [name, field(name)])),
    other: fc.option(value, { nil: undefined }),
  });
};

const request = fc
  .constantFrom(...operations)
  .chain((operation) => fc.tuple(fc.constant(operation.operationId), inputOf(operation)));

test("whatever an operation is asked, it answers, or names an error of the caller", async () => {
  const { url, processes, engine } = await accessEnvironment(undefined, {
    limits: { waitMsMax: 5 },
  });
  const plain = { text: definition, definitionOf: { name: "m" }, deployedBy: "test" };
  await processes.deploy(plain);
  await engine.start({ process: "m", name: "one", input: {}, startedBy: "test" });
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(request, async ([name, input]) => {
      // What an earlier request has deleted is there again.
      await processes.deploy(plain);
      const response = await fetch(url, {
        method: "POST",
        headers: {
          authorization: `Bearer ${administratorToken}`,
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": `AWSStepFunctions.${name}`,
        },
        body: JSON.stringify(input),
      });
      expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.0");
      const answer = (await response.json()) as { __type?: string; message?: string };
      expect([200, 400]).toContain(response.status);
      if (response.status === 200) answered += 1;
      else expect(answer).toEqual({ __type: expect.any(String), message: expect.any(String) });
    }),
    { numRuns: 3_000 },
  );
  expect(answered).toBeGreaterThan(100);
});
