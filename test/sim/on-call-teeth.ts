/** Deliberate bugs that only the range of functions can catch. */
import { engine, type Tooth, tooth } from "./tooth.ts";

export const onCallTeeth: readonly Tooth[] = [
  tooth("a function ends while its turns go on", {
    file: "lambdas/take-turns.ts",
    from: "await engine.leave({ graceMs: drainMs });",
    to: "void drainMs;",
  }),
  tooth(
    "a sweep hands nothing over",
    engine(
      "hand-over.ts",
      "await Promise.all(wanted.map((head) => this.#handOver(head, nowMs)));",
      "",
    ),
  ),
];
