/** `npm run fuzz`: 100,000 malformed requests to a real server. */
import { Command, InvalidArgumentError } from "commander";
import { fuzz } from "./fuzz.ts";

const count = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("A whole number above 0 is wanted.");
};

const { requests, seed } = new Command("fuzz")
  .description("Sends malformed requests to a real server, and says what it should not answer.")
  .option("--requests <n>", "how many", count, 100_000)
  .option("--seed <n>", "where they are drawn from", count, 20_261_123)
  .parse()
  .opts<{ requests: number; seed: number }>();

const heapGrowthMax = 0.1;

const report = await fuzz({ seed, requestCount: requests, say: console.log });
const { violations, ...counts } = report;
const [middle, end] = report.heapBytes;
const growth = end / middle - 1;
console.log(JSON.stringify(counts));
for (const violation of violations) console.log(`violation: ${violation}`);
console.log(`${violations.length} violations, heap ${(growth * 100).toFixed(1)} %`);
process.exitCode = violations.length === 0 && growth <= heapGrowthMax ? 0 : 1;
