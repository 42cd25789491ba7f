/**
 * Explores a scope of the model that is too large for the tests: `npm run model -- --servers 3 --faults 2`.
 * Exit code 1: a rule is broken, and the steps that lead there are printed.
 */
import { parseArgs } from "node:util";
import { check } from "./checker.ts";
import { executionModel } from "./execution-model.ts";

const { values } = parseArgs({
  options: {
    servers: { type: "string", default: "2" },
    faults: { type: "string", default: "2" },
    renews: { type: "boolean", default: false },
    "must-not-restart": { type: "boolean", default: false },
  },
});

const scope = {
  servers: Number(values.servers),
  faults: Number(values.faults),
  renews: values.renews,
  restarts: !values["must-not-restart"],
};
const startedAtMs = Date.now();
const { states, violation, trace } = check(executionModel(scope));
const seconds = ((Date.now() - startedAtMs) / 1_000).toFixed(1);
const gigabytes = (process.resourceUsage().maxRSS / 2 ** 20).toFixed(1);
console.log(
  `${states} states in ${seconds} s and ${gigabytes} GiB: ${violation ?? "nothing is broken"}`,
);
for (const step of trace) console.log(`  ${step}`);
process.exitCode = violation === undefined ? 0 : 1;
