import { createLogUpdate } from "log-update";

/** Lines that stay, and below them a region that is drawn anew. */
export interface Screen {
  readonly persist: (lines: readonly string[]) => void;
  readonly stop: () => void;
}

const drawEveryMs = 100;

/** A terminal's screen: `region` says what stands below the lines, again and again. */
export const liveScreen = (region: () => readonly string[]): Screen => {
  const update = createLogUpdate(process.stdout);
  let pending: string[] = [];
  const draw = (): void => {
    if (pending.length > 0) update.persist(pending.join("\n"));
    pending = [];
    const lines = region();
    if (lines.length === 0) update.clear();
    else update(lines.join("\n"));
  };
  const timer = setInterval(draw, drawEveryMs);
  return {
    persist: (lines) => {
      pending.push(...lines);
    },
    stop: () => {
      clearInterval(timer);
      if (pending.length > 0) update.persist(pending.join("\n"));
      pending = [];
      update.clear();
      update.done();
    },
  };
};
