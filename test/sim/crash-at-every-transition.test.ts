/** Each example process is cut before and after every single commit, and ends as if nothing had happened. */
import { describe, expect, it } from "vitest";
import type { Json } from "#core/json.ts";
import { type Question, questionsOf } from "#engine/questions.ts";
import type { ActivityRequest } from "#ports/activity-runner.ts";
import type { Write } from "#ports/journal.ts";
import { type ExampleRun, exampleRuns, mayRestart } from "./example-runs.ts";
import { type Server, world } from "./world.ts";

/** When the server dies: before the write of that number arrives, or when the batch of that number is durable. */
type Cut = { readonly kind: "before" | "after"; readonly at: number } | undefined;

/** What was done outside, by what a service can tell apart: the idempotency key of the activity, and its call. */
type Effects = ReadonlyMap<string, number>;

const effectOf = ({
  activity,
  resource,
  parameters,
}: Pick<ActivityRequest, "activity" | "resource" | "parameters">): string =>
  `${activity} ${resource} ${JSON.stringify(parameters)}`;

const never = <T>(): Promise<T> => new Promise(() => {});

const startRequest = { process: "p", name: "x", startedBy: "t" } as const;

/** A world with one server at a time; the next one joins when it has died. */
const dying = (run: ExampleRun, cut: Cut) => {
  let current: Server | undefined;
  let hasCrashed = false;
  let writes = 0;
  let batches = 0;
  const effects = new Map<string, number>();
  const die = () => {
    hasCrashed = true;
    current?.kill();
  };
  const w: ReturnType<typeof world> = world({
    definition: run.definition,
    mayRestart,
    script: async (request) => {
      const effect = effectOf(request);
      effects.set(effect, (effects.get(effect) ?? 0) + 1);
      await w.sleep(20);
      return run.answer(request);
    },
    beforeWrite: () => {
      writes += 1;
      if (cut?.kind !== "before" || hasCrashed || writes !== cut.at) return;
      die();
      throw new Error("crash");
    },
  });
  const { write } = w.platform.journal;
  Object.assign(w.platform.journal, {
    write: async (batch: readonly Write[]) => {
      const outcome = await write(batch);
      batches += 1;
      if (cut?.kind === "after" && !hasCrashed && batches === cut.at) die();
      return outcome;
    },
  });
  const server = (): Server => {
    if (current === undefined || current.isDead()) current = w.server();
    return current;
  };
  return { w, server, effects, hasCrashed: () => hasCrashed };
};

type Dying = ReturnType<typeof dying>;

/** Calls until it is acknowledged, whichever server it takes. */
const untilKnown = async (
  { w, server }: Dying,
  call: (engine: Server["engine"]) => Promise<unknown>,
): Promise<void> => {
  let isKnown = false;
  for (let tries = 0; tries < 3 && !isKnown; tries += 1) {
    const { engine, isDead } = server();
    void call(engine).then(() => {
      isKnown = true;
    }, never);
    await w.run(() => isKnown || isDead());
  }
  expect(isKnown).toBe(true);
};

const questionsIn = async ({ w }: Dying): Promise<readonly Question[]> => {
  const state = await w.stateOf("p:x");
  return state === undefined ? [] : questionsOf(state);
};

/** Lets it run to its end, with an operator who sees whether what was interrupted has been done; answers how often he was asked. */
const answerQuestions = async (d: Dying, run: ExampleRun): Promise<number> => {
  for (let count = 0; ; ) {
    await d.w.run(async () => {
      d.server();
      return (await d.w.hasEnded("p:x")) || (await questionsIn(d)).length > 0;
    }, 200_000_000);
    const questions = await questionsIn(d);
    if (questions.length === 0) return count;
    for (const { activity, attempt, resource, parameters } of questions) {
      const { output } = run.answer({ resource, parameters }) as { readonly output: Json };
      const said = d.effects.has(effectOf({ activity, resource, parameters }))
        ? ({ resolution: "succeeded", output } as const)
        : ({ resolution: "retry" } as const);
      const request = { activity, attempt, ...said, by: "t" };
      await untilKnown(d, (engine) => engine.resolve("p:x", request));
      count += 1;
    }
  }
};

const play = async (run: ExampleRun, cut: Cut) => {
  const d = dying(run, cut);
  await untilKnown(d, (engine) => engine.start({ ...startRequest, input: run.input }));
  for (const name of run.signals) {
    const signal = { name, id: name, payload: { by: "t" }, by: "t" };
    await untilKnown(d, (engine) => engine.signal("p:x", signal));
  }
  const questionCount = await answerQuestions(d, run);
  const { status, output, error, cause } = (await d.w.stateOf("p:x")) ?? {};
  return {
    hasCrashed: d.hasCrashed(),
    end: { status, output, error, cause },
    effects: d.effects,
    questionCount,
  };
};

/** Nothing else is done than without the crash, and twice at most what is declared restartable. */
const mustBeDeclared = (found: Effects, wanted: Effects): void => {
  for (const [effect, count] of found) {
    const [, resource = "", ...parameters] = effect.split(" ");
    const most = mayRestart(resource, JSON.parse(parameters.join(" "))) ? 1 : 0;
    expect(count - (wanted.get(effect) ?? 0), effect).toBeLessThanOrEqual(most);
  }
};

type Played = Awaited<ReturnType<typeof play>>;

/** It ended as without the crash. */
const mustEndAsDeclared = (found: Played, whole: Played): void => {
  expect(found.end).toEqual(whole.end);
  expect([...found.effects.keys()].sort()).toEqual([...whole.effects.keys()].sort());
};

describe.each(exampleRuns)("a run of $name", (run) => {
  it.each(["before", "after"] as const)(
    "that is cut %s any commit does what it declares, and nothing more",
    async (kind) => {
      const whole = await play(run, undefined);
      expect(whole.end.status).toBe("SUCCEEDED");
      let interruptions = 0;
      for (let at = 1; ; at += 1) {
        const found = await play(run, { kind, at });
        if (!found.hasCrashed) break;
        mustEndAsDeclared(found, whole);
        mustBeDeclared(found.effects, whole.effects);
        interruptions += found.questionCount;
        expect(at).toBeLessThan(1_000);
      }
      expect(interruptions).toBe(run.interruptions[kind]);
    },
  );
});
