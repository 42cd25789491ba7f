/**
 * The engine of a release that is yet to come, beside this one in the same process: its modules are loaded
 * a second time, with a newer behaviour and a fact that this release does not know.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { createEngine } from "#engine/create-engine.ts";

const mark = "?newer";

const changes: readonly { readonly file: string; readonly from: RegExp; readonly to: string }[] = [
  {
    file: "shared/core/execution/advance.ts",
    from: /export const behaviourVersion = (\d+);/,
    to: "export const behaviourVersion = $1 + 1;",
  },
  {
    file: "shared/core/execution/advance.ts",
    from: /switch \(fact\.kind\) \{\n {4}case "ExecutionStarted":/,
    to: 'switch (fact.kind) {\n    case "Remembered": return;\n    case "ExecutionStarted":',
  },
  {
    file: "shared/core/execution/known-kinds.ts",
    from: /ExecutionStarted: true,/,
    to: "ExecutionStarted: true, Remembered: true,",
  },
];

const changed = (url: string): string => {
  const path = fileURLToPath(url.slice(0, -mark.length));
  let source = readFileSync(path, "utf8");
  for (const { file, from, to } of changes) {
    if (!path.endsWith(file)) continue;
    if (!from.test(source)) throw new Error(`the change of ${file} no longer fits`);
    source = source.replace(from, to);
  }
  return source;
};

export const newerRelease = async (): Promise<typeof createEngine> => {
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const resolved = nextResolve(specifier, context);
      const isOurs = resolved.url.includes("/shared/") && !resolved.url.endsWith(mark);
      return isOurs && context.parentURL?.endsWith(mark) === true
        ? { ...resolved, url: `${resolved.url}${mark}` }
        : resolved;
    },
    load: (url, context, nextLoad) =>
      url.endsWith(mark)
        ? { format: "module-typescript", source: changed(url), shortCircuit: true }
        : nextLoad(url, context),
  });
  const entry = new URL(`../../shared/engine/create-engine.ts${mark}`, import.meta.url).href;
  return ((await import(entry)) as { createEngine: typeof createEngine }).createEngine;
};
