/** Changes the source of modules as they are loaded, in this process only: how deliberate bugs get into the engine. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

export interface Patch {
  /** End of the module's path. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** To be called before the modules are imported for the first time. Throws at import if a patch no longer fits. */
export const patchModules = (patches: readonly Patch[]): void => {
  registerHooks({
    load: (url, context, nextLoad) => {
      const wanted = patches.filter(({ file }) => url.endsWith(file));
      if (wanted.length === 0) return nextLoad(url, context);
      let source = readFileSync(fileURLToPath(url), "utf8");
      for (const { file, from, to } of wanted) {
        if (!source.includes(from)) throw new Error(`the patch of ${file} no longer fits: ${from}`);
        source = source.replace(from, () => to);
      }
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
};
