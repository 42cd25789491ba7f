/** The CDK app: `npx cdk deploy -c environment=NAME`. What each context value does is in `cdk.json`. */
import { InvalidDeployment } from "./invalid-deployment.ts";
import { preflight } from "./preflight.ts";
import { type Context, settingsIn } from "./settings.ts";

/** The command tells the app in these variables what `cdk.json` and `-c` say, and where it deploys to. */
const context = JSON.parse(process.env["CDK_CONTEXT_JSON"] ?? "{}") as Context;
const destination = {
  account: process.env["CDK_DEFAULT_ACCOUNT"],
  region: process.env["CDK_DEFAULT_REGION"] ?? process.env["AWS_REGION"] ?? "us-east-1",
};

try {
  const settings = settingsIn(context);
  if (settings.isChecked) await preflight(settings, destination);
  // Loaded now only: it takes seconds, which a refusal need not wait for.
  const { environmentApp } = await import("./environment-app.ts");
  const { bundles } = await import("./bundles.ts");
  const env = settings.isChecked ? { env: destination } : {};
  environmentApp(settings, { codeOf: await bundles(), ...env }).app.synth();
} catch (error) {
  if (!(error instanceof InvalidDeployment)) throw error;
  process.stderr.write(`holdfast: ${error.message}\n${error.action}\nNothing was deployed.\n`);
  process.exitCode = 1;
}
