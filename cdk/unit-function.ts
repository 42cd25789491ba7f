import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from "aws-cdk-lib/aws-codedeploy";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Alias,
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { UnitName } from "#lambdas/build.ts";
import type { Settings } from "./settings.ts";

/** Where the bundle of a unit's function comes from. */
export type CodeOf = (unit: UnitName) => Code;

export interface UnitFunctionProps {
  readonly settings: Settings;
  readonly codeOf: CodeOf;
  /** The handler's file in `lambdas/`, and the function's name in dashboards and in its calls to AWS. */
  readonly unit: UnitName;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMib: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** What the functions of an environment have in common. */
export type CommonProps = Pick<UnitFunctionProps, "settings" | "codeOf" | "variables">;

/** A function of one logical unit with a role, a log and an alias `live` of its own. */
export class UnitFunction extends Construct {
  readonly unit: UnitName;
  readonly role: Role;
  readonly function: LambdaFunction;
  readonly live: Alias;

  constructor(scope: Construct, id: string, props: UnitFunctionProps) {
    super(scope, id);
    const { isTraced } = props.settings;
    this.unit = props.unit;
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    const logGroup = new LogGroup(this, "Log", {
      retention: props.settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grant(this.role, "logs:CreateLogStream", "logs:PutLogEvents");
    this.function = new LambdaFunction(this, "Function", {
      description: props.description,
      code: props.codeOf(props.unit),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMib,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: isTraced ? Tracing.ACTIVE : Tracing.DISABLED,
      // CloudTrail then says which function made a call.
      environment: {
        ...props.variables,
        AWS_SDK_UA_APP_ID: `holdfast-${props.settings.environment}-${props.unit}`,
      },
    });
    if (isTraced)
      Validations.of(this.role).acknowledge({
        id: "AwsSolutions-IAM5[Resource::*]",
        reason: "X-Ray takes segments for no resource that could be named.",
      });
    this.live = new Alias(this, "Live", {
      aliasName: "live",
      version: this.function.currentVersion,
    });
  }

  /** Shifts a new version's traffic step by step, and takes it back when one of these alarms is raised. */
  deployByCanary(alarms: readonly Alarm[]): void {
    const group = new LambdaDeploymentGroup(this, "Deployment", {
      alias: this.live,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [...alarms],
    });
    Validations.of(group).acknowledge({
      id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
      reason: "AWS keeps this policy for exactly this role: shifting an alias and reading alarms.",
    });
  }
}

/** The time-outs of the functions; a queue's visibility follows from its function's. */
export const timeouts = {
  /** API Gateway waits 30 s at most for an HTTP API's integration. */
  northbound: Duration.seconds(29),
  /** Lambda's longest: a turn stops in time before it and puts the execution back. */
  turn: Duration.minutes(15),
  ingest: Duration.seconds(60),
  /** The next sweep begins a minute after this one. */
  sweep: Duration.seconds(55),
} as const;
