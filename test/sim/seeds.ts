/** One worker of `run.ts`: checks every `step`-th seed from `from` on and prints a line of JSON for each. */
import { parseArgs } from "node:util";
import { patchModules } from "./patching.ts";
import { teeth } from "./teeth.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "0" },
    seeds: { type: "string", default: "1" },
    step: { type: "string", default: "1" },
    tooth: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});

const tooth = teeth.find(({ name }) => name === values.tooth);
if (values.tooth !== undefined && tooth === undefined)
  throw new Error(`there is no tooth ${values.tooth}`);
if (tooth !== undefined) patchModules(tooth.patches);
// The modules under test come after the patches.
const { checkSeed } = await import("./check-seed.ts");

const from = Number(values.from);
const step = Number(values.step);
for (let seed = from; seed < from + Number(values.seeds) * step; seed += step) {
  const { violation, recordCount, trace, log } = await checkSeed({
    seed,
    isVerbose: values.verbose,
  });
  if (values.verbose) console.error(log.join("\n"));
  console.log(JSON.stringify({ seed, violation, recordCount, trace }));
  if (tooth !== undefined && violation !== undefined) break;
}
