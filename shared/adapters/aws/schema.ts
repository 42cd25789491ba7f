import { ActivityError } from "../adapter.ts";
import type { SdkModule } from "./sdk-packages.ts";

/** The shape of a request, a response, or a part of one, as the SDK's own reader of schemas shows it. */
export interface Schema {
  readonly isStructSchema: () => boolean;
  readonly isListSchema: () => boolean;
  readonly isMapSchema: () => boolean;
  readonly isBlobSchema: () => boolean;
  readonly isTimestampSchema: () => boolean;
  readonly isStringSchema: () => boolean;
  readonly isNumericSchema: () => boolean;
  readonly isBooleanSchema: () => boolean;
  readonly isBigIntegerSchema: () => boolean;
  readonly isStreaming: () => boolean;
  readonly isUnitSchema: () => boolean;
  readonly isIdempotencyToken: () => boolean;
  readonly getEventStreamMember: () => string;
  readonly getValueSchema: () => Schema;
  readonly structIterator: () => Iterable<readonly [string, Schema]>;
}

/** Where an operation's schema has those of its request and its response. */
const inputAt = 4;
const outputAt = 5;

export interface OperationSchemas {
  readonly input: Schema;
  readonly output: Schema;
}

/** The schemas of a command. Fails where the SDK is of before there were any. */
export const schemasOf = (
  reader: SdkModule | undefined,
  operation: unknown,
  packageName: string,
): OperationSchemas => {
  const { NormalizedSchema } = (reader ?? {}) as {
    readonly NormalizedSchema?: { readonly of: (schema: unknown) => Schema };
  };
  if (NormalizedSchema === undefined || !Array.isArray(operation))
    throw new ActivityError(
      "Holdfast.AwsClientTooOld",
      `the installed ${packageName} does not describe its calls: install a newer one (npm install ${packageName}@latest), and start the server again`,
    );
  return {
    input: NormalizedSchema.of(operation[inputAt]),
    output: NormalizedSchema.of(operation[outputAt]),
  };
};

/** The fields of a structure; none of what has none. */
export const fieldsOf = (schema: Schema): readonly (readonly [string, Schema])[] =>
  schema.isStructSchema() && !schema.isUnitSchema() ? [...schema.structIterator()] : [];
