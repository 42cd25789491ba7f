import { RemovalPolicy } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import type { Settings } from "./settings.ts";

/** The key that wraps what is sealed; of the multi-region kind, so that another region can unseal it. */
export class EnvironmentKey extends Construct {
  readonly key: Key;
  readonly #environment: string;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.#environment = settings.environment;
    this.key = new Key(this, "Key", {
      description: `Holdfast ${settings.environment}: seals credentials`,
      multiRegion: true,
      enableKeyRotation: true,
      removalPolicy: settings.isProtected
        ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        : RemovalPolicy.DESTROY,
    });
  }

  /** To make and unwrap keys of this environment, and nothing else. */
  grantWrapping(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ["kms:GenerateDataKey", "kms:Decrypt"],
      resourceArns: [this.key.keyArn],
      conditions: {
        StringEquals: { "kms:EncryptionContext:holdfast-environment": this.#environment },
      },
    });
  }
}
