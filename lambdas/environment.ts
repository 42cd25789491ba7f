import type { Identity } from "#core/execution/program.ts";

/** What an environment on AWS consists of, as its functions are told by their variables (docs/adr/0016). */
export interface Environment {
  readonly name: string;
  /** Of Holdfast. */
  readonly version: string;
  readonly executionsTable: string;
  readonly catalogTable: string;
  readonly shards: number;
  readonly workQueueUrl: string;
  readonly bucket: string;
  /** In KMS. */
  readonly keyArn: string;
  readonly eventBus: string;
  readonly adminSecretArn: string;
  /** Account and home region: the same for every region of the environment. */
  readonly identity: Identity;
}

type Variables = Readonly<Record<string, string | undefined>>;

const shardsMax = 100;
const accountPattern = /^\d{12}$/;

/** Reads the variables of a function; throws an error that names each one that is missing or wrong. */
export const readEnvironment = (variables: Variables): Environment => {
  const faults: string[] = [];
  const text = (name: string): string => {
    const value = variables[name] ?? "";
    if (value === "") faults.push(`${name} is missing`);
    return value;
  };
  const shards = Number(text("HOLDFAST_SHARDS"));
  if (!Number.isInteger(shards) || shards < 1 || shards > shardsMax)
    faults.push(`HOLDFAST_SHARDS is no whole number from 1 to ${shardsMax}`);
  const workQueueUrl = text("HOLDFAST_WORK_QUEUE_URL");
  if (!URL.canParse(workQueueUrl)) faults.push("HOLDFAST_WORK_QUEUE_URL is no URL");
  const identity = { account: text("HOLDFAST_ACCOUNT"), region: text("HOLDFAST_REGION") };
  if (!accountPattern.test(identity.account)) faults.push("HOLDFAST_ACCOUNT is not 12 digits");
  const environment: Environment = {
    name: text("HOLDFAST_ENVIRONMENT"),
    version: text("HOLDFAST_VERSION"),
    executionsTable: text("HOLDFAST_EXECUTIONS_TABLE"),
    catalogTable: text("HOLDFAST_CATALOG_TABLE"),
    shards,
    workQueueUrl,
    bucket: text("HOLDFAST_BUCKET"),
    keyArn: text("HOLDFAST_KEY_ARN"),
    eventBus: text("HOLDFAST_EVENT_BUS"),
    adminSecretArn: text("HOLDFAST_ADMIN_SECRET_ARN"),
    identity,
  };
  if (faults.length === 0) return environment;
  throw new Error(
    `This function is not set up: ${faults.join("; ")}. Deploy the environment again, which sets these variables.`,
  );
};
