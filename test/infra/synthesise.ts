import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";
import { onTestFinished } from "vitest";
import { environmentApp } from "../../cdk/environment-app.ts";
import type { EnvironmentStack } from "../../cdk/environment-stack.ts";
import { settingsIn } from "../../cdk/settings.ts";
import cdkJson from "../../cdk.json" with { type: "json" };

/** What the tests read of a resource in a template. */
export interface Resource {
  readonly id: string;
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdatePolicy?: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON whose shape differs by type
  readonly Properties: any;
}

export interface Synthesised {
  readonly stack: EnvironmentStack;
  readonly resources: readonly Resource[];
  readonly ofType: (type: string) => readonly Resource[];
}

type Context = Readonly<Record<string, string>>;

/** The app of `cdk/app.ts` with these context values, and functions that do nothing. */
export const appWith = (context: Context = {}): ReturnType<typeof environmentApp> => {
  const outdir = mkdtempSync(join(tmpdir(), "holdfast-synth-"));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  const all = { ...cdkJson.context, ...context };
  return environmentApp(settingsIn(all), {
    codeOf: (unit) => Code.fromInline(`exports.handler = () => "${unit}";`),
    app: { outdir, context: all },
  });
};

const synthesised = new Map<string, Synthesised>();

/** Synthesises as `cdk synth` does, once for each context; throws when a nag rule is neither met nor acknowledged. */
export const synthesise = (context: Context = {}): Synthesised => {
  const key = JSON.stringify(context);
  const known = synthesised.get(key);
  if (known !== undefined) return known;
  const { app, stack } = appWith(context);
  const template = app.synth().getStackArtifact(stack.artifactId).template as {
    readonly Resources: Readonly<Record<string, Omit<Resource, "id">>>;
  };
  const resources = Object.entries(template.Resources).map(([id, rest]) => ({ id, ...rest }));
  const found: Synthesised = {
    stack,
    resources,
    ofType: (type) => resources.filter(({ Type }) => Type === type),
  };
  synthesised.set(key, found);
  return found;
};
