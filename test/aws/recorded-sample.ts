/**
 * Which recorded cases run on a deployed environment. Taken is every case that passes on the embedded platform, unless
 * {@link unfitBecause} has a reason; of those of a group, one for each doubling of their number, those whose
 * ids have the smallest hashes. `HOLDFAST_TEST_RECORDED=all` takes all of them.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Json, printJson } from "#core/json.ts";
import type { RecordedCase } from "../conformance/case.ts";
import type { TaskAnswer } from "../conformance/recorded/compare.mjs";
import { loadCases, recordedDirectory } from "../conformance/recorded-cases.ts";
import { givenDefinition, replay } from "../conformance/replay-case.ts";
import type { RecordedFunction } from "./recorded-functions.ts";

/** A case with what its services were asked and answered. */
export interface DeployedCase extends RecordedCase {
  readonly stub?: Readonly<Record<string, RecordedFunction | { readonly kind: "sleep" }>>;
  readonly tasks?: readonly { readonly state: string; readonly result: TaskAnswer }[];
}

/** Longer ones are left to the virtual clock, ms. */
const lastsMsMax = 5_000;

const answered = [
  /^arn:aws:lambda:us-east-1:111111111111:function:/,
  /^arn:aws:states:::lambda:invoke$/,
  /^arn:aws:states:us-east-1:111111111111:activity:/,
  /^arn:aws:states:::s3:getObject$/,
];

const resourcesIn = (value: Json): readonly string[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "Resource" && typeof member === "string" ? [member] : resourcesIn(member),
  );
};

const known = ["echo", "const", "raise"];

/** What the recorded function makes of it is what the service said: it added no failure of its own. */
const isOfFunction = (
  stub: RecordedFunction | { readonly kind: "sleep" } | undefined,
  { error }: TaskAnswer,
): boolean => stub?.kind !== "raise" || error === stub.errorType;

/** Why a case cannot run on a deployed environment as it did on the service, by rule. */
const unfitBecause = async (recorded: DeployedCase): Promise<string | undefined> => {
  const resources = resourcesIn(givenDefinition(recorded));
  if (resources.some((resource) => !answered.some((pattern) => pattern.test(resource))))
    return "it calls services other than Lambda and S3, whose recorded answers nobody gives here";
  const stubs = Object.values(recorded.stub ?? {});
  if (stubs.some(({ kind }) => !known.includes(kind)))
    return "what its function does besides answering was not recorded";
  if (
    (recorded.tasks ?? []).some(({ result }) => stubs.length > 0 && !isOfFunction(stubs[0], result))
  )
    return "Lambda itself answered instead of its function";
  const expected = JSON.stringify(recorded.expect);
  if (expected.includes("SdkHttpMetadata"))
    return "it shows headers of the service's answer, which a client names in its own way";
  if (expected.includes("DataLimitExceeded"))
    return "it meets the service's limit of 256 KiB, which is higher here";
  const { lastedMs } = await replay(recorded);
  return lastedMs > lastsMsMax ? `it lasts longer than ${lastsMsMax / 1000} s` : undefined;
};

const failsAnyway = JSON.parse(
  readFileSync(new URL("../conformance/expected.json", import.meta.url), "utf8"),
) as Readonly<Record<string, unknown>>;

const hashOf = ({ id }: RecordedCase): string => createHash("sha256").update(id).digest("hex");

const sampleOf = (fit: readonly DeployedCase[]): readonly DeployedCase[] => {
  if (process.env["HOLDFAST_TEST_RECORDED"] === "all") return fit;
  return fit
    .toSorted((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1))
    .slice(0, Math.max(1, Math.floor(Math.log2(fit.length))));
};

export interface Sample {
  readonly cases: readonly DeployedCase[];
  /** By reason, how many cases do not run here. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** The sample of the recorded cases. */
export const recordedSample = async (): Promise<Sample> => {
  const leftOut = new Map<string, number>();
  const fit: DeployedCase[] = [];
  for (const recorded of loadCases(recordedDirectory).cases as readonly DeployedCase[]) {
    const reason =
      recorded.id in failsAnyway
        ? "it differs on the embedded platform, too"
        : await unfitBecause(recorded);
    if (reason === undefined) fit.push(recorded);
    else leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  }
  const groups = Map.groupBy(fit, ({ group }) => group);
  return { cases: [...groups.values()].flatMap(sampleOf), leftOut };
};

/** The text of a definition as it is sent. */
export const definitionText = (recorded: RecordedCase): string =>
  recorded.definitionText ?? printJson(givenDefinition(recorded));
