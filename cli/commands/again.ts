import { setTimeout as sleep } from "node:timers/promises";
import { isPassing } from "../environment/client.ts";
import { exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";

/** How often `--watch` looks, ms. */
const everyMs = 2_000;

/** Where what is shown anew goes. */
interface Board {
  /** In place of what was shown before. */
  readonly show: (lines: readonly string[]) => void;
  readonly stop: () => void;
}

/** In a terminal it is drawn in one place, as much as there is room for; elsewhere one below the other. */
const boardOf = async (terminal: Terminal, isJson: boolean): Promise<Board> => {
  if (!terminal.isTty || isJson)
    return { show: (lines) => lines.forEach(terminal.out), stop: () => undefined };
  let shown: readonly string[] = [];
  const { liveScreen } = await import("../view/live-screen.ts");
  const screen = liveScreen(() => shown.slice(0, terminal.rows() - 1));
  const show = (lines: readonly string[]) => {
    const head = terminal.paint("dim", `${localTime(new Date().toISOString())}  Ctrl-C ends`);
    shown = [head, ...lines];
  };
  return {
    show,
    stop: () => {
      screen.stop();
      shown.slice(1).forEach(terminal.out);
    },
  };
};

/** What a command shows, line by line. */
const linesOf = async (show: (call: Call) => Promise<number>, call: Call) => {
  const written: string[] = [];
  const out = (text: string) => void written.push(...text.split("\n"));
  const json = (value: unknown) => void written.push(JSON.stringify(value));
  await show({ ...call, terminal: { ...call.terminal, out, note: out, json } });
  return written;
};

/** What is to be said while the environment is away. Throws where it is there, and refuses. */
const awayLines = (error: unknown, { options, terminal }: Call): readonly string[] => {
  if (!(error instanceof Error && isPassing(error))) throw error;
  const line = terminal.paint("yellow", printable(error.message));
  // For programs there is nothing to read in it.
  return options.json === true ? [] : [line];
};

/** Shows what a command shows again and again, until Ctrl-C. */
export const again = async (show: (call: Call) => Promise<number>, call: Call): Promise<number> => {
  const board = await boardOf(call.terminal, call.options.json === true);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  const ended = new Promise<undefined>((resolve) => {
    ending.signal.addEventListener("abort", () => resolve(undefined));
  });
  try {
    while (!ending.signal.aborted) {
      const looking = linesOf(show, call).catch((error: unknown) => awayLines(error, call));
      const lines = await Promise.race([looking, ended]);
      // Nobody waits for an answer that may never come; it would have changed nothing.
      if (lines === undefined) {
        board.stop();
        process.exit(exitCodes.success);
      }
      board.show(lines);
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
    return exitCodes.success;
  } finally {
    board.stop();
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
};
