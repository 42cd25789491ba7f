/** `npm run chaos`: three servers, 500 executions, a SIGKILL every second for a minute, and now and then one that is frozen for 20 s. */
import { Command, InvalidArgumentError } from "commander";
import { chaos, type Spread } from "./chaos.ts";

const count = (text: string): number => {
  const value = Number(text);
  if (!(Number.isInteger(value) && value > 0))
    throw new InvalidArgumentError("A whole number above 0 is wanted.");
  return value;
};

const { seconds, executions, servers, seed } = new Command("chaos")
  .description("Kills and freezes real servers, and says whether anything was lost.")
  .option("--seconds <n>", "how long servers are killed", count, 60)
  .option("--executions <n>", "how many executions", count, 500)
  .option("--servers <n>", "how many servers", count, 3)
  .option("--seed <n>", "where the moments are drawn from", count, 20_261_123)
  .parse()
  .opts<{ seconds: number; executions: number; servers: number; seed: number }>();

const report = await chaos({
  seed,
  serverCount: servers,
  executionCount: executions,
  seconds,
  killEveryMs: 1_000,
  freezeMs: 20_000,
  killsBetweenFreezes: 15,
  say: console.log,
});
const { violations, takeovers, attendedTakeovers, ...counts } = report;
console.log(JSON.stringify(counts));
const line = ({ count, p50, p99, max }: Spread): string =>
  `${count}, p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`;
console.log(`takeovers: ${line(takeovers)}`);
console.log(`while any server was up: ${line(attendedTakeovers)}`);
for (const violation of violations) console.log(`violation: ${violation}`);
console.log(violations.length === 0 ? "nothing was lost" : `${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
