import { CfnOutput, RemovalPolicy, Validations } from "aws-cdk-lib";
import { HttpApi, HttpStage, LogGroupLogDestination } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { memoryMib } from "./memory.ts";
import { type CommonProps, timeouts, UnitFunction } from "./unit-function.ts";

/** Calls a second that the API lets in; the account's own limit is 10,000. */
const throttle = { rateLimit: 2000, burstLimit: 1000 };

/** The northbound API: every path goes to one function, which knows its own routes. */
export class Northbound extends Construct {
  readonly unit: UnitFunction;
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: CommonProps) {
    super(scope, id);
    this.unit = new UnitFunction(this, "Unit", {
      ...props,
      unit: "northbound",
      description: "Answers the northbound API",
      timeout: timeouts.northbound,
      memoryMib: memoryMib.northbound,
    });
    this.api = new HttpApi(this, "Api", {
      description: `Holdfast ${props.settings.environment}`,
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration("Integration", this.unit.live),
    });
    const accessLog = new LogGroup(this, "AccessLog", {
      retention: props.settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, "Stage", {
      httpApi: this.api,
      autoDeploy: true,
      throttle,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog) },
    });
    Validations.of(this.api).acknowledge({
      id: "AwsSolutions-APIG4",
      reason:
        "The function itself checks the caller of every call, as on every other platform; the description of the API and the health check are meant to be open.",
    });
    new CfnOutput(this, "ApiUrl", {
      description: "Address of the northbound API",
      value: this.api.apiEndpoint,
    }).overrideLogicalId("ApiUrl");
  }
}
