import { describe, expect, it } from "vitest";
import { InvalidDeployment } from "../../cdk/invalid-deployment.ts";
import { contextNames, type Settings, settingsIn } from "../../cdk/settings.ts";
import cdkJson from "../../cdk.json" with { type: "json" };

const settingsWith = (context: Readonly<Record<string, unknown>>): Settings =>
  settingsIn({ ...cdkJson.context, ...context });

const refusal = (context: Readonly<Record<string, unknown>>): string => {
  try {
    settingsWith(context);
  } catch (error) {
    if (error instanceof InvalidDeployment) return `${error.message} ${error.action}`;
    throw error;
  }
  throw new Error("the settings were accepted");
};

describe("the context of a deployment", () => {
  it("has a default and a meaning in cdk.json for every value that is read, and for no other", () => {
    const own = Object.keys(cdkJson.context).filter((name) => !name.startsWith("@aws-cdk/"));
    expect(own.sort()).toEqual([...contextNames].sort());
    expect(Object.keys(cdkJson.contextMeaning).sort()).toEqual([...contextNames].sort());
    for (const meaning of Object.values(cdkJson.contextMeaning)) expect(meaning).toMatch(/\.$/);
  });

  it("makes a protected environment PRODUCTION where nothing is said", () => {
    expect(settingsWith({})).toEqual({
      environment: "PRODUCTION",
      profile: "production",
      isProtected: true,
      isExisting: false,
      isChecked: true,
      isCanary: true,
      shards: 4,
      homeRegion: "",
      alarmsTo: "",
      activityPolicies: [],
      activityRoles: [],
      recoveryDays: 35,
      logRetentionDays: 90,
      turnConcurrency: 100,
      turnMemoryMib: 512,
    });
  });

  it("takes what is said over what the profile says", () => {
    const settings = settingsWith({
      profile: "development",
      canary: "true",
      turnConcurrency: "7",
      logRetentionDays: "30",
    });
    expect(settings).toMatchObject({
      isProtected: false,
      isCanary: true,
      turnConcurrency: 7,
      logRetentionDays: 30,
    });
  });

  it.each([
    ["environment", ""],
    ["environment", "PROD_EU"],
    ["environment", "1st"],
    ["environment", "with space"],
    ["environment", "ends-"],
    ["environment", "E".repeat(31)],
    ["profile", "test"],
    ["profile", "toString"],
    ["existing", "yes"],
    ["check", ""],
    ["canary", "perhaps"],
    ["homeRegion", "local"],
    ["homeRegion", "EU-WEST-1"],
    ["shards", "0"],
    ["shards", "65"],
    ["shards", "4.5"],
    ["shards", "-1"],
    ["turnConcurrency", "1"],
    ["turnConcurrency", "1001"],
    ["turnMemoryMib", "255"],
    ["logRetentionDays", "8"],
    ["logRetentionDays", "soon"],
    ["activityPolicies", "AdministratorAccess"],
    ["activityRoles", "arn:aws:iam::123456789012:policy/p"],
    ["alarmsTo", "operator"],
    ["alarmsTo", "arn:aws:sqs:eu-west-1:123456789012:queue"],
  ])("refuses %s=%j by name and says what it may be", (name, value) => {
    const said = refusal({ [name]: value });
    expect(said).toContain(`the context value ${name} `);
    expect(said).toContain(value === "" ? "has no value" : `cannot be "${value}"`);
    expect(said).toContain(`-c ${name}=VALUE`);
  });

  it("refuses a context without the environment's name", () => {
    expect(refusal({ environment: undefined })).toContain("environment has no value");
  });
});
