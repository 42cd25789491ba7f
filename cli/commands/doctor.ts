import { access, constants, open, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { type Client, connect } from "../environment/client.ts";
import { type Access, findEnvironment, Unreachable } from "../environment/find.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";

interface DoctorOptions {
  readonly port: string;
}

interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "problem";
  readonly found: string;
  /** What to do. */
  readonly mend?: string;
}

const freeBytesLow = 1024 ** 3;
const freeBytesTooLow = 100 * 1024 ** 2;
const clockSkewMsMax = 5_000;
/** Date headers have whole seconds. */
const clockRoundingMs = 1_000;
const nodeVersionMin = 20;

const ok = (check: string, found: string): Finding => ({ check, state: "ok", found });
const problem = (check: string, found: string, mend: string): Finding => ({
  check,
  state: "problem",
  found,
  mend,
});
const warning = (check: string, found: string, mend: string): Finding => ({
  ...problem(check, found, mend),
  state: "warning",
});

const nodeFinding = (): Finding => {
  const { node } = process.versions;
  return Number.parseInt(node, 10) >= nodeVersionMin
    ? ok("node", `Node.js ${node}`)
    : problem("node", `Node.js ${node} is too old`, `Install Node.js ${nodeVersionMin} or newer`);
};

const isThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
};

/** The directory itself, or the nearest one above it that there is. */
const nearest = async (path: string): Promise<string> =>
  (await isThere(path)) || dirname(path) === path ? path : nearest(dirname(path));

/** What every file of SQLite begins with; one that was just made may still be empty. */
const databaseStart = "SQLite format 3\0";

/** Whether a file begins as a database does, or is not there. */
const mayBeDatabase = async (path: string): Promise<boolean> => {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return true;
  try {
    const { bytesRead, buffer } = await file.read({ length: databaseStart.length, position: 0 });
    const found = buffer.toString("latin1", 0, bytesRead);
    return found === "" || found === databaseStart;
  } finally {
    await file.close();
  }
};

const dataFinding = async (data: string): Promise<Finding> => {
  const directory = await nearest(data);
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return problem(
      "data",
      `${directory} cannot be written`,
      "Give yourself the right to, or use --data DIR",
    );
  }
  if (directory !== data) return ok("data", `${data} can be made`);
  const secrets = ["admin.token", "environment.key"].map((name) => join(data, name));
  for (const file of secrets) {
    const found = await stat(file).catch(() => undefined);
    const isOpen =
      found !== undefined && process.platform !== "win32" && (found.mode & 0o077) !== 0;
    if (isOpen) return problem("data", `others may read ${file}`, `chmod 600 ${file}`);
  }
  const database = join(data, "holdfast.db");
  if (!(await mayBeDatabase(database)))
    return problem(
      "data",
      `${database} is no database, or a damaged one`,
      "Restore a backup: holdfast restore BACKUP --data DIR; or use another directory",
    );
  return ok("data", `${data} can be read and written`);
};

const diskFinding = async (data: string): Promise<Finding> => {
  const { bavail, bsize } = await statfs(await nearest(data));
  const free = bavail * bsize;
  const found = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  const mend = "Make room: a server refuses what it cannot store";
  if (free < freeBytesTooLow) return problem("disk", found, mend);
  return free < freeBytesLow ? warning("disk", found, mend) : ok("disk", found);
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const server = createServer();
    server.once("error", () => answer(false));
    server.listen(port, "127.0.0.1", () => server.close(() => answer(true)));
  });

const portFinding = async (port: number): Promise<Finding> =>
  (await isFree(port))
    ? ok("port", `${port} is free`)
    : problem(
        "port",
        `${port} is taken by another program`,
        "Use holdfast start --port PORT; 0 takes a free one",
      );

const nextOf = (error: unknown): string =>
  error instanceof CommandFailed ? error.next.join(", ") : "See what is said";

interface Health {
  readonly version: string;
  readonly environment: string;
  readonly warnings: readonly { readonly message: string }[];
}

const clockFinding = (date: string | null, askedAtMs: number): Finding => {
  const skewMs = Date.parse(date ?? "") - askedAtMs;
  if (Number.isNaN(skewMs))
    return warning("clock", "the server does not say its time", "Check what stands before it");
  const isNear = Math.abs(skewMs) <= clockSkewMsMax + clockRoundingMs;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  return isNear
    ? ok("clock", "as the server's")
    : warning(
        "clock",
        `${seconds} s ${skewMs > 0 ? "behind" : "before"} the server's`,
        "Let both machines ask a time server",
      );
};

const versionFinding = (version: string): Finding =>
  version === packageJson.version
    ? ok("version", `${version}, as the server's`)
    : warning(
        "version",
        `this command is ${packageJson.version}, the server ${version}`,
        `Use the same: npx holdfast@${version}`,
      );

const tokenFinding = async (client: Client): Promise<Finding> => {
  try {
    const { principal, grants } = await client.get<{
      principal: string;
      grants: readonly unknown[];
    }>("/v1/whoami");
    return grants.length > 0
      ? ok("token", `${printable(principal)}`)
      : warning(
          "token",
          `${printable(principal)} has no role`,
          "Ask an administrator of the environment for one",
        );
  } catch (error) {
    return problem("token", (error as Error).message, nextOf(error));
  }
};

/** What a server that answers tells. */
const serverFindings = async (client: Client): Promise<readonly Finding[]> => {
  const askedAtMs = Date.now();
  const answer = await client.open("/v1/health", { method: "GET" });
  const health = (await answer.json()) as Health;
  return [
    ok("server", `${printable(health.environment)} answers at ${client.access.url}`),
    clockFinding(answer.headers.get("date"), askedAtMs),
    versionFinding(health.version),
    await tokenFinding(client),
    ...health.warnings.map(({ message }) =>
      warning("access", printable(message), "holdfast keys create NAME --role Administrator"),
    ),
  ];
};

/** A local environment that does not run is no problem: one may start it now. */
const environmentFindings = async ({
  options,
}: Call<DoctorOptions>): Promise<readonly Finding[]> => {
  let environment: Access;
  try {
    environment = await findEnvironment(options);
  } catch (error) {
    if (!(error instanceof Unreachable))
      return [problem("server", (error as Error).message, nextOf(error))];
    return [
      warning("server", error.message, error.next[0] ?? ""),
      await portFinding(Number(options.port)),
    ];
  }
  try {
    return await serverFindings(await connect(options));
  } catch (error) {
    return [problem("server", (error as Error).message, environment.whenSilent)];
  }
};

const localFindings = async (data: string): Promise<readonly Finding[]> => [
  await dataFinding(data),
  await diskFinding(data),
];

const styles = { ok: "green", warning: "yellow", problem: "red" } as const;
const stateWidth = 8;
const checkWidth = 8;

/** Checks the set-up, and says what to mend. */
export const doctor = async (call: Call<DoctorOptions>): Promise<number> => {
  const { options, terminal } = call;
  const findings = [
    nodeFinding(),
    ...(options.url === undefined ? await localFindings(resolve(options.data)) : []),
    ...(await environmentFindings(call)),
  ];
  const code = findings.some(({ state }) => state === "problem")
    ? exitCodes.commandFailed
    : exitCodes.success;
  if (options.json === true) {
    terminal.json(findings);
    return code;
  }
  const { out, paint } = terminal;
  for (const { check, state, found, mend } of findings) {
    out(`${paint(styles[state], state.padEnd(stateWidth))} ${check.padEnd(checkWidth)} ${found}`);
    if (mend) out(`${" ".repeat(stateWidth + 1 + checkWidth + 1)}${paint("dim", mend)}`);
  }
  return code;
};
