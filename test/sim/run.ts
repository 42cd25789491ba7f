/**
 * Checks many seeds on all processors: `npm run sim -- --from K --seeds N`. `--verbose` tells all that
 * happens, `--tooth NAME` puts a deliberate bug into the engine. Exit code 1: something was violated.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { deepFrom, onCallFrom } from "./simulation.ts";

interface Line {
  readonly seed: number;
  readonly recordCount: number;
  readonly violation?: { readonly kind: string; readonly message: string };
}

const { values } = parseArgs({
  options: {
    from: { type: "string", default: String(deepFrom) },
    seeds: { type: "string" },
    workers: { type: "string", default: String(availableParallelism()) },
    tooth: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});

const from = Number(values.from);
// Those with functions take longer.
const seeds = Number(values.seeds ?? (from < onCallFrom ? 1_000 : 200));
const workers = Math.min(Number(values.workers), seeds);
const more = [
  ...(values.tooth === undefined ? [] : ["--tooth", values.tooth]),
  ...(values.verbose ? ["--verbose"] : []),
];

let checked = 0;
let recordCount = 0;
const violated: Line[] = [];

const take = (line: Line): void => {
  checked += 1;
  recordCount += line.recordCount;
  if (line.violation === undefined) return;
  violated.push(line);
  const { kind, message } = line.violation;
  console.log(`seed ${line.seed}: ${kind}: ${message}`);
  const repeat = values.tooth === undefined ? "" : ` --tooth ${values.tooth}`;
  console.log(`  npm run sim -- --from ${line.seed} --seeds 1 --verbose${repeat}`);
};

const work = (place: number): Promise<number> =>
  new Promise((resolve) => {
    const count = Math.ceil((seeds - place) / workers);
    const script = fileURLToPath(new URL("seeds.ts", import.meta.url));
    const range = ["--from", `${from + place}`, "--seeds", `${count}`, "--step", `${workers}`];
    const child = spawn(process.execPath, [script, ...range, ...more], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: child.stdout }).on("line", (line) => take(JSON.parse(line) as Line));
    child.on("close", (code) => resolve(code ?? 1));
  });

const startedAtMs = performance.now();
const codes = await Promise.all(Array.from({ length: workers }, (_, place) => work(place)));
const seconds = (performance.now() - startedAtMs) / 1000;
console.log(
  `${checked} seeds, ${recordCount} records, ${violated.length} violated, ${(checked / seconds).toFixed(1)} seeds/s`,
);
if (violated.length > 0 || codes.some((code) => code !== 0)) process.exitCode = 1;
