import { InvariantViolation, OrchestratorError } from "#core/errors.ts";

const renewCredentials =
  "Renew the credentials of this process (for a person: sign in again); what waits goes on by itself.";
const allow = "Allow the call in the role of this process; docs/deploy.md lists what each needs.";
const deploy =
  "Deploy the environment (cdk deploy), or correct the name and the region that this process was given.";

/** What to do about an error of AWS that does not pass by itself, by its name. */
const actions: Readonly<Record<string, string>> = {
  CredentialsProviderError: renewCredentials,
  ExpiredToken: renewCredentials,
  ExpiredTokenException: renewCredentials,
  IncompleteSignature: renewCredentials,
  InvalidAccessKeyId: renewCredentials,
  InvalidClientTokenId: renewCredentials,
  InvalidSignatureException: renewCredentials,
  RequestExpired: renewCredentials,
  SignatureDoesNotMatch: renewCredentials,
  TokenProviderError: renewCredentials,
  UnrecognizedClientException: renewCredentials,
  AccessDenied: allow,
  AccessDeniedException: allow,
  KmsAccessDenied: allow,
  KMSAccessDeniedException: allow,
  NoSuchBucket: deploy,
  QueueDoesNotExist: deploy,
  ResourceNotFoundException: deploy,
};

/** Errors that say that the request itself was wrong: a bug, which no repetition mends. */
const bugs: ReadonlySet<string> = new Set([
  "BatchEntryIdsNotDistinct",
  "BatchRequestTooLong",
  "EmptyBatchRequest",
  "InvalidBatchEntryId",
  "InvalidMessageContents",
  "ItemCollectionSizeLimitExceededException",
  "SerializationException",
  "TooManyEntriesInBatchRequest",
  "ValidationException",
]);

/** Own errors and those of JavaScript itself say what they are. */
const isOwn = (error: Error): boolean =>
  error instanceof OrchestratorError ||
  error instanceof InvariantViolation ||
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof SyntaxError ||
  error instanceof ReferenceError;

/** An error of AWS or of the way to it, in the words of the ports; `place` says what was called. */
const translateError = (error: unknown, place: string): unknown => {
  if (!(error instanceof Error) || isOwn(error)) return error;
  const { name, message } = error;
  const text = `${place} failed: ${name}: ${message}`;
  if (bugs.has(name)) return new InvariantViolation(text, { cause: error });
  const action = actions[name];
  return new OrchestratorError("storage-unavailable", text, {
    ...(action === undefined ? {} : { action }),
    details: { name },
    cause: error,
  });
};

/** Calls AWS; what goes wrong rejects with an error of the ports. */
export const calling = async <T>(place: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw translateError(error, place);
  }
};
