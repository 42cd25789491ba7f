/**
 * Records the histories of a release: `node test/golden/record.ts`. Files are only ever added.
 * `--behaviour N` records the processes that earlier behaviours decide otherwise, as executions of that one.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Question } from "#engine/questions.ts";
import packageJson from "../../package.json" with { type: "json" };
import { patchModules } from "../sim/patching.ts";
import { processes, script } from "./processes.ts";
import type { Recording } from "./recording.ts";

const { behaviour } = parseArgs({ options: { behaviour: { type: "string" } } }).values;
if (behaviour !== undefined)
  patchModules([
    {
      file: "shared/core/execution/advance.ts",
      from: "export const behaviourVersion = 6;",
      to: `export const behaviourVersion = ${behaviour};`,
    },
  ]);
// The modules under test come after the patches.
const { world } = await import("../sim/world.ts");
const { replay } = await import("./recording.ts");
const { questionsOf } = await import("#engine/questions.ts");

type World = ReturnType<typeof world>;

/** Answers what an operator is asked, one question after the other. */
const answerQuestions = async (w: World, { engine }: ReturnType<World["server"]>) => {
  for (;;) {
    let asked: readonly Question[] = [];
    await w.run(async () => {
      const state = await w.stateOf("p:x");
      asked = state === undefined ? [] : questionsOf(state);
      return asked.length > 0 || (await w.hasEnded("p:x"));
    });
    const [question] = asked;
    if (question === undefined) return;
    const { activity, attempt } = question;
    const output = { said: activity };
    await engine.resolve("p:x", {
      ...{ activity, attempt, resolution: "succeeded", output, by: "key:ann" },
    });
  }
};

/** Whether it waits for a time. */
const waitsIn = (w: World) => async () =>
  (await w.platform.heads.get("p:x"))?.head.waitingFor?.kind === "timer";

const directory = join(import.meta.dirname, packageJson.version);
mkdirSync(directory, { recursive: true });
const recordings = Object.entries(processes).filter(
  ([, { behaviourMax = 0 }]) => behaviour === undefined || behaviourMax >= Number(behaviour),
);
const suffix = behaviour === undefined ? "" : `-behaviour-${behaviour}`;
for (const [name, recorded] of recordings) {
  const {
    definition,
    input,
    beginsAt,
    settings,
    crashesAfterMs = 0,
    isDrained = false,
    isLost = false,
  } = recorded;
  for (const crashes of [false, true]) {
    const file = join(directory, `${name}${suffix}${crashes ? "-crashed" : ""}.json`);
    if (existsSync(file)) {
      console.log(`${file} is there already`);
      continue;
    }
    const w: ReturnType<typeof world> = world({
      definition,
      ...(settings !== undefined && { settings }),
      // Slow enough that a crash finds an activity in flight.
      script: async (request) => {
        if (request.resource.endsWith("save-item"))
          await request.saveCheckpoint({
            attempt: request.attempt,
            before: request.checkpoint ?? 0,
          });
        await w.sleep(300);
        return script(request);
      },
      mayRestart: (resource) => resource.endsWith("item"),
    });
    const first = w.server({}, { drains: isDrained });
    await w.settle();
    const of = { executionId: "p:before", eventId: 7 };
    await first.engine.start({
      ...{ process: "p", name: "x", input, startedBy: "key:admin" },
      ...(beginsAt !== undefined && { restart: { of, at: beginsAt } }),
    });
    if (isDrained) {
      await w.run(() => w.began.length > 0);
      const deadlineAtMs = w.clock.nowMs() + 100;
      const drain = { scope: "environment", by: "key:ann", onDeadline: "interrupt" } as const;
      await first.drains.begin({ ...drain, deadlineAtMs });
      const untilMs = w.clock.nowMs() + 60_000;
      await w.run(() => w.clock.nowMs() >= untilMs);
      await first.drains.end("environment", "key:ann");
    }
    const isOpen = crashes && isLost;
    if (crashes) {
      await w.run(() => w.began.length > 0);
      let hasRun = crashesAfterMs === 0;
      w.clock.after(crashesAfterMs, () => {
        hasRun = true;
      });
      await w.run(() => hasRun);
      first.kill();
      if (settings !== undefined) {
        // Long enough to be stale where a process says that something is.
        let isLater = false;
        void w.sleep(10_000).then(() => {
          isLater = true;
        });
        await w.run(() => isLater);
      }
      const next = w.server();
      if (!isOpen) await answerQuestions(w, next);
    }
    await w.run(isOpen ? waitsIn(w) : () => w.hasEnded("p:x"));
    const { records } = await w.platform.log.load("p:x");
    const recording: Recording = {
      recordedBy: packageJson.version,
      definition,
      records,
      after: await replay(definition, records),
    };
    writeFileSync(file, `${JSON.stringify(recording, null, 1)}\n`);
    console.log(`${file}: ${records.length} records`);
  }
}
process.exit(0);
