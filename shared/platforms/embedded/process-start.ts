import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What the kernel says of a process: fields of `/proc/PID/stat` behind the name, which may hold anything. */
const statOf = (pid: number): readonly string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
};

const ask = (pid: number, column: string): string | undefined => {
  const { stdout } = spawnSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" });
  const answer = stdout?.trim();
  return answer ? answer : undefined;
};

/** Places of the state and of the start time, in clock ticks since boot (proc_pid_stat(5)). */
const stateField = 0;
const startField = 19;

const fieldOf = (pid: number, field: number, column: string): string | undefined => {
  if (process.platform !== "linux") return ask(pid, column);
  try {
    return statOf(pid)[field];
  } catch {
    return undefined;
  }
};

/** When a process began, in words that tell it from every other of the same id; none if there is no such process. */
export const processStart = (pid: number): string | undefined => fieldOf(pid, startField, "lstart");

/** Whether a process was stopped by a signal and does nothing until another one lets it go on. */
export const isStopped = (pid: number): boolean =>
  /^[Tt]/.test(fieldOf(pid, stateField, "state") ?? "");
