/** The roles of a deployed environment: policies of the synthesised template, with the ARNs of what was deployed. */
import { accountId } from "./aws-call.ts";
import { region } from "./cdk-command.ts";
import { type DeployedEnvironment, templateOf } from "./environment.ts";
import { activityPolicy, activityPolicyArn } from "./granted.ts";

export interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON whose shape differs by type
  readonly Properties: any;
}

type Template = Readonly<Record<string, Resource>>;

const regional = (service: string, rest: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${rest}`;

/** By type, the ARN of a resource with a physical id. */
const arns: Readonly<Record<string, (id: string) => string>> = {
  "AWS::DynamoDB::GlobalTable": (name) => regional("dynamodb", `table/${name}`),
  "AWS::SQS::Queue": (url) => regional("sqs", url.split("/").at(-1) ?? ""),
  "AWS::S3::Bucket": (name) => `arn:aws:s3:::${name}`,
  "AWS::Events::EventBus": (name) => regional("events", `event-bus/${name}`),
  "AWS::SecretsManager::Secret": (name) => regional("secretsmanager", `secret:${name}`),
  "AWS::KMS::Key": (id) => regional("kms", `key/${id}`),
  "AWS::Logs::LogGroup": (name) => regional("logs", `log-group:${name}:*`),
};

const templateResources = (name: string): Template => templateOf(name).Resources as Template;

const arnOf = (environment: DeployedEnvironment, logicalId: string): string => {
  const type = templateResources(environment.name)[logicalId]?.Type ?? "";
  const id = environment.resources.get(logicalId);
  const arn = arns[type];
  if (id === undefined || arn === undefined)
    throw new Error(`no ARN is known of ${logicalId}, ${type}`);
  return id.startsWith("arn:") ? id : arn(id);
};

type Expression =
  | string
  | { readonly Ref: string }
  | { readonly "Fn::GetAtt": readonly [string, string] }
  | { readonly "Fn::Join": readonly [string, readonly Expression[]] };

const resolve = (environment: DeployedEnvironment, expression: Expression): string => {
  if (typeof expression === "string") return expression;
  if ("Ref" in expression) return arnOf(environment, expression.Ref);
  if ("Fn::GetAtt" in expression) return arnOf(environment, expression["Fn::GetAtt"][0]);
  const [separator, parts] = expression["Fn::Join"];
  return parts.map((part) => resolve(environment, part)).join(separator);
};

const list = <T>(value: T | readonly T[]): readonly T[] => [value].flat() as readonly T[];

interface DeclaredStatement extends Omit<Statement, "Action" | "Resource"> {
  readonly Action: string | string[];
  readonly Resource: Expression | Expression[];
}

const variable = "AWS_SDK_UA_APP_ID";

/** What the role of a unit's function allows. */
export const policyOf = (environment: DeployedEnvironment, unit: string): Policy => {
  const resources = templateResources(environment.name);
  const all = Object.values(resources);
  const unitFunction = all.find(
    ({ Type, Properties }) =>
      Type === "AWS::Lambda::Function" &&
      Properties.Environment.Variables[variable] === `holdfast-${environment.name}-${unit}`,
  );
  const role: string = unitFunction?.Properties.Role["Fn::GetAtt"][0];
  const documents = all
    .filter(({ Type }) => Type === "AWS::IAM::Policy")
    .filter(({ Properties }) =>
      Properties.Roles.some((each: { readonly Ref: string }) => each.Ref === role),
    )
    .map(({ Properties }) => Properties.PolicyDocument);
  const own: readonly Statement[] = documents.flatMap(({ Statement }) =>
    list<DeclaredStatement>(Statement).map(({ Action, Resource, ...more }) => ({
      ...more,
      Action: list(Action),
      Resource: list(Resource).map((each) => resolve(environment, each)),
    })),
  );
  const managed: readonly string[] = resources[role]?.Properties.ManagedPolicyArns ?? [];
  const granted = managed.includes(activityPolicyArn) ? activityPolicy.Statement : [];
  return { Version: "2012-10-17", Statement: [...own, ...granted] };
};

/** The ARN with the physical name replaced by the logical id, which is the same in every environment. */
export const logicalName = (environment: DeployedEnvironment, arn: string): string => {
  for (const logicalId of environment.resources.keys()) {
    const type = templateResources(environment.name)[logicalId]?.Type ?? "";
    if (arns[type] === undefined) continue;
    const own = arnOf(environment, logicalId);
    const name = logicalId.replace(/[0-9A-F]{8}$/, "");
    if (arn === own) return name;
    if (arn.startsWith(`${own}/`)) return `${name}${arn.slice(own.length)}`;
  }
  return arn;
};
