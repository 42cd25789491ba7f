/**
 * `npm run bench -- --core`: how fast the core decides, alone on one thread: no log, no disk, no
 * server. What costs nothing here but grows with the history would cost everybody later, so the cost
 * of a transition is measured at the beginning and at the end of a long execution, too.
 */
import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { StateMachine } from "#core/asl/definition.ts";
import { advance, behaviourVersion, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import type { Command } from "#core/execution/commands.ts";
import type { Fact } from "#core/execution/facts.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import type { Json } from "#core/json.ts";
import type { Say } from "./profile.ts";

const atMs = 1_000_000;
const longTransitions = 100_000;
const mapItems = 10_000;

interface Subject {
  readonly state: ExecutionState;
  readonly take: (fact: Fact) => Promise<readonly Command[]>;
}

const subject = (definition: unknown, input: Json): Subject => {
  const started = {
    kind: "ExecutionStarted" as const,
    process: "bench",
    version: 1,
    name: "bench",
    input,
    startedBy: "bench",
    seed: createHash("sha256").update("bench").digest("hex").slice(0, 32),
    behaviour: behaviourVersion,
  };
  const program = { process: "bench", version: 1, definition: definition as StateMachine };
  const state = initialState("bench", started, atMs);
  const take = async (fact: Fact) =>
    await drive(
      advance(program, state, { fact: fact.kind === "ExecutionStarted" ? started : fact, atMs }),
    );
  return { state, take };
};

const begin = { kind: "ExecutionStarted" } as Fact;
const timePassed: Fact = { kind: "TimePassed" };

/** Runs an execution that needs nobody to its end; answers the transitions it took. */
const runAlone = async (definition: unknown, input: Json): Promise<number> => {
  const { state, take } = subject(definition, input);
  await take(begin);
  while (state.status === "RUNNING" && nextTimerAtMs(state) !== undefined) await take(timePassed);
  if (state.status !== "SUCCEEDED")
    throw new Error(`${state.status}: ${state.error} ${state.cause}`);
  return state.transitionCount;
};

/** What `run` does in a second, after some time to warm up; `run` answers how much it did. */
const perSecond = async (seconds: number, run: () => Promise<number>): Promise<number> => {
  for (const warmUntil = performance.now() + 500; performance.now() < warmUntil; ) await run();
  const startedMs = performance.now();
  let done = 0;
  while (performance.now() - startedMs < seconds * 1000) done += await run();
  return Math.round((done * 1000) / (performance.now() - startedMs));
};

/** A counter that loops through a Choice state; it comes back a thousand times. */
const loopOf = (states: object, top: object = {}): object => ({
  ...top,
  StartAt: "Count",
  States: {
    Count: {
      Type: "Pass",
      Parameters: { "n.$": "States.MathAdd($.n, 1)" },
      Next: "More",
    },
    More: {
      Type: "Choice",
      Choices: [{ Variable: "$.n", NumericLessThan: 1_000, Next: "Count" }],
      Default: "Done",
    },
    ...states,
    Done: { Type: "Succeed" },
  },
});

const chainOf = (count: number, state: object): object => ({
  StartAt: "S0",
  States: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `S${index}`,
      { ...state, ...(index === count - 1 ? { End: true } : { Next: `S${index + 1}` }) },
    ]),
  ),
});

/** Twenty rules of which the last one matches. */
const choiceOfTwenty = (): object => ({
  StartAt: "S0",
  States: {
    ...Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [
        `S${index}`,
        {
          Type: "Choice",
          Choices: Array.from({ length: 20 }, (_rule, rule) => ({
            Variable: "$.order.kind",
            StringEquals: `kind ${rule}`,
            Next: index === 99 ? "Done" : `S${index + 1}`,
          })),
        },
      ]),
    ),
    Done: { Type: "Succeed" },
  },
});

/** About 100 KiB of orders. */
const largeDocument = (): Json => ({
  orders: Array.from({ length: 600 }, (_, index) => ({
    id: index,
    customer: `customer ${index % 37} ${"x".repeat(80)}`,
    items: [{ price: index % 90, count: 2 }],
    isOpen: index % 3 === 0,
  })),
});

const transform = {
  QueryLanguage: "JSONata",
  StartAt: "T",
  States: {
    T: {
      Type: "Pass",
      Output: {
        open: "{% $states.input.orders[isOpen].{ 'id': id, 'total': $sum(items.(price * count)) } %}",
        customers: "{% $count($distinct($states.input.orders.customer)) %}",
      },
      End: true,
    },
  },
};

const mapOf = (): object => ({
  StartAt: "M",
  States: {
    M: {
      Type: "Map",
      ItemProcessor: {
        StartAt: "T",
        States: { T: { Type: "Task", Resource: "holdfast:bench:nothing", End: true } },
      },
      End: true,
    },
  },
});

/** A map whose activities are answered one by one; answers how many items it has. */
const runMap = async (): Promise<number> => {
  const { state, take } = subject(
    mapOf(),
    Array.from({ length: mapItems }, (_, index) => index),
  );
  const queue = [...(await take(begin))];
  for (const { kind, ...told } of queue) {
    if (kind !== "RunActivity") continue;
    const { activity, attempt } = told as { activity: string; attempt: number };
    queue.push(...(await take({ kind: "ActivitySucceeded", activity, attempt, output: null })));
  }
  if (state.status !== "SUCCEEDED") throw new Error(`the map is ${state.status}: ${state.cause}`);
  return mapItems;
};

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const heapMiB = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1024 ** 2;
};

/** An activity and two states in a loop without an end. */
const endless = {
  StartAt: "Work",
  States: {
    Work: { Type: "Task", Resource: "holdfast:bench:nothing", Next: "Note" },
    Note: { Type: "Pass", Assign: { "last.$": "$" }, Next: "Again" },
    Again: {
      Type: "Choice",
      Choices: [{ Variable: "$", IsPresent: true, Next: "Work" }],
      Default: "Work",
    },
  },
};

interface Stretch {
  readonly microseconds: number;
  readonly heapMiB: number;
}

/** One execution, measured in ten stretches. */
const longExecution = async (): Promise<readonly Stretch[]> => {
  const { state, take } = subject(endless, {});
  let [run] = await take(begin);
  const stretches: Stretch[] = [];
  for (let stretch = 1; stretch <= 10; stretch += 1) {
    const from = state.transitionCount;
    const startedMs = performance.now();
    while (state.transitionCount < (stretch * longTransitions) / 10) {
      if (run?.kind !== "RunActivity") throw new Error("nothing runs");
      const { activity, attempt } = run;
      [run] = await take({ kind: "ActivitySucceeded", activity, attempt, output: { n: stretch } });
    }
    const microseconds = ((performance.now() - startedMs) * 1000) / (state.transitionCount - from);
    stretches.push({ microseconds, heapMiB: heapMiB() });
  }
  return stretches;
};

const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));

const mean = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { microseconds }) => sum + microseconds, 0) / stretches.length;

/** Measures the core; its figures are in docs/benchmarks.md. */
export const core = async ({
  seconds,
  say,
}: {
  readonly seconds: number;
  readonly say: Say;
}): Promise<object> => {
  const document = largeDocument();
  const passing = chainOf(1_000, { Type: "Pass" });
  const choosing = choiceOfTwenty();
  const looping = loopOf({});
  const figures = {
    passPerSecond: await perSecond(seconds, () => runAlone(passing, { a: 1 })),
    choiceOf20PerSecond: await perSecond(seconds, () =>
      runAlone(choosing, { order: { kind: "kind 19" } }),
    ),
    loopPerSecond: await perSecond(seconds, () => runAlone(looping, { n: 0 })),
    jsonataOf100KiBPerSecond: await perSecond(seconds, () => runAlone(transform, document)),
    mapItemsPerSecond: await perSecond(seconds, runMap),
  };
  await longExecution();
  const stretches = await longExecution();
  const long = {
    transitions: longTransitions,
    microsecondsFirstFifth: rounded(mean(stretches.slice(0, 2))),
    microsecondsLastFifth: rounded(mean(stretches.slice(-2))),
    ratio: rounded(mean(stretches.slice(-2)) / mean(stretches.slice(0, 2))),
    heapMiBAtFirst: rounded(stretches[0]?.heapMiB ?? 0, 1),
    heapMiBAtLast: rounded(stretches.at(-1)?.heapMiB ?? 0, 1),
  };
  say(`pass-through          ${figures.passPerSecond} transitions/s`);
  say(`choice of 20 rules    ${figures.choiceOf20PerSecond} transitions/s`);
  say(`loop with a counter   ${figures.loopPerSecond} transitions/s`);
  say(
    `JSONata on ${Math.round(JSON.stringify(document).length / 1024)} KiB     ${figures.jsonataOf100KiBPerSecond} transforms/s`,
  );
  say(`map of ${mapItems} items   ${figures.mapItemsPerSecond} items/s`);
  say(
    `${longTransitions} transitions    ${long.microsecondsFirstFifth} us each in the first fifth, ${long.microsecondsLastFifth} us in the last: ratio ${long.ratio}`,
  );
  say(
    `memory                ${long.heapMiBAtFirst} MiB after a tenth, ${long.heapMiBAtLast} MiB at the end`,
  );
  return { figures, long };
};
