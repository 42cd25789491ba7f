import { InvalidDeployment } from "./invalid-deployment.ts";
import { memoryMib } from "./memory.ts";

/** What differs between an environment that people depend on and one to try things in. */
export interface Profile {
  /** Tables, key and secret outlive the stack, and cannot be deleted by mistake. */
  readonly isProtected: boolean;
  readonly logRetentionDays: number;
  /** Point-in-time recovery of the tables reaches back this far. */
  readonly recoveryDays: number;
  /** A tenth of the calls first, and back again on an alarm; otherwise all at once. */
  readonly isCanary: boolean;
  /** Batches of work items that are taken at the same time, 10 items each. */
  readonly turnConcurrency: number;
  /** Memory of the turn function, and with it its share of a processor. */
  readonly turnMemoryMib: number;
}

const profiles: Readonly<Record<string, Profile>> = {
  production: {
    isProtected: true,
    logRetentionDays: 90,
    recoveryDays: 35,
    isCanary: true,
    turnConcurrency: 100,
    turnMemoryMib: memoryMib.turn,
  },
  development: {
    isProtected: false,
    logRetentionDays: 7,
    recoveryDays: 1,
    isCanary: false,
    turnConcurrency: 5,
    turnMemoryMib: memoryMib.turn,
  },
};

/** What a deployer says about an environment, by `-c NAME=VALUE` or in `cdk.json`. */
export interface Settings extends Profile {
  readonly environment: string;
  readonly profile: string;
  /** The environment is there already: to be upgraded, compared or removed. */
  readonly isExisting: boolean;
  /** Ask the account what it holds before anything is made. */
  readonly isChecked: boolean;
  /** Parts of each index of the tables; fixed at the first deployment. */
  readonly shards: number;
  /** Region in the ARNs that the environment gives; empty: the one that is deployed to. Fixed at the first deployment. */
  readonly homeRegion: string;
  /** E-mail address or ARN of an SNS topic that alarms go to; empty: nowhere. */
  readonly alarmsTo: string;
  /** ARNs of managed policies: what activities may call in AWS. */
  readonly activityPolicies: readonly string[];
  /** ARNs of roles that activities may act in. */
  readonly activityRoles: readonly string[];
}

/** Every context value that is read; `cdk.json` holds their defaults and says what each is for. */
export const contextNames = [
  "environment",
  "profile",
  "existing",
  "check",
  "shards",
  "homeRegion",
  "alarmsTo",
  "activityPolicies",
  "activityRoles",
  "canary",
  "turnConcurrency",
  "turnMemoryMib",
  "logRetentionDays",
] as const;

/** The context of a CDK app: what `cdk.json` and `-c` give together. */
export type Context = Readonly<Record<string, unknown>>;

type ContextName = (typeof contextNames)[number];

/** CloudFormation's names of stacks hold no underscore, and generated names have 64 characters. */
const environmentPattern = /^[A-Za-z][A-Za-z0-9-]{0,29}$/;

const textIn = (context: Context, name: ContextName): string => {
  const value = context[name];
  return value === undefined || value === null ? "" : String(value).trim();
};

const refuse = (name: ContextName, value: string, allowed: string): never => {
  const what = value === "" ? "has no value" : `cannot be "${value}"`;
  throw new InvalidDeployment(`the context value ${name} ${what}`, {
    action: `Use ${allowed}: -c ${name}=VALUE.`,
  });
};

const environmentIn = (context: Context): string => {
  const name = textIn(context, "environment");
  if (environmentPattern.test(name) && !name.endsWith("-")) return name;
  return refuse(
    "environment",
    name,
    "1 to 30 of the characters A-Z a-z 0-9 - that begin with a letter and do not end with -",
  );
};

const flagIn = (context: Context, name: ContextName): boolean => {
  const value = textIn(context, name);
  if (value === "true" || value === "false") return value === "true";
  return refuse(name, value, "true or false");
};

interface Range {
  readonly min: number;
  readonly max: number;
}

const numberIn = (context: Context, name: ContextName, { min, max }: Range): number => {
  const value = textIn(context, name);
  const number = /^\d{1,6}$/.test(value) ? Number.parseInt(value, 10) : Number.NaN;
  if (number >= min && number <= max) return number;
  return refuse(name, value, `a whole number from ${min} to ${max}`);
};

const profileIn = (context: Context): { readonly name: string; readonly profile: Profile } => {
  const name = textIn(context, "profile");
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  return { name, profile: profile ?? refuse("profile", name, Object.keys(profiles).join(" or ")) };
};

const regionPattern = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/;

const homeRegionIn = (context: Context): string => {
  const region = textIn(context, "homeRegion");
  if (region === "" || regionPattern.test(region)) return region;
  return refuse("homeRegion", region, "the name of a region of AWS");
};

const topicPattern = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:\S+$/;
const addressPattern = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

const alarmsToIn = (context: Context): string => {
  const to = textIn(context, "alarmsTo");
  if (to === "" || topicPattern.test(to) || addressPattern.test(to)) return to;
  return refuse("alarmsTo", to, "an e-mail address or the ARN of an SNS topic");
};

const policyPattern = /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/;
const rolePattern = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

const arnsIn = (context: Context, name: ContextName, pattern: RegExp): readonly string[] => {
  const arns = textIn(context, name)
    .split(/[\s]+/)
    .filter((arn) => arn !== "");
  const wrong = arns.find((arn) => !pattern.test(arn));
  return wrong === undefined ? arns : refuse(name, wrong, "ARNs with spaces between them");
};

/** The days that CloudWatch Logs offers (PutRetentionPolicy). */
const retentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827];

const logRetentionIn = (context: Context): number => {
  const days = numberIn(context, "logRetentionDays", { min: 1, max: 1827 });
  if (retentionDays.includes(days)) return days;
  return refuse("logRetentionDays", String(days), `one of ${retentionDays.join(", ")}`);
};

/** The settings in the context, or an {@link InvalidDeployment} that names the value to change. */
export const settingsIn = (context: Context): Settings => {
  const { name, profile } = profileIn(context);
  const isGiven = (value: ContextName): boolean => textIn(context, value) !== "";
  return {
    ...profile,
    environment: environmentIn(context),
    profile: name,
    isExisting: flagIn(context, "existing"),
    isChecked: flagIn(context, "check"),
    shards: numberIn(context, "shards", { min: 1, max: 64 }),
    homeRegion: homeRegionIn(context),
    alarmsTo: alarmsToIn(context),
    activityPolicies: arnsIn(context, "activityPolicies", policyPattern),
    activityRoles: arnsIn(context, "activityRoles", rolePattern),
    ...(isGiven("canary") && { isCanary: flagIn(context, "canary") }),
    ...(isGiven("turnConcurrency") && {
      turnConcurrency: numberIn(context, "turnConcurrency", { min: 2, max: 1000 }),
    }),
    ...(isGiven("turnMemoryMib") && {
      turnMemoryMib: numberIn(context, "turnMemoryMib", { min: 256, max: 10_240 }),
    }),
    ...(isGiven("logRetentionDays") && { logRetentionDays: logRetentionIn(context) }),
  };
};
