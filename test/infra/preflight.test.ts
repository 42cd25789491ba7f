import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { preflight } from "../../cdk/preflight.ts";
import { settingsIn } from "../../cdk/settings.ts";
import cdkJson from "../../cdk.json" with { type: "json" };
import { type Account, accountWith } from "./aws-account.ts";

interface Ended {
  readonly code: number | null;
  readonly said: string;
  /** Files that the app wrote for the command to deploy. */
  readonly written: readonly string[];
  /** What it called in the account. */
  readonly calls: readonly string[];
}

/** Every call that a deployment may make before anything is made: none of them changes anything. */
const reading = ["GetCallerIdentity", "ListScheduleGroups", "ListStacks", "DescribeStacks"];

/** Runs the app as the CDK command does: context and destination in variables. */
const deploy = async (
  context: Readonly<Record<string, string>>,
  account: Account & { readonly id?: string; readonly hasKeys?: boolean } = {},
): Promise<Ended> => {
  const { url, calls } = await accountWith(account);
  const outdir = mkdtempSync(join(tmpdir(), "holdfast-app-"));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  const app = spawn(process.execPath, ["cdk/app.ts"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      HOME: outdir,
      AWS_ENDPOINT_URL: url,
      AWS_EC2_METADATA_DISABLED: "true",
      ...(account.hasKeys !== false && {
        AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
        AWS_SECRET_ACCESS_KEY: "secret",
      }),
      CDK_DEFAULT_REGION: "eu-west-1",
      ...(account.id !== undefined && { CDK_DEFAULT_ACCOUNT: account.id }),
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }),
    },
  });
  const [, said, code] = await Promise.all([
    text(app.stdout),
    text(app.stderr),
    new Promise<number | null>((resolve) => app.on("close", resolve)),
  ]);
  const written = readdirSync(outdir).filter((name) => name.endsWith(".template.json"));
  for (const call of calls) expect(reading).toContain(call);
  return { code, said, written, calls };
};

const refused = (ended: Ended, message: string | RegExp): void => {
  expect(ended.said).toMatch(message);
  expect(ended.said).toContain("Nothing was deployed.");
  expect(ended.code).toBe(1);
  expect(ended.written).toEqual([]);
};

const there = {
  stacks: { "Holdfast-PRODUCTION": "CREATE_COMPLETE" },
  outputs: { Shards: "4", HomeRegion: "eu-west-1" },
};

describe("a deployment is refused before anything is made", () => {
  it("when the environment's name is missing or not allowed, without a call", async () => {
    for (const environment of ["", "PROD_EU"]) {
      const ended = await deploy({ environment });
      refused(ended, /the context value environment (has no value|cannot be "PROD_EU")/);
      expect(ended.calls).toEqual([]);
    }
  });

  it("when the environment has another home region, or other shards, where it was made", async () => {
    const made = { ...there, outputs: { Shards: "4", HomeRegion: "us-west-2" } };
    const account = { elsewhere: { "us-east-2": made } };
    refused(
      await deploy({ homeRegion: "us-east-2" }, account),
      /the environment PRODUCTION in us-east-2 has the homeRegion us-west-2, not us-east-2\nRepeat the command with -c homeRegion=us-west-2\./,
    );
    refused(
      await deploy(
        { homeRegion: "us-east-2" },
        {
          elsewhere: {
            "us-east-2": { ...made, outputs: { Shards: "8", HomeRegion: "us-east-2" } },
          },
        },
      ),
      /has the shards 8, not 4\nRepeat the command with -c shards=8\./,
    );
  });

  it("when the home region cannot be asked", async () => {
    const account = { elsewhere: { "us-east-9": { refusal: "InvalidClientTokenId" } } };
    refused(
      await deploy({ homeRegion: "us-east-9" }, account),
      /CloudFormation in the home region us-east-9 cannot be asked/,
    );
  });

  it("when the credentials have expired", async () => {
    const ended = await deploy({}, { refusal: "ExpiredToken" });
    refused(ended, "the AWS credentials have expired (ExpiredToken: The security token");
    expect(ended.said).toContain("Sign in again");
    expect(ended.calls).toEqual(["GetCallerIdentity"]);
  });

  it("when the credentials are not known to AWS", async () => {
    refused(await deploy({}, { refusal: "InvalidClientTokenId" }), "are not known to AWS");
  });

  it("when there are no credentials", async () => {
    refused(await deploy({}, { hasKeys: false }), "there are no AWS credentials");
  });

  it("when they lead to another account than the command's", async () => {
    const ended = await deploy({}, { id: "999999999999" });
    refused(ended, /lead to account 123456789012, the CDK command to account 999999999999/);
    expect(ended.said).toContain("AWS_PROFILE");
  });

  it("when EventBridge Scheduler cannot be reached in the region", async () => {
    const ended = await deploy({}, { hasScheduler: false });
    refused(ended, /EventBridge Scheduler, .*, cannot be reached in the region eu-west-1/);
    expect(ended.said).toContain("Choose a region that has it");
  });

  it("when an environment of the name is there and was not said to be", async () => {
    const ended = await deploy({}, there);
    refused(ended, "PRODUCTION is in account 123456789012, region eu-west-1 already");
    expect(ended.said).toContain("-c existing=true");
  });

  it("when a name differs from one that is there by upper and lower case only", async () => {
    const ended = await deploy({ environment: "Production", existing: "true" }, there);
    refused(ended, /Holdfast-PRODUCTION, whose name differs from Holdfast-Production/);
  });

  it("when the environment to be upgraded is not there", async () => {
    refused(await deploy({ existing: "true" }), "there is no environment PRODUCTION in account");
  });

  it("when it would change what is fixed at the first deployment", async () => {
    const ended = await deploy({ existing: "true", shards: "8" }, there);
    refused(ended, "the environment was made with shards 4, which cannot be changed to 8");
    expect(ended.said).toContain("-c shards=4");
    const moved = await deploy({ existing: "true", homeRegion: "us-east-1" }, there);
    refused(moved, "made with homeRegion eu-west-1, which cannot be changed to us-east-1");
    const second = { ...there, outputs: { Shards: "4", HomeRegion: "us-east-1" } };
    refused(await deploy({ existing: "true" }, second), "cannot be changed to eu-west-1");
  });
});

describe("a deployment goes on", () => {
  it("for a new environment, also where an earlier attempt left a stack with nothing in it", async () => {
    const stacks = {
      "Holdfast-Gone": "DELETE_COMPLETE",
      "Holdfast-RolledBack": "ROLLBACK_COMPLETE",
      "Holdfast-Looked-At": "REVIEW_IN_PROGRESS",
    };
    for (const name of Object.keys(stacks)) {
      const environment = name.replace("Holdfast-", "");
      const { url } = await accountWith({ stacks });
      vi.stubEnv("AWS_ENDPOINT_URL", url);
      vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
      vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
      const settings = settingsIn({ ...cdkJson.context, environment });
      await expect(preflight(settings, { region: "eu-west-1" })).resolves.toBeUndefined();
    }
    vi.unstubAllEnvs();
  });

  it("for an environment that is there and said to be", async () => {
    const ended = await deploy({ existing: "true" }, { ...there, id: "123456789012" });
    expect(ended).toMatchObject({ code: 0, said: "" });
    expect(ended.written).toEqual(["Holdfast-PRODUCTION.template.json"]);
  });

  it("without an account where it is only to be synthesised", async () => {
    const ended = await deploy({ check: "false" }, { refusal: "ExpiredToken" });
    expect(ended).toMatchObject({ code: 0, calls: [] });
    expect(ended.written).toEqual(["Holdfast-PRODUCTION.template.json"]);
  });
});
