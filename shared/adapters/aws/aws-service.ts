/** A service of AWS through its client of the SDK for JavaScript. */
import { ActivityError } from "../adapter.ts";
import { type OperationSchemas, schemasOf } from "./schema.ts";
import type { SdkModule, SdkPackage, SdkPackages } from "./sdk-packages.ts";

/** What the middleware of a command sees of an answer. */
export interface HttpAnswer {
  readonly response?: {
    readonly statusCode?: number;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

type Handler = (call: unknown) => Promise<HttpAnswer>;

export interface SdkCommand {
  readonly schema?: unknown;
  readonly middlewareStack: {
    readonly add: (
      middleware: (next: Handler) => Handler,
      options: { readonly step: "deserialize"; readonly name: string; readonly priority: "high" },
    ) => void;
  };
}

export interface SdkClient {
  readonly config: { readonly serviceId: string; readonly requestHandler: unknown };
  readonly send: (
    command: SdkCommand,
    options: { readonly abortSignal: AbortSignal },
  ) => Promise<Record<string, unknown>>;
  readonly destroy: () => void;
}

type CommandClass = new (input: Record<string, unknown>) => SdkCommand;
type ClientClass = new (settings: Readonly<Record<string, unknown>>) => SdkClient;

/** One call that a service offers. */
export interface Operation extends OperationSchemas {
  readonly command: CommandClass;
}

export interface AwsService {
  /** As in `aws-sdk:<service>`. */
  readonly name: string;
  readonly client: SdkModule;
  readonly newClient: (settings: Readonly<Record<string, unknown>>) => SdkClient;
  /** Fails with `States.Runtime` where there is no such call. */
  readonly operation: (action: string) => Operation;
}

/** What to do where the client of a service is not installed. */
export const missingClient = (service: string): string =>
  `the AWS SDK's client for "${service}" is not installed: npm install @aws-sdk/client-${service}, where holdfast is installed or in the directory that the server is started in (some names have hyphens, as client-cloudwatch-logs for cloudwatchlogs)`;

const clientClassOf = (client: SdkModule): ClientClass | undefined => {
  const name = Object.keys(client).find((key) => /[^_]Client$/.test(key) && !key.startsWith("_"));
  return name === undefined ? undefined : (client[name] as ClientClass);
};

const commandIn = (client: SdkModule, action: string): CommandClass | undefined => {
  // Java writes capitals otherwise: describeDbInstances, DescribeDBInstancesCommand.
  const wanted = `${action}command`.toLowerCase();
  const name = Object.keys(client).find((key) => key.toLowerCase() === wanted);
  return name === undefined ? undefined : (client[name] as CommandClass);
};

const unusable = (name: string): ActivityError =>
  new ActivityError("Holdfast.AwsClientMissing", missingClient(name));

const operationOf = (name: string, { client, schema }: SdkPackage, action: string): Operation => {
  const command = commandIn(client, action);
  if (command === undefined)
    throw new ActivityError(
      "States.Runtime",
      `the installed AWS SDK's client for "${name}" has no call "${action}"; is it misspelt, or the client older than the call?`,
    );
  const schemas = schemasOf(schema, new command({}).schema, `@aws-sdk/client-${name}`);
  if (schemas.input.getEventStreamMember() !== "" || schemas.output.getEventStreamMember() !== "")
    throw new ActivityError(
      "States.Runtime",
      `"${name}:${action}" is a stream of events, which no activity can be; call the variant without a stream`,
    );
  return { ...schemas, command };
};

/** Services by name, each loaded when it is first called: a client takes tens of milliseconds. */
export const awsServices = (packages: SdkPackages): ((name: string) => AwsService) => {
  const services = new Map<string, AwsService>();

  const load = (name: string): AwsService => {
    const found = packages.load(name);
    const clientClass = found === undefined ? undefined : clientClassOf(found.client);
    if (found === undefined || clientClass === undefined) throw unusable(name);
    const { client } = found;
    const operations = new Map<string, Operation>();
    return {
      name,
      client,
      newClient: (settings) => new clientClass(settings),
      operation: (action) => {
        const operation = operations.get(action) ?? operationOf(name, found, action);
        operations.set(action, operation);
        return operation;
      },
    };
  };

  return (name) => {
    const service = services.get(name) ?? load(name);
    services.set(name, service);
    return service;
  };
};
