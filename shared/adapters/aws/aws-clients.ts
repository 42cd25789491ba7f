/** Clients of services: with the credentials of the server, or with those of a role that a state names. */
import { isJsonObject, type Json } from "#core/json.ts";
import { type ActivityContext, ActivityError } from "../adapter.ts";
import type { AwsService, SdkClient } from "./aws-service.ts";
import { failureOf, sdkWording } from "./failures.ts";

/** Connecting takes milliseconds; who does not answer in this time is not there. */
const connectTimeoutMs = 5_000;

/** Connections of one client; what comes beyond waits for one. The SDK's 50 are fewer than a server has activities. */
const connectionsMax = 500;

/** Assumed roles that are kept, some kilobytes each; the one that was not used for longest goes. */
const sessionsMax = 1_000;

/** Credentials are renewed so long before they expire, because a call may take a while. */
const renewBeforeMs = 300_000;

/** STS answers within a second. */
const assumeTimeoutMs = 30_000;

/** Servers on one's own machine have no names for their buckets, and queue URLs with names that nobody resolves. */
const settingsElsewhere: Readonly<Record<string, object>> = {
  s3: { forcePathStyle: true },
  sqs: { useQueueUrlAsEndpoint: false },
};

/** What the SDK would write on the console; what matters of it is in its errors. */
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

export interface AwsClientSettings {
  readonly region: string;
  /** Whether a service is called elsewhere than in AWS (AWS_ENDPOINT_URL); absent: none is. */
  readonly isElsewhere?: (service: string) => boolean;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

interface Session {
  readonly credentials: Credentials;
  readonly renewAtMs: number;
  readonly clients: Map<string, SdkClient>;
}

const rolePattern = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/;

const roleIn = (credentials: Json | undefined): string | undefined => {
  if (credentials === undefined || credentials === null) return undefined;
  const role = isJsonObject(credentials) ? credentials["RoleArn"] : undefined;
  if (typeof role === "string" && rolePattern.test(role)) return role;
  throw new ActivityError(
    "States.Runtime",
    'Credentials must have "RoleArn", the ARN of an IAM role',
  );
};

/** What CloudTrail shows: the execution, as far as a session's name can hold it. */
const sessionNameOf = (executionId: string): string =>
  executionId
    .replace(/[^\w+=,.@-]/g, "-")
    .slice(-64)
    .padStart(2, "-");

interface AssumeRoleAnswer {
  readonly Credentials?: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly SessionToken: string;
    readonly Expiration: Date;
  };
}

/** Who may not assume the role lacks a permission; else STS has failed, or was not reached. */
const refusal = (role: string, thrown: unknown, sts: AwsService): ActivityError => {
  const { error, message } = failureOf(thrown, sts.client, sdkWording("STS"));
  const isDenied = thrown instanceof Error && thrown.name.startsWith("AccessDenied");
  return new ActivityError(
    isDenied ? "States.Permissions" : error,
    `the role ${role} can not be assumed: ${message}`,
    { cause: thrown },
  );
};

/**
 * Repetitions are the Retry of the state: a client tries once. `close` ends the connections and what
 * still uses them.
 */
export class AwsClients {
  readonly #settings: AwsClientSettings;
  readonly #service: (name: string) => AwsService;
  readonly #own = new Map<string, SdkClient>();
  readonly #sessions = new Map<string, Promise<Session>>();

  constructor(settings: AwsClientSettings, service: (name: string) => AwsService) {
    this.#settings = settings;
    this.#service = service;
  }

  /** The client by which an activity calls a service. Fails where its role can not be assumed. */
  async clientFor(service: AwsService, context: ActivityContext): Promise<SdkClient> {
    const own = this.#ownClient(service);
    const role = roleIn(context.credentials);
    if (role === undefined) return own;
    const { credentials, clients } = await this.#session(role, context);
    const client =
      clients.get(service.name) ??
      service.newClient({
        ...this.#clientSettings(service),
        credentials,
        requestHandler: own.config.requestHandler,
      });
    clients.set(service.name, client);
    return client;
  }

  close(): void {
    // The clients of roles use the connections of these.
    for (const client of this.#own.values()) client.destroy();
    this.#own.clear();
    this.#sessions.clear();
  }

  #clientSettings({ name }: AwsService): Readonly<Record<string, unknown>> {
    const { region, isElsewhere } = this.#settings;
    const { [name]: elsewhere } = settingsElsewhere;
    return {
      region,
      maxAttempts: 1,
      logger: silent,
      ...(isElsewhere?.(name) === true && elsewhere),
    };
  }

  #ownClient(service: AwsService): SdkClient {
    const agent = { maxSockets: connectionsMax };
    const client =
      this.#own.get(service.name) ??
      service.newClient({
        ...this.#clientSettings(service),
        requestHandler: {
          connectionTimeout: connectTimeoutMs,
          httpAgent: agent,
          httpsAgent: agent,
        },
      });
    this.#own.set(service.name, client);
    return client;
  }

  async #session(role: string, context: ActivityContext): Promise<Session> {
    const key = `${role} ${context.executionId}`;
    const known = this.#sessions.get(key);
    this.#sessions.delete(key);
    const session = this.#fresh(known, role, context);
    this.#sessions.set(key, session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= sessionsMax) break;
      this.#sessions.delete(oldest);
    }
    try {
      return await session;
    } catch (error) {
      if (this.#sessions.get(key) === session) this.#sessions.delete(key);
      throw error;
    }
  }

  async #fresh(
    known: Promise<Session> | undefined,
    role: string,
    context: ActivityContext,
  ): Promise<Session> {
    const session = await known?.catch(() => undefined);
    if (session !== undefined && context.nowMs() < session.renewAtMs) return session;
    return this.#assume(role, context);
  }

  async #assume(role: string, { executionId }: ActivityContext): Promise<Session> {
    const sts = this.#service("sts");
    const { command } = sts.operation("assumeRole");
    const call = new command({ RoleArn: role, RoleSessionName: sessionNameOf(executionId) });
    try {
      // Several activities may wait for it, so none of them can end it.
      const abortSignal = AbortSignal.timeout(assumeTimeoutMs);
      const answer = await this.#ownClient(sts).send(call, { abortSignal });
      return sessionOf(role, answer as AssumeRoleAnswer);
    } catch (thrown) {
      throw refusal(role, thrown, sts);
    }
  }
}

const sessionOf = (role: string, { Credentials: given }: AssumeRoleAnswer): Session => {
  if (given === undefined)
    throw new ActivityError("States.Permissions", `STS gave no credentials for ${role}`);
  return {
    credentials: {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      sessionToken: given.SessionToken,
    },
    renewAtMs: given.Expiration.getTime() - renewBeforeMs,
    clients: new Map(),
  };
};
