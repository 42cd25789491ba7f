/**
 * How many calls a server answers beside a bare Hono hello-world on the same machine, in turn: whatever
 * else the machine does for a while slows down both.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { connect } from "./client.ts";
import { median } from "./figures.ts";
import { attach } from "./inspector.ts";
import { type LoadFigures, load, requestText, type Target } from "./load.ts";
import { type Asked, askedOf, type Prepared, prepare } from "./northbound-requests.ts";
import { type CommandContext, sayProfile } from "./profile.ts";
import { freshDirectory, type Server, startServer } from "./server.ts";

const ROUNDS = 5;
const HELLO_SECONDS = 1;
const SECONDS = 2;
const PROFILED_SECONDS = 5;
/** Code that was run a few times only is not compiled yet. */
const WARM_UP_ROUNDS = 2;

/** What must hold of a median ratio to the hello-world. */
const RATIOS_MIN: Readonly<Record<string, number>> = { describe: 0.4, start: 0.2 };

interface Hello {
  readonly ask: (seconds: number) => Promise<LoadFigures>;
  readonly stop: () => Promise<void>;
}

const startHello = async (): Promise<Hello> => {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, "hello-server.ts")],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const killWithUs = (): boolean => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  if (child.stdout === null || child.pid === undefined) throw new Error("no hello-world");
  const [said] = await once(child.stdout, "data");
  const target: Target = { url: String(said).trim(), pid: child.pid };
  const requests = [requestText(target, "GET /")];
  return {
    ask: (seconds) => load(target, { requests, isRepeated: true, seconds, status: 200 }),
    stop: async () => {
      const gone = once(child, "exit");
      child.kill();
      await gone;
      process.off("exit", killWithUs);
    },
  };
};

interface PreparedServer {
  readonly server: Server;
  readonly prepared: Prepared;
}

/** A server that is started, and what is asked of it. */
const preparedServer = async (
  parent: string,
  options: { readonly checkout?: string; readonly nodeOptions?: readonly string[] } = {},
): Promise<PreparedServer> => {
  const server = await startServer(freshDirectory(parent), options);
  const { url, pid, client } = server;
  const prepared = await prepare(client, { url, pid }, (token) => connect(url, token));
  return { server, prepared };
};

/** All turns that the starts have begun are over, so that they slow down nothing that comes after. */
const untilIdle = async ({ client }: Server): Promise<void> => {
  while ((await client.list("process=pass&status=RUNNING&limit=1")).executions.length > 0);
};

/** Asks for a while; a start is answered when it is durable. */
const ask = async (
  { server, prepared }: PreparedServer,
  { make, isRepeated, status }: Asked,
  seconds: number,
): Promise<LoadFigures> => {
  const requests = make(seconds);
  const figures = await load(prepared.target, { requests, isRepeated, seconds, status });
  await untilIdle(server);
  return figures;
};

interface Measured {
  readonly hello: LoadFigures;
  readonly of: readonly LoadFigures[];
}

const medianOf = (rounds: readonly LoadFigures[], figure: keyof LoadFigures): number =>
  median(rounds.map((round) => round[figure]));

const summary = (rounds: readonly Measured[], which: number) => {
  const ofIt = rounds.flatMap(({ of }) => of[which] ?? []);
  const hellos = rounds.map(({ hello }) => hello);
  const ratios = rounds.map(({ hello }, index) => (ofIt[index]?.perSecond ?? 0) / hello.perSecond);
  return {
    perSecond: Math.round(medianOf(ofIt, "perSecond")),
    helloPerSecond: Math.round(medianOf(hellos, "perSecond")),
    ratio: median(ratios),
    ratioMin: Math.min(...ratios),
    ratioMax: Math.max(...ratios),
    p50Ms: medianOf(ofIt, "p50Ms"),
    p99Ms: medianOf(ofIt, "p99Ms"),
    serverCpuUs: medianOf(ofIt, "serverCpuUs"),
    helloCpuUs: medianOf(hellos, "serverCpuUs"),
    clientCpuUs: medianOf(ofIt, "clientCpuUs"),
  };
};

type Summary = ReturnType<typeof summary>;

const line = (name: string, of: Summary): string =>
  `${name.padEnd(28)} ${String(of.perSecond).padStart(6)}/s of ${of.helloPerSecond}/s: ${of.ratio.toFixed(2)} (${of.ratioMin.toFixed(2)} to ${of.ratioMax.toFixed(2)}), p50 ${of.p50Ms.toFixed(1)} ms, p99 ${of.p99Ms.toFixed(1)} ms; CPU of the server ${of.serverCpuUs.toFixed(0)} us of ${of.helloCpuUs.toFixed(0)} us: ${(of.helloCpuUs / of.serverCpuUs).toFixed(2)}; of the client ${of.clientCpuUs.toFixed(0)} us`;

interface Entrant {
  readonly one: PreparedServer;
  readonly asked: readonly Asked[];
}

/** One round: every kind of call on each server, right after the hello-world. */
const round = async (hello: Hello, entrants: readonly Entrant[]): Promise<readonly Measured[]> => {
  const measured: Measured[] = [];
  for (const [index] of (entrants[0]?.asked ?? []).entries()) {
    const figures = await hello.ask(HELLO_SECONDS);
    const of: LoadFigures[] = [];
    for (const { one, asked } of entrants) {
      const wanted = asked[index];
      if (wanted !== undefined) of.push(await ask(one, wanted, SECONDS));
    }
    measured.push({ hello: figures, of });
  }
  return measured;
};

/** What was measured of each kind of call, by its name. */
const rounds = async (
  hello: Hello,
  servers: readonly PreparedServer[],
  { say }: CommandContext,
): Promise<ReadonlyMap<string, readonly Measured[]>> => {
  const entrants = servers.map((one) => ({ one, asked: askedOf(one.prepared) }));
  const measured: (readonly Measured[])[] = [];
  for (let count = 1 - WARM_UP_ROUNDS; count <= ROUNDS; count += 1) {
    say(count < 1 ? "warm-up" : `round ${count} of ${ROUNDS}`);
    const figures = await round(hello, entrants);
    if (count >= 1) measured.push(figures);
  }
  const names = (entrants[0]?.asked ?? []).map(({ name }) => name);
  return new Map(
    names.map((name, index) => [name, measured.flatMap((figures) => figures[index] ?? [])]),
  );
};

/** Where a server spends its time in describes, and in starts. */
export const northboundProfile = async ({ parent, say }: CommandContext): Promise<object> => {
  const one = await preparedServer(parent, { nodeOptions: ["--inspect=127.0.0.1:0"] });
  try {
    const profiler = await attach(one.server.directory);
    const wanted = askedOf(one.prepared).filter(({ name }) => Object.hasOwn(RATIOS_MIN, name));
    const profiles: object[] = [];
    for (const asked of wanted) {
      await ask(one, asked, PROFILED_SECONDS);
      await profiler.begin();
      const figures = await ask(one, asked, PROFILED_SECONDS);
      const spots = sayProfile(asked.name, await profiler.end(), say);
      profiles.push({ ...spots, figures });
    }
    profiler.close();
    return { northboundProfile: profiles };
  } finally {
    await one.server.stop();
  }
};

/**
 * Describes and starts beside the hello-world; with `beside`, of another checkout in the same run too. Fails where
 * a ratio is below what must hold.
 */
export const northbound =
  (beside?: string) =>
  async (context: CommandContext): Promise<object> => {
    const { parent, say } = context;
    const hello = await startHello();
    const servers: PreparedServer[] = [];
    try {
      for (const checkout of beside === undefined ? [undefined] : [undefined, beside])
        servers.push(await preparedServer(parent, checkout === undefined ? {} : { checkout }));
      const measured = await rounds(hello, servers, context);
      const figures = [...measured].map(([name, of]) => {
        const ours = summary(of, 0);
        say(line(name, ours));
        const other = beside === undefined ? undefined : summary(of, 1);
        if (other !== undefined) say(line("  beside", other));
        const isTooSlow = ours.ratio < (RATIOS_MIN[name] ?? 0);
        if (isTooSlow) {
          say(`below ${RATIOS_MIN[name]}: ${name}`);
          process.exitCode = 1;
        }
        return { name, ...ours, ...(other !== undefined && { beside: other }) };
      });
      return { date: new Date().toISOString(), northbound: figures };
    } finally {
      await Promise.all(servers.map(({ server }) => server.stop()));
      await hello.stop();
    }
  };
