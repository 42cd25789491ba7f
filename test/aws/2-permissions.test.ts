/** What the functions called in the files before this one, held against what their roles allow. */
import { readFileSync } from "node:fs";
import { type RunSimulationResults, runSimulation } from "@cloud-copilot/iam-simulate";
import { describe, expect, it } from "vitest";
import { type AwsCall, accountId } from "./aws-call.ts";
import { deployerKey } from "./cdk-command.ts";
import { type DeployedEnvironment, environmentNamed } from "./environment.ts";
import { logicalName, type Policy, policyOf } from "./policies.ts";
import { testbed } from "./testbed.ts";
import { unusedPermissions } from "./unused-permissions.ts";

const units = ["northbound", "turn", "ingest", "sweep"] as const;
type Unit = (typeof units)[number];

const calls: readonly AwsCall[] = readFileSync(testbed().callsFile, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as AwsCall);

/** By which the emulator knows a function's own calls; those in a role that a state names have another. */
const functionKey = accountId;

const key = ({ action, resources, context }: AwsCall): string =>
  `${action} ${resources.join(" ")} ${JSON.stringify(context)}`;

/** One of each kind: a call of the same action on the same resources proves nothing more. */
const callsOf = (environment: DeployedEnvironment, unit: Unit): readonly AwsCall[] => {
  const made = calls.filter(
    ({ caller, accessKey }) =>
      caller === `holdfast-${environment.name}-${unit}` && accessKey === functionKey,
  );
  return [...new Map(made.map((call) => [key(call), call])).values()];
};

interface Permission {
  readonly action: string;
  readonly resource: string;
}

/** The policy that CDK gives a key of KMS: the account's roles decide. Without it no role could use the key. */
const keyPolicy = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: "kms:*",
      Resource: "*",
    },
  ],
};

/**
 * The simulator drops keys of the kind `kms:EncryptionContext:NAME` from a request, and so denies whatever wants one.
 * Statements that want one are decided here, by equality: those that hold go to the simulator without it.
 */
const applicable = (policy: Policy, context: AwsCall["context"] = {}): Policy => ({
  ...policy,
  Statement: policy.Statement.flatMap(({ Condition, ...statement }) => {
    if (Condition === undefined) return [statement];
    const { StringEquals, ...others } = Condition;
    const wanted = Object.entries((StringEquals ?? {}) as Readonly<Record<string, string>>);
    const isOfContext = wanted.every(([name]) => name.startsWith("kms:EncryptionContext:"));
    if (!isOfContext || wanted.length === 0 || Object.keys(others).length > 0)
      return [{ ...statement, Condition }];
    return wanted.every(([name, value]) => context[name] === value) ? [statement] : [];
  }),
});

const simulate = (
  policy: Policy,
  request: Permission & Partial<Pick<AwsCall, "context">>,
): Promise<RunSimulationResults> =>
  runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${accountId}:role/unit`,
        action: request.action,
        resource: { resource: request.resource, accountId },
        contextVariables: {},
      },
      identityPolicies: [{ name: "role", policy: applicable(policy, request.context) }],
      ...(request.action.startsWith("kms:") && { resourcePolicy: keyPolicy }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );

const verdict = (results: RunSimulationResults): string =>
  results.resultType === "error"
    ? `not a request: ${JSON.stringify(results.errors)}`
    : results.overallResult;

const permissionsIn = ({ Statement }: Policy): readonly Permission[] =>
  Statement.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))),
  );

const isUsed = async (
  { action, resource }: Permission,
  made: readonly AwsCall[],
): Promise<boolean> => {
  const Statement = [{ Effect: "Allow" as const, Action: [action], Resource: [resource] }];
  const called = made.filter((call) => call.action === action).flatMap((call) => call.resources);
  const found = await Promise.all(
    called.map((each) =>
      simulate({ Version: "2012-10-17", Statement }, { action, resource: each }),
    ),
  );
  return found.some((each) => verdict(each) === "Allowed");
};

describe.each(["First", "Second"])("the functions of the environment %s", (name) => {
  it("made calls that are understood, each with a role of its own", async () => {
    const environment = await environmentNamed(name);
    const made = units.flatMap((unit) => callsOf(environment, unit));
    expect(made.filter(({ action }) => action === "").map(({ request }) => request)).toEqual([]);
    for (const unit of ["northbound", "turn"] as const)
      expect(callsOf(environment, unit).length, unit).toBeGreaterThan(0);
  });

  it.each(units)("%s: its role allows every call that it made", async (unit) => {
    const environment = await environmentNamed(name);
    const policy = policyOf(environment, unit);
    const refused: string[] = [];
    for (const { action, resources, context } of callsOf(environment, unit)) {
      for (const resource of resources) {
        const found = verdict(await simulate(policy, { action, resource, context }));
        if (found !== "Allowed") refused.push(`${action} ${resource}: ${found}`);
      }
    }
    expect(refused).toEqual([]);
  });

  it.each(units)("%s: its role allows no call on the other environment", async (unit) => {
    const environment = await environmentNamed(name);
    const other = await environmentNamed(name === "First" ? "Second" : "First");
    const policy = policyOf(environment, unit);
    for (const { action, resources, context } of callsOf(other, unit)) {
      for (const resource of resources) {
        const found = verdict(await simulate(policy, { action, resource, context }));
        expect(found, `${action} ${resource}`).toBe("ImplicitlyDenied");
      }
    }
  });
});

describe("a role", () => {
  it.each(units)(
    "of %s allows nothing that was not called, but for what is explained",
    async (unit) => {
      const environment = await environmentNamed("First");
      const made = callsOf(environment, unit);
      const unused: string[] = [];
      const allowed = permissionsIn(policyOf(environment, unit)).map((permission) => ({
        ...permission,
        name: `${permission.action} ${logicalName(environment, permission.resource)}`,
      }));
      for (const { name, ...permission } of allowed) {
        if (!(await isUsed(permission, made))) unused.push(name);
      }
      const explained = unusedPermissions(unit);
      expect(unused.filter((name) => !explained.has(name))).toEqual([]);
      // An explanation of what the role does not allow any more is taken out.
      const names = new Set(allowed.map(({ name }) => name));
      expect([...explained.keys()].filter((name) => !names.has(name))).toEqual([]);
    },
  );

  it("of northbound allows no key that was wrapped for another environment", async () => {
    const environment = await environmentNamed("First");
    const policy = policyOf(environment, "northbound");
    const made = callsOf(environment, "northbound").filter(({ action }) => /^kms:/.test(action));
    expect(made.map(({ action }) => action).sort()).toEqual(["kms:Decrypt", "kms:GenerateDataKey"]);
    for (const { action, resources, context } of made) {
      const own = { action, resource: resources[0] ?? "", context };
      expect(verdict(await simulate(policy, own))).toBe("Allowed");
      const [name = ""] = Object.keys(context);
      for (const other of [{ [name]: "Second" }, {}]) {
        expect(verdict(await simulate(policy, { ...own, context: other }))).toBe(
          "ImplicitlyDenied",
        );
      }
    }
  });

  it("would be found out if it allowed less", async () => {
    const environment = await environmentNamed("First");
    const policy = policyOf(environment, "turn");
    const less = {
      ...policy,
      Statement: policy.Statement.filter(({ Action }) => !Action.includes("dynamodb:PutItem")),
    };
    const puts = callsOf(environment, "turn").filter(({ action }) => action === "dynamodb:PutItem");
    expect(puts.length).toBeGreaterThan(0);
    for (const { action, resources } of puts) {
      const found = verdict(await simulate(less, { action, resource: resources[0] ?? "" }));
      expect(found).toBe("ImplicitlyDenied");
    }
  });
});

describe("the deployer", () => {
  it("needs no more for the calls of its own than the policy in the documentation allows", async () => {
    const document = new URL("../../docs/deployer-policy.json", import.meta.url);
    const policy = JSON.parse(readFileSync(document, "utf8")) as Policy;
    const own = calls
      .filter(({ accessKey }) => accessKey === deployerKey)
      // Whoever has credentials may ask who they are.
      .filter(({ action }) => action !== "sts:GetCallerIdentity");
    expect(own.length).toBeGreaterThan(10);
    const refused = new Set<string>();
    for (const { action, resources, request } of own) {
      const [resource = "*"] = resources;
      const found = verdict(await simulate(policy, { action, resource }));
      if (found !== "Allowed") refused.add(`${action} ${resource} (${request}): ${found}`);
    }
    expect([...refused]).toEqual([]);
  });
});
