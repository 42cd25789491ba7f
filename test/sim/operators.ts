/**
 * Several operators who answer what is asked about interrupted activities: late, twice, and one
 * against the other.
 *
 * S10 Of two different answers to one question at most one is acknowledged, and the same one again is.
 */
import type { ResolveRequest } from "#engine/engine.ts";
import { questionsOf } from "#engine/questions.ts";
import { type Callers, codeOf, mayTryAgain, within } from "./clients.ts";
import { answerTo, isRecorded } from "./operator.ts";
import type { Random } from "./random.ts";
import type { Watched } from "./watched.ts";

export interface OperatorsOptions {
  readonly callers: Callers;
  readonly random: Random;
  readonly areFaultsOn: () => boolean;
  readonly executions: () => Iterable<Watched>;
  readonly isOver: () => boolean;
  /** Keeps the simulation from ending before the call has. */
  readonly call: (task: Promise<unknown>) => void;
}

/** Between two looks at what is asked, ms. */
const lookEveryMs = 4_000;

const textOf = ({ resolution, output, error }: ResolveRequest): string =>
  JSON.stringify([resolution, output, error]);

export class Operators {
  readonly #options: OperatorsOptions;
  /** What was acknowledged, by question. */
  readonly #said = new Map<string, string>();

  constructor(options: OperatorsOptions) {
    this.#options = options;
  }

  async work(): Promise<void> {
    const { callers, executions, isOver, call } = this.#options;
    while (!isOver()) {
      await callers.sleep(lookEveryMs);
      for (const watched of [...executions()]) {
        if (watched.state?.status !== "RUNNING") continue;
        for (const asked of questionsOf(watched.state))
          call(this.#deal(watched, answerTo(watched.executionId, asked)));
      }
    }
  }

  async #deal(watched: Watched, answer: ResolveRequest): Promise<void> {
    const { random, areFaultsOn, callers } = this.#options;
    if (!areFaultsOn()) return this.#say(watched, answer);
    if (random.chance(0.4)) return;
    const other: ResolveRequest =
      answer.resolution === "retry"
        ? { ...answer, resolution: "failed", error: "Boom", cause: "boom" }
        : {
            activity: answer.activity,
            attempt: answer.attempt ?? 1,
            resolution: "retry",
            by: "sim2",
          };
    const late = async (given: ResolveRequest): Promise<void> => {
      await callers.sleep(random.int(0, 6_000));
      await this.#say(watched, given);
    };
    const all = [this.#say(watched, answer)];
    if (random.chance(0.4)) all.push(late(answer));
    if (random.chance(0.3)) all.push(late(other));
    await Promise.all(all);
  }

  async #say(watched: Watched, request: ResolveRequest): Promise<void> {
    const { callers } = this.#options;
    const engine = callers.server();
    if (engine === undefined) return;
    const question = `${watched.executionId} ${request.activity}#${request.attempt}`;
    try {
      const answer = await within(callers, engine.resolve(watched.executionId, request));
      if (answer.kind === "silent") return;
      if (!isRecorded(watched, request))
        callers.violated("G1", `the answer about ${question} is acknowledged without a record`);
      this.#mustBeOne(question, textOf(request));
    } catch (error) {
      const code = codeOf(error);
      const hasDetails = !watched.facts.some(({ kind }) => kind === "ExecutionCondensed");
      if (code === "activity-not-asking") {
        if (hasDetails) this.#mustNotBeSaid(question, textOf(request));
      } else if (!mayTryAgain(code)) callers.violated("call", `answer about ${question}: ${code}`);
    }
  }

  /** S10. */
  #mustBeOne(question: string, said: string): void {
    const before = this.#said.get(question);
    if (before !== undefined && before !== said)
      this.#options.callers.violated("S10", `${question} has two answers: ${before} and ${said}`);
    this.#said.set(question, said);
  }

  #mustNotBeSaid(question: string, said: string): void {
    if (this.#said.get(question) === said)
      this.#options.callers.violated("S10", `${question}: the answer ${said} is refused now`);
  }
}
