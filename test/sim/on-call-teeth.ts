/** Deliberate bugs that only the range of functions can catch. */
import { engine, type Tooth, tooth } from "./tooth.ts";

export const onCallTeeth: readonly Tooth[] = [
  tooth("a function ends while its turns go on", {
    file: "lambdas/take-turns.ts",
    from: "await engine.leave({ graceMs: drainMs });",
    to: "void drainMs;",
  }),
  tooth(
    "what still runs when time is up is not given up",
    engine("on-call.ts", "turns.abandon();", ""),
  ),
];
