import {
  loggingLevels,
  loggingProblem,
  rolePattern,
  type StateMachineSettings,
} from "#catalog/state-machine-settings.ts";
import { type TagSet, tagLimits } from "#catalog/tags.ts";
import type { JsonObject } from "#core/json.ts";
import { z } from "../z.ts";
import { ServiceFault } from "./service-fault.ts";

/** The names that processes have. */
const namePattern = /^(?=.*[^.])[A-Za-z0-9._-]{1,80}$/;

/** Throws where a thing cannot have the name. */
export const mustBeName = (name: string): void => {
  if (namePattern.test(name)) return;
  throw new ServiceFault(
    "InvalidName",
    `Invalid Name: '${name}' (1 to 80 of A-Z a-z 0-9 . _ - are allowed here)`,
  );
};

const { countMax, keySizeMax, valueSizeMax } = tagLimits;

export const tagKeyField = z.string().min(1).max(keySizeMax);

export const tagsField = z
  .array(z.object({ key: tagKeyField, value: z.string().max(valueSizeMax).default("") }))
  .max(200);

/** Tags as they are kept; of a key that comes twice the last value. */
export const tagSetOf = (tags: z.output<typeof tagsField>): TagSet =>
  Object.fromEntries(tags.map(({ key, value }) => [key, value]));

/** Throws where these are more tags than a thing may have. */
export const mustBeFew = (tags: TagSet): void => {
  if (Object.keys(tags).length <= countMax) return;
  throw new ServiceFault("TooManyTags", `At most ${countMax} tags are allowed`);
};

export const definitionField = z.string().min(1).max(1_048_576);

export const loggingField = z
  .object({
    level: z.enum(loggingLevels).optional(),
    includeExecutionData: z.boolean().optional(),
    destinations: z
      .array(
        z.object({
          cloudWatchLogsLogGroup: z.object({ logGroupArn: z.string().optional() }).optional(),
        }),
      )
      .optional(),
  })
  .optional();

export const tracingField = z.object({ enabled: z.boolean().optional() }).optional();

export const encryptionField = z
  .object({
    type: z.enum(["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"]),
    kmsKeyId: z.string().optional(),
    kmsDataKeyReusePeriodSeconds: z.int().optional(),
  })
  .optional();

/** What may be said of a state machine beside its definition. */
export interface Configuration {
  readonly roleArn?: string | undefined;
  readonly loggingConfiguration?: z.output<typeof loggingField>;
  readonly tracingConfiguration?: z.output<typeof tracingField>;
  readonly encryptionConfiguration?: z.output<typeof encryptionField>;
}

/** Throws where a configuration cannot be; a key of the caller's own would promise what is not done. */
export const mustBeConfiguration = (given: Configuration): void => {
  const { roleArn, loggingConfiguration: logging, encryptionConfiguration: encryption } = given;
  if (roleArn !== undefined && !rolePattern.test(roleArn))
    throw new ServiceFault("InvalidArn", `Invalid Role Arn: '${roleArn}'`);
  if (encryption !== undefined && encryption.type !== "AWS_OWNED_KEY")
    throw new ServiceFault(
      "InvalidEncryptionConfiguration",
      "Keys of single state machines are not used here: the environment has one key for all",
    );
  const problem = logging && loggingProblem(logging);
  if (problem !== undefined)
    throw new ServiceFault(
      "InvalidLoggingConfiguration",
      `Invalid Logging Configuration: '${problem}'`,
    );
};

/** What of a configuration is kept, over what was kept before. */
export const settingsOf = (
  { roleArn, loggingConfiguration, tracingConfiguration }: Configuration,
  before: StateMachineSettings = {},
): StateMachineSettings => ({
  ...before,
  ...(roleArn !== undefined && { roleArn }),
  ...(loggingConfiguration !== undefined && {
    loggingConfiguration: loggingConfiguration as JsonObject,
  }),
  ...(tracingConfiguration !== undefined && {
    tracingConfiguration: tracingConfiguration as JsonObject,
  }),
});
