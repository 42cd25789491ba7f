/** A call to AWS as it went over the wire, in the words of IAM: what was done to which resources. */

export interface AwsCall {
  /** `app/...` of the caller's user agent, which a function's variable AWS_SDK_UA_APP_ID sets; else empty. */
  readonly caller: string;
  readonly accessKey: string;
  /** Action of IAM, `dynamodb:PutItem`; empty where the call is not understood. */
  readonly action: string;
  /** ARNs; `*` for an action without resources. */
  readonly resources: readonly string[];
  /** Condition keys of IAM that say more of the call: the encryption context of KMS. */
  readonly context: Readonly<Record<string, string>>;
  readonly request: string;
}

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The emulator's account. */
export const accountId = "111111111111";

interface Scope {
  readonly accessKey: string;
  readonly region: string;
  readonly service: string;
}

const header = ({ headers }: Request, name: string): string => {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? "";
};

const scopeOf = (request: Request): Scope => {
  const found = /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\//.exec(
    header(request, "authorization"),
  );
  return { accessKey: found?.[1] ?? "", region: found?.[2] ?? "", service: found?.[3] ?? "" };
};

/** IAM has one action for a call and its batch. */
const iamActions: Readonly<Record<string, string>> = {
  "sqs:SendMessageBatch": "sqs:SendMessage",
  "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
  "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
  "s3:HeadObject": "s3:GetObject",
};

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (body: string): Fields => {
  try {
    return JSON.parse(body) as Fields;
  } catch {
    return {};
  }
};

const arnOf = (service: string, { region }: Scope, rest: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${rest}`;

const asArn = (value: unknown, otherwise: (name: string) => string): string => {
  const name = String(value ?? "");
  return name.startsWith("arn:") ? name : otherwise(name);
};

/** By service, the ARNs of the resources that a call in AWS's JSON protocol names. */
const resourcesIn: Readonly<Record<string, (fields: Fields, scope: Scope) => readonly string[]>> = {
  dynamodb: (fields, scope) => {
    const many = fields["RequestItems"] as Fields | undefined;
    const names = many === undefined ? [fields["TableName"]] : Object.keys(many);
    const index = fields["IndexName"] === undefined ? "" : `/index/${fields["IndexName"]}`;
    return names.map(
      (name) => `${asArn(name, (table) => arnOf("dynamodb", scope, `table/${table}`))}${index}`,
    );
  },
  sqs: (fields, scope) => [
    arnOf(
      "sqs",
      scope,
      String(fields["QueueUrl"] ?? "")
        .split("/")
        .at(-1) ?? "",
    ),
  ],
  events: (fields, scope) =>
    ((fields["Entries"] ?? []) as readonly Fields[]).map((entry) =>
      asArn(entry["EventBusName"] ?? "default", (name) =>
        arnOf("events", scope, `event-bus/${name}`),
      ),
    ),
  secretsmanager: (fields, scope) => [
    asArn(fields["SecretId"], (name) => arnOf("secretsmanager", scope, `secret:${name}`)),
  ],
  kms: (fields, scope) => [asArn(fields["KeyId"], (name) => arnOf("kms", scope, `key/${name}`))],
};

/** The encryption context, which only calls of KMS have. */
const contextIn = (request: Request): Readonly<Record<string, string>> => {
  const named = fieldsOf(request.body)["EncryptionContext"] ?? {};
  return Object.fromEntries(
    Object.entries(named).map(([name, value]) => [`kms:EncryptionContext:${name}`, String(value)]),
  );
};

interface Understood {
  readonly action: string;
  readonly resources: readonly string[];
}

const jsonCall = (request: Request, scope: Scope): Understood | undefined => {
  const operation = header(request, "x-amz-target").split(".")[1];
  if (operation === undefined) return undefined;
  const resources = resourcesIn[scope.service]?.(fieldsOf(request.body), scope) ?? ["*"];
  return { action: `${scope.service}:${operation}`, resources: [...new Set(resources)] };
};

const objectActions: Readonly<Record<string, string>> = {
  GET: "s3:GetObject",
  HEAD: "s3:HeadObject",
  PUT: "s3:PutObject",
  DELETE: "s3:DeleteObject",
};

/** A bucket stands before the host or first in the path. */
const objectCall = (request: Request, { service }: Scope): Understood | undefined => {
  if (service !== "s3") return undefined;
  const { pathname } = new URL(request.url, "http://localhost");
  const inHost = /^(.+)\.s3[.-]/.exec(header(request, "host"))?.[1];
  const [bucket, ...key] = decodeURIComponent(`${inHost ? `/${inHost}` : ""}${pathname}`)
    .slice(1)
    .split("/");
  if (key.join("/") === "")
    return { action: `s3:${request.method} bucket`, resources: [`arn:aws:s3:::${bucket}`] };
  const action = objectActions[request.method];
  return action === undefined
    ? undefined
    : { action, resources: [`arn:aws:s3:::${bucket}/${key.join("/")}`] };
};

/** What a call in the query protocol names: a role or a topic, or a stack by name or ARN. */
const namedIn = (parameters: URLSearchParams, scope: Scope): string => {
  const stack = parameters.get("StackName");
  if (stack !== null)
    return asArn(stack, (name) => arnOf("cloudformation", scope, `stack/${name}/id`));
  return parameters.get("RoleArn") ?? parameters.get("TopicArn") ?? "*";
};

const queryCall = (request: Request, scope: Scope): Understood | undefined => {
  const parameters = new URLSearchParams(request.body);
  const operation = parameters.get("Action");
  if (operation === null) return undefined;
  return { action: `${scope.service}:${operation}`, resources: [namedIn(parameters, scope)] };
};

const scheduleGroups = (request: Request, { service }: Scope): Understood | undefined =>
  service === "scheduler" &&
  request.method === "GET" &&
  /^\/schedule-groups(\?|$)/.test(request.url)
    ? { action: "scheduler:ListScheduleGroups", resources: ["*"] }
    : undefined;

const invocation = (request: Request, scope: Scope): Understood | undefined => {
  const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url)?.[1];
  if (scope.service !== "lambda" || name === undefined) return undefined;
  const resource = asArn(decodeURIComponent(name), (named) =>
    arnOf("lambda", scope, `function:${named}`),
  );
  return { action: "lambda:InvokeFunction", resources: [resource] };
};

/** Undefined for what is no call to AWS: requests of the deployed API. */
export const awsCall = (request: Request): AwsCall | undefined => {
  const scope = scopeOf(request);
  if (scope.service === "") return undefined;
  const agent = `${header(request, "user-agent")} ${header(request, "x-amz-user-agent")}`;
  const understood =
    jsonCall(request, scope) ??
    objectCall(request, scope) ??
    queryCall(request, scope) ??
    invocation(request, scope) ??
    scheduleGroups(request, scope);
  const action = understood?.action ?? "";
  return {
    caller:
      /\bapp\/(holdfast-[A-Za-z0-9-]+?-(?:northbound|turn|ingest|sweep))\b/.exec(agent)?.[1] ?? "",
    accessKey: scope.accessKey,
    action: iamActions[action] ?? action,
    resources: understood?.resources ?? [],
    context: scope.service === "kms" ? contextIn(request) : {},
    request: `${scope.service} ${request.method} ${request.url}`,
  };
};
