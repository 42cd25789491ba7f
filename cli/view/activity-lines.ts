import type { Change, Entered } from "./progress.ts";
import type { RetryPlan } from "./retry-plan.ts";
import { counted, duration, type Paint, printable, shorten } from "./text.ts";

/** Up to this many items a Map state's items are shown state by state; beyond, it is a bar and its failures. */
const itemsShownMax = 10;

/** Failed attempts inside of big Map states that get a line of their own. */
const quietFailuresMax = 10;

/** A big Map state says how far it is at every such part of its items, where there is no bar to look at. */
const milestoneParts = 10;

const causeLengthMax = 160;

/** Does nothing outside and ends at once: its start is not worth a line. */
const isInstant = ({ type }: Entered): boolean => /^(Pass|Choice|Succeed|Fail)$/.test(type);

/** True for a Map state with too many items to show each. */
const isBig = ({ items }: Entered): boolean => (items?.total ?? 0) > itemsShownMax;

/** True for a state inside of a big Map state. */
export const isQuiet = (state: Entered): boolean => {
  for (let around = state.branch.in; around !== undefined; around = around.branch.in) {
    if (isBig(around)) return true;
  }
  return false;
};

/** Indentation and item numbers of a state by the branches around it. */
export const placeOf = (state: Entered): string => {
  let place = "";
  for (let { branch } = state; branch.in !== undefined; branch = branch.in.branch) {
    place = `  ${branch.item === undefined ? "" : `[${branch.item}] `}${place}`;
  }
  return place;
};

/** `Check endpoints > [3] > Request`: where a state lies, by the names of the states around it. */
export const placeNames = (state: Entered): string => {
  const names = [printable(state.name)];
  for (let { branch } = state; branch.in !== undefined; branch = branch.in.branch) {
    if (branch.item !== undefined) names.unshift(`[${branch.item}]`);
    names.unshift(printable(branch.in.name));
  }
  return names.join(" > ");
};

/** `37 of 50 items, 2 failed`, or of a loop `37 iterations`. */
export const itemsText = ({ items }: Entered): string => {
  if (items === undefined) return "";
  const failed = items.failed === 0 ? "" : `, ${items.failed} failed`;
  const ended = items.done + items.failed;
  return items.isLoop
    ? `${counted(ended, "iteration")}${failed}`
    : `${ended} of ${counted(items.total, "item")}${failed}`;
};

const attemptText = ({ attempt }: Entered): string => (attempt > 1 ? `attempt ${attempt}` : "");

const failureText = (error: string, cause: string): string => {
  const name = printable(error) || "failed without an error name";
  return cause === "" ? name : `${name}: ${shorten(printable(cause), causeLengthMax)}`;
};

type StateChange = Exclude<Change, { kind: "ended" }>;
type AttemptFailed = Extract<Change, { kind: "attemptFailed" }>;

interface LinesOptions {
  readonly paint: Paint;
  readonly retryPlan: RetryPlan;
  /** True where a live region shows what runs and how far big Map states are. */
  readonly isLive: boolean;
}

/** Turns what changed into the lines that stay: a few for each state, never one for each item of a big Map state. */
export class ActivityLines {
  readonly #paint: Paint;
  readonly #retryPlan: RetryPlan;
  readonly #isLive: boolean;
  #quietFailures = 0;

  constructor({ paint, retryPlan, isLive }: LinesOptions) {
    this.#paint = paint;
    this.#retryPlan = retryPlan;
    this.#isLive = isLive;
  }

  of(change: Change): readonly string[] {
    if (change.kind === "ended") return [];
    if (!isQuiet(change.state)) return this.#lines(change).filter((line) => line !== undefined);
    return change.kind === "attemptFailed" ? this.#quietFailure(change) : [];
  }

  #lines(change: StateChange): readonly (string | undefined)[] {
    const { state, atMs } = change;
    switch (change.kind) {
      case "entered":
        return [this.#entered(state)];
      case "containerStarted":
        return [this.#containerStarted(state)];
      case "attemptStarted":
        return [this.#isLive || state.attempt === 1 ? undefined : this.#started(state)];
      case "itemEnded":
        return [this.#milestone(state)];
      case "attemptFailed":
        return [this.#attemptFailed(change)];
      case "left":
        return [this.#left(state, atMs)];
      default:
        return [];
    }
  }

  #line(state: Entered, mark: string, facts: readonly string[] = []): string {
    const text = facts.filter((fact) => fact !== "").join("  ");
    return `${placeOf(state)}${mark} ${printable(state.name)}${text === "" ? "" : `  ${text}`}`;
  }

  #dim(text: string): string {
    return text === "" ? "" : this.#paint("dim", text);
  }

  #started(state: Entered, fact = attemptText(state)): string {
    return this.#line(state, this.#paint("cyan", "▸"), [this.#dim(fact)]);
  }

  #entered(state: Entered): string | undefined {
    if (state.type === "Fail") return this.#line(state, this.#paint("red", "✗"));
    const isShown = state.type === "Task" || state.type === "Wait";
    return isShown && !this.#isLive ? this.#started(state) : undefined;
  }

  #containerStarted(state: Entered): string {
    const { items } = state;
    const size = items === undefined || items.isLoop ? "" : counted(items.total, "item");
    return this.#started(
      state,
      [size, attemptText(state)].filter((fact) => fact !== "").join("  "),
    );
  }

  #left(state: Entered, atMs: number): string {
    const took = isInstant(state) ? "" : duration(atMs - state.enteredAtMs);
    const facts = [took, attemptText(state), itemsText(state)].map((fact) => this.#dim(fact));
    const { failure } = state;
    if (failure === undefined) return this.#line(state, this.#paint("green", "✓"), facts);
    const caught = this.#paint("yellow", `caught ${printable(failure.error) || "the failure"}`);
    return this.#line(state, this.#paint("yellow", "!"), [caught, ...facts]);
  }

  #attemptFailed({ state, atMs, error, cause }: AttemptFailed): string {
    const next = this.#retryPlan(state.name, { error, counts: state.retryCounts });
    const took = duration(atMs - state.attemptAtMs);
    const attempt = state.attempt === 0 ? "" : `attempt ${state.attempt} failed after ${took}: `;
    const text = attempt + failureText(error, cause);
    if (next === undefined) {
      return this.#line(state, this.#paint("red", "✗"), [this.#paint("red", text)]);
    }
    const when = `${next.isUpperBound ? "within" : "in"} ${duration(next.delaySeconds * 1000)}`;
    const again = `retry ${next.retry} of ${next.retriesMax} ${when}`;
    return this.#line(state, this.#paint("yellow", "↻"), [
      this.#paint("yellow", text),
      this.#dim(again),
    ]);
  }

  #quietFailure(change: AttemptFailed): readonly string[] {
    this.#quietFailures += 1;
    const text = this.#attemptFailed(change);
    if (this.#quietFailures < quietFailuresMax) return [text];
    if (this.#quietFailures > quietFailuresMax) return [];
    return [text, this.#dim("  further failed attempts are not shown; `holdfast history` has all")];
  }

  #milestone(state: Entered): string | undefined {
    const { done, failed, total } = state.items ?? { done: 0, failed: 0, total: 0 };
    const ended = done + failed;
    const part = Math.ceil(total / milestoneParts);
    if (this.#isLive || !isBig(state) || ended === total || ended % part !== 0) return undefined;
    return `${placeOf(state)}  ${this.#dim(`${printable(state.name)}  ${itemsText(state)}`)}`;
  }
}
