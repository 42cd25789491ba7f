/** What Linux says about a process, a disk and the machine. Nowhere else can these figures be had. */
import {
  closeSync,
  fdatasyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

const TICKS_PER_SECOND = 100;
const MEGABYTE = 1 << 20;

const proc = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
};

/** Fields of /proc/PID/stat after the command name, which may itself hold spaces and brackets. */
const stat = (pid: number): readonly string[] => {
  const text = proc(pid, "stat");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
};

/** The process and all that descend from it. */
const tree = (root: number): readonly number[] => {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const pid = Number(name);
    const parent = Number(stat(pid)[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
};

const kilobytes = (text: string, label: string): number =>
  Number(new RegExp(`^${label}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);

const sumOver = (pid: number, measure: (pid: number) => number): number =>
  tree(pid).reduce((total, each) => total + measure(each), 0);

/** Memory now, summed over the process tree, MiB. PSS shares common pages out among their users. */
export const memory = (pid: number): { readonly pss: number; readonly rss: number } => ({
  pss: sumOver(pid, (each) => kilobytes(proc(each, "smaps_rollup"), "Pss") / 1024),
  rss: sumOver(pid, (each) => kilobytes(proc(each, "smaps_rollup"), "Rss") / 1024),
});

/** The highest resident set of the process tree so far, MiB. */
export const peakRss = (pid: number): number =>
  sumOver(pid, (each) => kilobytes(proc(each, "status"), "VmHWM") / 1024);

/** CPU time of the process tree so far, seconds. */
export const cpuSeconds = (pid: number): number =>
  sumOver(pid, (each) => (Number(stat(each)[11]) + Number(stat(each)[12])) / TICKS_PER_SECOND);

/** What the files below a directory take on the disk, MiB. */
export const diskUsed = (directory: string): number =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((total, entry) => {
      const file = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
      return total + ((file?.blocks ?? 0) * 512) / MEGABYTE;
    }, 0);

/** Type and device of the file system that holds a directory, for example `ext4 on /dev/vda`. */
export const filesystemOf = (directory: string): string => {
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, at]) => at !== undefined && (at === "/" || `${directory}/`.startsWith(`${at}/`)))
    .sort((left, right) => (left[1] ?? "").length - (right[1] ?? "").length);
  const [device, , type] = mounts.at(-1) ?? [];
  return `${type ?? "unknown"} on ${device ?? "unknown"}`;
};

/** How often a second 1 KiB can be appended and made durable, one after the other. */
export const syncsPerSecond = (directory: string, forMs = 1500): number => {
  const path = join(directory, "sync-probe");
  const file = openSync(path, "w");
  const block = Buffer.alloc(1024, 120);
  const append = (): void => {
    writeSync(file, block);
    fdatasyncSync(file);
  };
  for (let index = 0; index < 20; index += 1) append();
  const startedAt = performance.now();
  let count = 0;
  for (; performance.now() - startedAt < forMs; count += 1) append();
  const seconds = (performance.now() - startedAt) / 1000;
  closeSync(file);
  rmSync(path);
  return count / seconds;
};

/** What was measured on, in words. */
export const machineName = (): string => {
  const processors = cpus();
  return `${processors.length} x ${processors[0]?.model ?? "unknown"}`;
};
