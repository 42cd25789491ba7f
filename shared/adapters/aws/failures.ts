/** Errors of the SDK as Step Functions names them. */
import { ActivityError } from "../adapter.ts";
import { javaExceptionName, javaExceptionNameBefore, javaServiceName } from "./java-names.ts";
import type { SdkModule } from "./sdk-packages.ts";

/** How the errors of one service are worded. */
export interface ErrorWording {
  /** What stands before the dot. */
  readonly prefix: string;
  /** The name of an error that the service's model does not have. */
  readonly general: string;
  readonly nameOf: (error: string) => string;
  readonly causeOf: (error: ServiceError) => string;
}

/** An error that a service has answered with. */
interface ServiceError {
  readonly name: string;
  readonly message: string;
  readonly Code?: string;
  readonly $metadata: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly extendedRequestId?: string;
    readonly attempts?: number;
  };
}

const sdkCause = (service: string, { message, $metadata }: ServiceError): string => {
  const { httpStatusCode, requestId, extendedRequestId, attempts = 1 } = $metadata;
  const extended =
    extendedRequestId === undefined ? "" : `, Extended Request ID: ${extendedRequestId}`;
  return `${message} (Service: ${service}, Status Code: ${httpStatusCode}, Request ID: ${requestId}${extended}) (SDK Attempt Count: ${attempts})`;
};

/** Of `aws-sdk:<service>`: version 2 of the SDK for Java. */
export const sdkWording = (serviceId: string): ErrorWording => {
  const prefix = javaServiceName(serviceId);
  return {
    prefix,
    general: `${prefix}Exception`,
    nameOf: javaExceptionName,
    causeOf: (error) => sdkCause(prefix, error),
  };
};

/** Of Step Functions' own integrations: version 1 of the SDK for Java. */
export const ownWording = (words: {
  readonly prefix: string;
  readonly general: string;
  readonly service: string;
}): ErrorWording => ({
  prefix: words.prefix,
  general: words.general,
  nameOf: javaExceptionNameBefore,
  causeOf: ({ message, name, Code = name, $metadata: { httpStatusCode, requestId } }) =>
    `${message} (Service: ${words.service}; Status Code: ${httpStatusCode}; Error Code: ${Code}; Request ID: ${requestId}; Proxy: null)`,
});

const isFromService = (error: Error): error is Error & ServiceError =>
  (error as Partial<ServiceError>).$metadata?.httpStatusCode !== undefined;

/** Whether the model of the service has an error of this name: then its client has a class for it. */
const isModelled = (client: SdkModule, error: Error): boolean => {
  const known = client[error.name];
  return typeof known === "function" && error instanceof known;
};

const credentialsAdvice =
  "give the server credentials as for any AWS tool (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role), and start it again";

const ofClient = (error: Error): string => {
  if (/Credentials|Token(Provider)?Error/.test(error.name))
    return `Unable to load credentials: ${error.message}; ${credentialsAdvice}`;
  const { code } = error as { readonly code?: string };
  const message = error.message === "" ? (code ?? error.name) : error.message;
  return `Unable to execute HTTP request: ${message}`;
};

/** The failure of a call. What never reached a service is a `SdkClientException`, as in Java. */
export const failureOf = (
  thrown: unknown,
  client: SdkModule,
  wording: ErrorWording,
): ActivityError => {
  if (thrown instanceof ActivityError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const named = (name: string, cause: string) =>
    new ActivityError(`${wording.prefix}.${name}`, cause, { cause: thrown });
  if (!isFromService(error)) return named("SdkClientException", ofClient(error));
  const name = isModelled(client, error) ? wording.nameOf(error.name) : wording.general;
  return named(name, wording.causeOf(error));
};
