import { CfnOutput, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { Settings } from "./settings.ts";

/** A token stands in headers and on command lines, where these would need quoting. */
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** The administrator's access token, drawn by Secrets Manager: the stack never sees it. */
export class AdminToken extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.secret = new Secret(this, "Secret", {
      description: `Holdfast ${settings.environment}: the administrator's access token`,
      generateSecretString: { passwordLength: 43, excludeCharacters: punctuation },
      removalPolicy: settings.isProtected
        ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        : RemovalPolicy.DESTROY,
    });
    Validations.of(this.secret).acknowledge({
      id: "AwsSolutions-SMG4",
      reason:
        "The token is for the first sign-in and for emergencies; an operator changes it with put-secret-value, and a change at a time that nobody chose would lock callers out.",
    });
    new CfnOutput(this, "TokenCommand", {
      description: "Prints the administrator's access token",
      value: `aws secretsmanager get-secret-value --region ${Stack.of(this).region} --secret-id ${this.secret.secretArn} --query SecretString --output text`,
    }).overrideLogicalId("TokenCommand");
  }
}
