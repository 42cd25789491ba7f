import { App, type AppProps, type Environment, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { EnvironmentStack } from "./environment-stack.ts";
import type { Settings } from "./settings.ts";
import { stackNameOf } from "./stack-name.ts";
import type { CodeOf } from "./unit-function.ts";

export interface EnvironmentAppOptions {
  readonly codeOf: CodeOf;
  /** Account and region; absent: whichever the template is deployed to. */
  readonly env?: Environment;
  readonly app?: AppProps;
}

/** An app with the stack of one environment, which is synthesised only if it keeps the rules of AwsSolutions. */
export const environmentApp = (
  settings: Settings,
  options: EnvironmentAppOptions,
): { readonly app: App; readonly stack: EnvironmentStack } => {
  const app = new App(options.app);
  const stack = new EnvironmentStack(app, stackNameOf(settings.environment), {
    settings,
    codeOf: options.codeOf,
    ...(options.env && { env: options.env }),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
};
