import { isQuiet, itemsText, placeOf } from "./activity-lines.ts";
import type { Entered, Progress } from "./progress.ts";
import { duration, type Paint, printable, shorten } from "./text.ts";

interface RegionOptions {
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
  readonly paint: Paint;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 100;

/** Lines of the region at most, so that something of what was before stays in view. */
const linesMax = 12;
const barWidthMax = 30;
const barWidthMin = 8;

/** A bar as wide as there is room for: done, failed, open. */
const bar = ({ items }: Entered, width: number, paint: Paint): string => {
  if (items === undefined || items.total === 0) return "";
  const failed =
    items.failed === 0 ? 0 : Math.max(1, Math.floor((items.failed / items.total) * width));
  const done = Math.min(width - failed, Math.floor((items.done / items.total) * width));
  const open = "░".repeat(width - done - failed);
  return paint("green", "█".repeat(done)) + paint("red", "█".repeat(failed)) + paint("dim", open);
};

const rowOf = (state: Entered, { columns, nowMs, paint }: RegionOptions): string => {
  const mark = frames[Math.floor(nowMs / frameMs) % frames.length] ?? "";
  const elapsed = duration(nowMs - state.enteredAtMs);
  const attempt = state.attempt > 1 ? `  attempt ${state.attempt}` : "";
  const waits = state.failure !== undefined && state.type === "Task" ? "  waits to retry" : "";
  const progress =
    state.items === undefined ? "" : `${itemsText(state)}, ${state.items.running} running  `;
  const facts = `  ${progress}${elapsed}${attempt}${waits}`;
  const room = columns - 1 - facts.length;
  const name = shorten(`${placeOf(state)}${mark} ${printable(state.name)}`, Math.max(10, room));
  const barWidth = Math.min(barWidthMax, room - name.length - 2);
  const hasBar = state.items?.isLoop === false && barWidth >= barWidthMin;
  const text = hasBar ? `${name}  ${bar(state, barWidth, paint)}` : name;
  return text + paint("dim", shorten(facts, Math.max(0, columns - 1 - name.length)));
};

/** What runs now, a line for each state with its time, a bar for each Map state, as the terminal has room. */
export const liveRegion = (progress: Progress, options: RegionOptions): readonly string[] => {
  const shown = [...progress.running].filter((state) => !isQuiet(state));
  const room = Math.max(1, Math.min(linesMax, options.rows - 3));
  // Map states first to go: their bars say more than one item's state.
  const byWeight = shown.toSorted(
    (a, b) => Number(b.items !== undefined) - Number(a.items !== undefined),
  );
  const kept = new Set(byWeight.slice(0, room));
  const lines = shown.filter((state) => kept.has(state)).map((state) => rowOf(state, options));
  const hidden = shown.length - kept.size;
  return hidden === 0 ? lines : [...lines, options.paint("dim", `  and ${hidden} more`)];
};
