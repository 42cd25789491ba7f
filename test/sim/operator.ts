/** The operator of a simulation: says what became of interrupted activities, and holds the servers to what they were told. */
import type { Json } from "#core/json.ts";
import type { ResolveRequest } from "#engine/engine.ts";
import { type Question, questionsOf } from "#engine/questions.ts";
import { type Callers, codeOf, mayTryAgain, within } from "./clients.ts";
import { hashOf } from "./random.ts";
import { resultOf } from "./script.ts";
import type { Watched } from "./watched.ts";

export interface OperatorOptions {
  readonly callers: Callers;
  readonly executions: () => Iterable<Watched>;
  readonly isOver: () => boolean;
}

/** Between two looks at what is asked, ms. */
const lookEveryMs = 10_000;

const parametersOf = ({ parameters }: Question): Json => parameters ?? {};

/** What is said depends on the question alone. */
export const answerTo = (executionId: string, asked: Question): ResolveRequest => {
  const { activity, attempt, state, resource } = asked;
  const named = { activity, attempt, by: "sim" };
  const draw = hashOf(`${executionId} ${activity} ${attempt}`) % 4;
  if (draw === 0) return { ...named, resolution: "retry" };
  if (draw === 1) return { ...named, resolution: "failed", error: "Boom", cause: "boom" };
  const output = resultOf(state + resource, parametersOf(asked));
  return { ...named, resolution: "succeeded", output };
};

export const isRecorded = (watched: Watched, { activity, attempt }: ResolveRequest): boolean =>
  watched.hasRecorded(
    (fact) =>
      fact.kind === "ActivityResolved" && fact.activity === activity && fact.attempt === attempt,
  );

const answerOnce = async (
  callers: Callers,
  watched: Watched,
  request: ResolveRequest,
): Promise<void> => {
  const engine = callers.server();
  if (engine === undefined) return;
  const { executionId } = watched;
  const what = `the answer about ${executionId} ${request.activity}#${request.attempt}`;
  try {
    const answer = await within(callers, engine.resolve(executionId, request));
    if (answer.kind === "answered" && !isRecorded(watched, request))
      callers.violated("G1", `${what} is acknowledged without a record`);
  } catch (error) {
    const code = codeOf(error);
    if (!mayTryAgain(code) && code !== "activity-not-asking")
      callers.violated("call", `${what}: ${code}`);
  }
};

/** Answers whatever is asked, until the simulation is over. */
export const operate = async ({ callers, executions, isOver }: OperatorOptions): Promise<void> => {
  while (!isOver()) {
    await callers.sleep(lookEveryMs);
    for (const watched of [...executions()]) {
      if (watched.state?.status !== "RUNNING") continue;
      for (const asked of questionsOf(watched.state))
        await answerOnce(callers, watched, answerTo(watched.executionId, asked));
    }
  }
};
