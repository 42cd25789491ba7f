/** Each example process is cut before and after every single commit, and ends as if nothing had happened. */
import { describe, expect, it } from "vitest";
import { questionsOf } from "#engine/questions.ts";
import type { Write } from "#ports/journal.ts";
import { type ExampleRun, exampleRuns, mayRestart } from "./example-runs.ts";
import { type Server, world } from "./world.ts";

/** When the server dies: before the write of that number arrives, or when the batch of that number is durable. */
type Cut = { readonly kind: "before" | "after"; readonly at: number } | undefined;

/** What was done outside, by what a service can tell apart: the idempotency key of the activity, and its call. */
type Effects = ReadonlyMap<string, number>;

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
      const { activity, resource, parameters } = request;
      const effect = `${activity} ${resource} ${JSON.stringify(parameters)}`;
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

/** Keeps a server there until the end, and lets what it asks about run again; answers what was asked. */
const operate = async (d: Dying): Promise<readonly string[]> => {
  const { w } = d;
  const asked: string[] = [];
  const questionNow = async () => {
    const { waitingFor } = (await w.platform.heads.get("p:x"))?.head ?? {};
    const state = waitingFor?.kind === "operator" ? await w.stateOf("p:x") : undefined;
    return state === undefined ? undefined : questionsOf(state)[0];
  };
  for (;;) {
    await w.run(async () => {
      d.server();
      return (await questionNow()) !== undefined || (await w.hasEnded("p:x"));
    });
    const question = await questionNow();
    if (question === undefined) return asked;
    const { activity, attempt } = question;
    asked.push(activity);
    await untilKnown(d, (engine) =>
      engine.resolve("p:x", { activity, attempt, resolution: "retry", by: "key:ann" }),
    );
  }
};

const play = async (run: ExampleRun, cut: Cut) => {
  const d = dying(run, cut);
  await untilKnown(d, (engine) => engine.start({ ...startRequest, input: run.input }));
  for (const name of run.signals) {
    const signal = { name, id: name, payload: { by: "t" }, by: "t" };
    await untilKnown(d, (engine) => engine.signal("p:x", signal));
  }
  const asked = await operate(d);
  const { status, output, error, cause } = (await d.w.stateOf("p:x")) ?? {};
  const end = { status, output, error, cause };
  return { hasCrashed: d.hasCrashed(), end, effects: d.effects, asked };
};

/** Nothing else is done than without the crash, and again only what is declared restartable or an operator lets run again. */
const mustBeDeclared = ({ effects, asked }: Played, wanted: Effects): void => {
  expect([...effects.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [effect, count] of effects) {
    const [activity = "", resource = "", ...parameters] = effect.split(" ");
    const mayRepeat =
      asked.includes(activity) || mayRestart(resource, JSON.parse(parameters.join(" ")));
    expect(count - (wanted.get(effect) ?? 0), effect).toBeLessThanOrEqual(mayRepeat ? 1 : 0);
  }
};

type Played = Awaited<ReturnType<typeof play>>;

describe.each(exampleRuns)("a run of $name", (run) => {
  it.each(["before", "after"] as const)(
    "that is cut %s any commit does what it declares, and nothing more",
    async (kind) => {
      const whole = await play(run, undefined);
      expect(whole.end.status).toBe("SUCCEEDED");
      let questions = 0;
      for (let at = 1; ; at += 1) {
        const found = await play(run, { kind, at });
        if (!found.hasCrashed) break;
        expect([at, found.end]).toEqual([at, whole.end]);
        mustBeDeclared(found, whole.effects);
        questions += found.asked.length;
        expect(at).toBeLessThan(1_000);
      }
      expect(questions).toBe(run.questions[kind]);
    },
  );
});
