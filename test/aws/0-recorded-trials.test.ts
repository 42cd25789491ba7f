/** Recorded tests of states and verdicts on definitions, by the protocol of a deployed environment: a quarter of them, by hash. */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { asServiceSays, refusalOf } from "#core/asl/diagnostic.ts";
import { validateDefinition } from "#core/asl/validate.ts";
import { drive } from "#core/expressions/drive.ts";
import { isJsonObject, type Json, parseJson, printJson } from "#core/json.ts";
import { testState } from "#core/test-state/test-state.ts";
import type { RecordedTestState, RecordedVerdict } from "../conformance/case.ts";
import { loadCases, recordedDirectory } from "../conformance/recorded-cases.ts";
import { type AnswerFields, askedOf, judgeAnswer } from "../conformance/replay-test-state.ts";
import { accountId } from "./aws-call.ts";
import { region } from "./cdk-command.ts";
import { type DeployedEnvironment, environmentNamed } from "./environment.ts";

const recordings = loadCases(recordedDirectory);
let first: DeployedEnvironment;

const isOfSample = ({ id }: { readonly id: string }): boolean =>
  process.env["HOLDFAST_TEST_RECORDED"] === "all" ||
  Number.parseInt(createHash("sha256").update(id).digest("hex").slice(0, 2), 16) < 64;

const inTens = async <T>(all: readonly T[], look: (one: T) => Promise<void>): Promise<void> => {
  for (let from = 0; from < all.length; from += 10)
    await Promise.all(all.slice(from, from + 10).map(look));
};

beforeAll(async () => {
  first = await environmentNamed("First");
});

describe("tests of states", () => {
  /** Without a mock the environment asks for one: the recordings have a function in its place. */
  const callsNothing = async (recorded: RecordedTestState): Promise<boolean> => {
    const environment = {
      nowMs: 0,
      seed: "00112233445566778899aabbccddeeff",
      identity: { account: accountId, region },
    };
    return (await drive(testState(askedOf(recorded), environment))).kind !== "calls";
  };

  /** The stages that the service shows as JSON text, as values. */
  const stagesIn = (stages: Json): Json =>
    isJsonObject(stages)
      ? Object.fromEntries(
          Object.entries(stages).map(([name, value]) => [
            name,
            typeof value === "string" ? parseJson(value) : value,
          ]),
        )
      : stages;

  const fieldsIn = ({ __type, message, output, inspectionData, ...more }: AnswerFields) => ({
    ...more,
    ...(__type !== undefined && { apiError: __type, message }),
    ...(typeof output === "string" && { output: parseJson(output) }),
    ...(inspectionData !== undefined && { inspectionData: stagesIn(inspectionData) }),
  });

  it("come to what they came to on the real service", async () => {
    const sample = recordings.testStates.filter(isOfSample);
    let asked = 0;
    await inTens(sample, async (recorded) => {
      if (!(await callsNothing(recorded))) return;
      asked += 1;
      const { definition, ...request } = askedOf(recorded);
      const text = recorded.definitionText ?? printJson(definition);
      const answered = await first.service("TestState", { ...request, definition: text });
      const { L1, L2, L4 } = judgeAnswer(
        recorded,
        fieldsIn(parseJson(answered.text.replaceAll(region, "us-east-1")) as AnswerFields),
      );
      expect([L1, L2, L4].flat().filter(Boolean), recorded.id).toEqual([]);
    });
    console.log(`${asked} recorded tests of states`);
    expect(asked).toBeGreaterThan(20);
  });
});

describe("definitions", () => {
  it("are found valid or not as the real service found them, for the same reasons", async () => {
    const sample = recordings.verdicts.filter(isOfSample);
    await inTens(sample, async ({ id, definition, workflowType, valid }: RecordedVerdict) => {
      const found = await first.service("ValidateStateMachineDefinition", {
        definition: printJson(definition),
        type: workflowType,
      });
      expect(found.body, id).toMatchObject({ result: valid ? "OK" : "FAIL" });
      const here = validateDefinition(definition, { workflowType });
      const errors = here.filter(({ severity }) => severity === "ERROR");
      expect(found.body.diagnostics, refusalOf(here)).toEqual(
        errors.map((error) => ({ severity: "ERROR", ...asServiceSays(error) })),
      );
    });
    console.log(`${sample.length} recorded definitions`);
    expect(sample.length).toBeGreaterThan(60);
  });
});
