/** An environment that the real CDK command deploys, driven through its API: what it keeps when what carries it fails. */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountId } from "./aws-call.ts";
import { region } from "./cdk-command.ts";
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import {
  type Answer,
  alarmsOf,
  clientConfig,
  type DeployedEnvironment,
  deploy,
  environmentNamed,
  logLines,
  setTrigger,
  until,
  workersOf,
} from "./environment.ts";
import { testbed } from "./testbed.ts";

const sqs = new SQSClient(clientConfig());
let endpoint: Endpoint;
let first: DeployedEnvironment;

const post = (path: string, more: object = {}) => ({
  Type: "Task",
  Resource: "holdfast:http:request",
  Arguments: {
    method: "POST",
    url: `${endpoint.url}${path}`,
    json: { name: "{% $states.context.Execution.Name %}" },
    ...more,
  },
});

const rest = (seconds: number, next: object) => ({ Type: "Wait", Seconds: seconds, ...next });

const process = (states: Readonly<Record<string, object>>) => ({
  QueryLanguage: "JSONata",
  StartAt: Object.keys(states)[0],
  States: states,
});

const putEvent = async (detail: object): Promise<void> => {
  const bus = new EventBridgeClient(clientConfig());
  const entry = {
    EventBusName: first.resource(/^EventsBus[0-9A-F]{8}$/),
    Source: "shop",
    DetailType: "Order",
    Detail: JSON.stringify(detail),
  };
  await bus.send(new PutEventsCommand({ Entries: [entry] }));
};

interface Declared {
  readonly description?: string;
  readonly states: Readonly<Record<string, object>>;
  readonly settings?: object;
}

const declareWith = async (
  on: DeployedEnvironment,
  name: string,
  { states, ...more }: Declared,
): Promise<void> => {
  const document = JSON.stringify({ kind: "Process", name, definition: process(states), ...more });
  expect(await on.api("/v1/processes", { document })).toMatchObject({ name, warnings: [] });
};

const declare = (
  on: DeployedEnvironment,
  name: string,
  states: Readonly<Record<string, object>>,
): Promise<void> => declareWith(on, name, { states });

const start = async (on: DeployedEnvironment, name: string, execution = "a"): Promise<string> => {
  const { status, body } = await on.call("/v1/executions", { process: name, name: execution });
  expect([200, 201], JSON.stringify(body)).toContain(status);
  return body.executionId;
};

const execution = (on: DeployedEnvironment, executionId: string) =>
  on.api(`/v1/executions/${executionId}`);

const ended = (on: DeployedEnvironment, executionId: string, limitMs?: number) =>
  until(
    () => execution(on, executionId),
    ({ status }) => status !== "RUNNING",
    limitMs,
  );

const historyOf = async (on: DeployedEnvironment, executionId: string) =>
  (await on.api(`/v1/executions/${executionId}/history?limit=1000`)).events;

const queueUrl = (name: string): string =>
  `${testbed().endpoint}/${accountId}/${first
    .resource(new RegExp(`^${name}[0-9A-F]{8}$`))
    .split("/")
    .at(-1)}`;

const itemsIn = async (name: string): Promise<number> => {
  const AttributeNames = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
  ] as const;
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl(name),
      AttributeNames: [...AttributeNames],
    }),
  );
  return AttributeNames.reduce((sum, each) => sum + Number(Attributes[each]), 0);
};

let aheadMs = 0;

/** Lets time pass for the functions; queues and schedules keep the machine's time. */
const letPass = (ms: number): void => {
  aheadMs += ms;
  writeFileSync(testbed().clockFile, String(aheadMs));
};

beforeAll(async () => {
  endpoint = await openEndpoint();
  first = await environmentNamed("First");
});

afterAll(async () => {
  await endpoint?.close();
});

describe("a deployed environment", () => {
  it("answers whoever has the token that the deployment tells how to read, and nobody else", async () => {
    expect((await first.call("/v1/executions")).status).toBe(200);
    const stranger = await environmentNamed("First");
    const refused = await fetch(`${testbed().endpoint}/v1/executions`, {
      headers: { authorization: "Bearer wrong" },
    }).catch(() => undefined);
    expect(refused?.status ?? 0).not.toBe(200);
    expect(stranger.token).toBe(first.token);
    expect((await first.with("wrong").call("/v1/executions")).status).toBe(401);
  });

  it("runs a process to its end, and tells its history", async () => {
    await declare(first, "call", { Call: { ...post("/call"), End: true } });
    const executionId = await start(first, "call");
    expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED" });
    expect(endpoint.of("/call")).toHaveLength(1);
    const types = (await historyOf(first, executionId)).map(({ type }: { type: string }) => type);
    expect(types.at(0)).toBe("ExecutionStarted");
    expect(types.at(-1)).toBe("ExecutionSucceeded");
  });

  it("waits, and goes on when the time has come", async () => {
    await declare(first, "rest", {
      Rest: rest(4, { Next: "Call" }),
      Call: { ...post("/rest"), End: true },
    });
    const executionId = await start(first, "rest");
    await until(
      () => execution(first, executionId),
      ({ waitingFor }) => waitingFor?.kind === "timer",
    );
    expect(endpoint.of("/rest")).toHaveLength(0);
    expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED" });
    expect(endpoint.of("/rest")).toHaveLength(1);
  });

  it("takes the answer of whoever was given a task token", async () => {
    await declare(first, "ask", {
      Ask: {
        ...post("/ask", { json: { token: "{% $states.context.Task.Token %}" } }),
        Resource: "holdfast:http:request.waitForTaskToken",
        End: true,
      },
    });
    const executionId = await start(first, "ask");
    await until(
      async () => endpoint.of("/ask"),
      (asked) => asked.length === 1,
    );
    const [asked] = endpoint.of("/ask");
    await until(
      () => execution(first, executionId),
      ({ waitingFor }) => waitingFor?.kind === "callback",
    );
    const output = { approved: true };
    await first.api("/v1/task-tokens/success", { token: asked?.body.token, output });
    expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED", output });
  });

  it("runs a map, inline and distributed, over every item once", async () => {
    const items = Array.from({ length: 20 }, (_, item) => item);
    const map = (mode: "INLINE" | "DISTRIBUTED") => ({
      Type: "Map",
      Items: items,
      MaxConcurrency: 10,
      ItemProcessor: {
        ProcessorConfig:
          mode === "INLINE" ? { Mode: mode } : { Mode: mode, ExecutionType: "STANDARD" },
        StartAt: "Work",
        States: {
          Work: {
            ...post(`/map-${mode}`, { json: { item: "{% $states.input %}" } }),
            Output: "{% $states.input %}",
            End: true,
          },
        },
      },
      End: true,
    });
    for (const mode of ["INLINE", "DISTRIBUTED"] as const) {
      const name = `map-${mode.toLowerCase()}`;
      await declare(first, name, { Each: map(mode) });
      const executionId = await start(first, name);
      expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED", output: items });
      const worked = endpoint.of(`/map-${mode}`).map(({ body }) => body.item);
      expect(worked.sort((a, b) => a - b)).toEqual(items);
    }
  });

  it("starts an execution for an event on its bus, once however often the event comes", async () => {
    await declare(first, "greet", {
      Name: { Type: "Pass", Assign: { arn: "{% $states.context.Execution.Id %}" }, Next: "Greet" },
      Greet: { ...post("/greet"), Output: "{% $arn %}", End: true },
    });
    for (let times = 0; times < 3; times += 1)
      await putEvent({ process: "greet", name: "order-1", input: {} });
    expect(
      await until(
        () => execution(first, "greet:order-1"),
        ({ status }) => status === "SUCCEEDED",
      ),
    ).toMatchObject({
      startedBy: "event:shop",
      output: `arn:aws:states:${region}:${accountId}:execution:greet:order-1`,
    });
    await until(
      () => itemsIn("IngressQueue"),
      (count) => count === 0,
    );
    expect(endpoint.of("/greet")).toHaveLength(1);
  });
});

describe("the API of a deployed environment", () => {
  it("answers a synchronous start with what came of it", async () => {
    await declare(first, "sync", { Call: { ...post("/sync"), Output: "done", End: true } });
    const { body } = await first.call("/v1/executions", {
      process: "sync",
      name: "a",
      waitSeconds: 20,
    });
    expect(body).toMatchObject({ status: "SUCCEEDED", output: "done" });
    expect(endpoint.of("/sync")).toHaveLength(1);
  });

  it("keeps values and documents that are too large for a table", async () => {
    const text = "0123456789".repeat(50_000);
    await declareWith(first, "large", {
      description: "A long one.",
      states: {
        Keep: {
          Type: "Pass",
          Comment: text.slice(0, 400_000),
          Assign: { text: "{% $states.input.text %}" },
          Next: "Call",
        },
        Call: { ...post("/large", { json: { size: "{% $length($text) %}" } }), Next: "Answer" },
        Answer: { Type: "Pass", Output: { text: "{% $text %}" }, End: true },
      },
    });
    const started = await first.call("/v1/executions", {
      process: "large",
      name: "a",
      input: { text },
    });
    expect(started, JSON.stringify(started).slice(0, 1_000)).toMatchObject({ status: 201 });
    const { output } = await ended(first, started.body.executionId);
    expect(output).toEqual({ text });
    expect(endpoint.of("/large")[0]?.body).toEqual({ size: text.length });
    await putEvent({ process: "large", name: "by-event", input: { text: "short" } });
    expect(
      await until(
        () => execution(first, "large:by-event"),
        ({ status }) => status === "SUCCEEDED",
      ),
    ).toMatchObject({ output: { text: "short" } });
  });

  it("runs processes that keep no details, whoever takes its turns", async () => {
    const settings = { persistence: "none" };
    const states = (path: string) => ({
      Call: { ...post(path, { restartable: true }), Next: "Rest" },
      Rest: rest(1, { Next: "Again" }),
      Again: { ...post(path, { restartable: true }), End: true },
    });
    await declareWith(first, "none", { states: states("/none"), settings });
    const executionId = await start(first, "none");
    expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED" });
    expect(endpoint.of("/none")).toHaveLength(2);
    await declareWith(first, "on-failure", {
      states: { Call: { ...post("/on-failure", { restartable: true }), End: true } },
      settings: { persistence: "onFailure" },
    });
    const { body } = await first.call("/v1/executions", {
      process: "on-failure",
      name: "a",
      waitSeconds: 20,
    });
    expect(body).toMatchObject({ status: "SUCCEEDED" });
  });

  it("knows AWS clients by keys that KMS seals, and everybody else while KMS does not open them", async () => {
    const grants = [{ role: "Auditor", scope: { kind: "all" } }];
    const key = await first.api("/v1/access-keys", { name: "sdk", isForAws: true, grants });
    const { call } = first.signedBy(key);
    expect(await call("/v1/whoami")).toMatchObject({ status: 200, body: { principal: "key:sdk" } });
    const endInstances = () => {
      for (const pid of workersOf(first.resource(/^NorthboundUnitFunction[0-9A-F]{8}$/)))
        globalThis.process.kill(pid, "SIGKILL");
    };
    const answered = async (by: typeof call): Promise<Answer> =>
      until(
        () => by("/v1/whoami"),
        // A call may still meet the instance that was killed.
        ({ body }) => (typeof body === "object" && "principal" in body) || body.code !== undefined,
      );
    endInstances();
    expect(await answered(call)).toMatchObject({ status: 200, body: { principal: "key:sdk" } });

    const kms = new KMSClient(clientConfig());
    const KeyId = first.resource(/^EnvironmentKey[0-9A-F]{8}$/);
    await kms.send(new DisableKeyCommand({ KeyId }));
    endInstances();
    expect(await answered(first.call)).toMatchObject({ status: 200 });
    const refused = await answered(call);
    expect(refused).toMatchObject({ status: 503, body: { code: "environment-key-unavailable" } });
    expect(refused.body.action).toMatch(/aws kms enable-key --key-id arn:aws:kms:.*:key\//);
    await kms.send(new EnableKeyCommand({ KeyId }));
    expect(await answered(call)).toMatchObject({ status: 200, body: { principal: "key:sdk" } });
  });

  it("says which event started nothing", async () => {
    await putEvent({ input: {} });
    const { events } = await until(
      () => first.api("/v1/system-events"),
      ({ events: found }) => found.some(({ kind }: { kind: string }) => kind === "event-refused"),
    );
    expect(JSON.stringify(events)).toContain("it names no process");
  });

  it("hands tasks to workers and lists alerts", async () => {
    await declare(first, "work", {
      Copy: { Type: "Task", Resource: "holdfast:activity:copy", Next: "Tell" },
      Tell: {
        Type: "Task",
        Resource: "holdfast:core:raiseAlert",
        Arguments: { severity: "info", title: "copied" },
        End: true,
      },
    });
    const executionId = await start(first, "work");
    const waiting = () => first.api("/v1/activities/copy/tasks");
    await until(waiting, ({ tasks }) => tasks.length === 1);
    const { task } = await first.api("/v1/activities/copy/tasks", { worker: "w", waitSeconds: 5 });
    await first.api("/v1/task-tokens/success", { token: task.token, output: {} });
    expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED" });
    const { alerts } = await first.api("/v1/alerts?status=open");
    expect(alerts).toMatchObject([{ title: "copied" }]);
  });

  it("lets nothing begin within a drain until it ends, and restarts and stops executions", async () => {
    await declare(first, "drained", { Call: { ...post("/drained"), End: true } });
    const { drainId } = await first.api("/v1/drains", { scope: "process", name: "drained" });
    // Functions know of a drain after 2 s at most.
    await sleep(2_500);
    const executionId = await start(first, "drained");
    await until(
      () => execution(first, executionId),
      ({ waitingFor }) => waitingFor?.kind === "drain",
    );
    expect(endpoint.of("/drained")).toHaveLength(0);
    expect((await first.remove(`/v1/drains/${drainId}`)).status).toBe(200);
    expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED" });
    const again = await first.api(`/v1/executions/${executionId}/restart`, {
      from: { state: "Call" },
    });
    expect(await ended(first, again.executionId)).toMatchObject({ status: "SUCCEEDED" });
    expect(endpoint.of("/drained")).toHaveLength(2);

    // Longer than a queue can hold it: so it leaves no item behind.
    await declare(first, "stopped", { Rest: rest(3600, { End: true }) });
    const stopped = await start(first, "stopped");
    await first.api(`/v1/executions/${stopped}/stop`, {});
    expect(await ended(first, stopped)).toMatchObject({ status: "ABORTED" });
  });
});

describe("what carries an environment fails, and the environment goes on", () => {
  it("a turn function that is killed in the middle of an activity: it is taken over within seconds", async () => {
    await declare(first, "crash", {
      Call: { ...post("/held/crash", { restartable: true }), Next: "Then" },
      Then: { ...post("/crash-then"), End: true },
    });
    const executionId = await start(first, "crash");
    await until(
      async () => endpoint.of("/held/crash").length,
      (count) => count === 1,
    );
    const killedAtMs = performance.now();
    const workers = workersOf(first.resource(/^TurnFunction[0-9A-F]{8}$/));
    expect(workers).toHaveLength(1);
    for (const pid of workers) globalThis.process.kill(pid, "SIGKILL");
    await until(
      async () => endpoint.of("/held/crash").length,
      (count) => count === 2,
    );
    const seconds = (performance.now() - killedAtMs) / 1000;
    endpoint.of("/held/crash").at(1)?.answer();
    expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED" });
    expect(endpoint.of("/held/crash")).toHaveLength(2);
    expect(endpoint.of("/crash-then")).toHaveLength(1);
    console.log(`a killed turn function: its activity ran again after ${seconds.toFixed(1)} s`);
  });

  it("a killed function's activity that is not restartable is not run again", async () => {
    await declare(first, "crash-once", {
      Call: { ...post("/held/crash-once"), Orchestration: { OnInterrupted: "fail" }, End: true },
    });
    const executionId = await start(first, "crash-once");
    await until(
      async () => endpoint.of("/held/crash-once").length,
      (count) => count === 1,
    );
    for (const pid of workersOf(first.resource(/^TurnFunction[0-9A-F]{8}$/)))
      globalThis.process.kill(pid, "SIGKILL");
    expect(await ended(first, executionId)).toMatchObject({
      status: "FAILED",
      error: "Holdfast.Interrupted",
    });
    expect(endpoint.of("/held/crash-once")).toHaveLength(1);
  });

  it("work items that come several times: the activity runs once", async () => {
    await declare(first, "twice", { Call: { ...post("/twice"), End: true } });
    await setTrigger(first, "Turn", false);
    const executionId = await start(first, "twice");
    const QueueUrl = queueUrl("WorkQueue");
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0, WaitTimeSeconds: 1 }),
    );
    expect(Messages).toHaveLength(1);
    for (let times = 0; times < 12; times += 1) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: Messages[0]?.Body }));
    }
    await setTrigger(first, "Turn", true);
    expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED" });
    await until(
      () => itemsIn("WorkQueue"),
      (count) => count === 0,
    );
    expect(endpoint.of("/twice")).toHaveLength(1);
  });

  it("a work item that is lost: the sweep finds the execution", async () => {
    await declare(first, "lost", { Call: { ...post("/lost"), End: true } });
    await setTrigger(first, "Turn", false);
    const executionId = await start(first, "lost");
    await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl("WorkQueue") }));
    expect(await itemsIn("WorkQueue")).toBe(0);
    await setTrigger(first, "Turn", true);
    // 180 s after its start an execution is looked at that nobody has taken up; 30 s later it is overdue.
    letPass(240_000);
    expect(await ended(first, executionId)).toMatchObject({ status: "SUCCEEDED" });
    expect(endpoint.of("/lost")).toHaveLength(1);
  });

  it("a new version that is deployed while executions are in flight", async () => {
    await declare(first, "upgrade", {
      Rest: rest(30, { Next: "Call" }),
      Call: { ...post("/upgrade"), End: true },
    });
    await declare(first, "upgrade-held", {
      // Held for as long as a deployment takes.
      Call: { ...post("/held/upgrade", { restartable: true, timeoutSeconds: 280 }), End: true },
    });
    const names = Array.from({ length: 10 }, (_, index) => `n${index}`);
    const resting = await Promise.all(names.map((name) => start(first, "upgrade", name)));
    const held = await start(first, "upgrade-held");
    await until(
      async () => endpoint.of("/held/upgrade").length,
      (count) => count === 1,
    );
    expect(await first.liveMemory(/^TurnLive[0-9A-F]{8}$/)).toBe(512);
    const deployed = await deploy("First", { existing: "true", turnMemoryMib: "1280" });
    expect(deployed.code, deployed.output).toBe(0);
    expect(await first.liveMemory(/^TurnLive[0-9A-F]{8}$/)).toBe(1280);
    expect(await execution(first, held)).toMatchObject({ status: "RUNNING" });
    // AWS lets the old version's call end; the emulator kills it, and the activity runs again.
    await until(
      async () => {
        for (const request of endpoint.of("/held/upgrade")) request.answer();
        return execution(first, held);
      },
      ({ status }) => status === "SUCCEEDED",
    );
    for (const id of resting) {
      expect(await ended(first, id)).toMatchObject({ status: "SUCCEEDED" });
    }
    const called = endpoint.of("/upgrade").map(({ body }) => body.name);
    expect(called.sort()).toEqual(names);
  });
});

describe("a timer of more than 15 minutes, which no queue can hold", () => {
  it("is found by the sweep in the minute before it is due, and fires to the second", async () => {
    const seconds = 30 * 60;
    await declare(first, "long", {
      Rest: rest(seconds, { Next: "Call" }),
      Call: { ...post("/long"), End: true },
    });
    const executionId = await start(first, "long");
    await until(
      () => execution(first, executionId),
      ({ waitingFor }) => waitingFor?.kind === "timer",
    );
    await until(
      () => itemsIn("WorkQueue"),
      (count) => count === 0,
    );
    // A sweep long before the time hands over nothing.
    const FunctionName = first.resource(/^SweepUnitFunction[0-9A-F]{8}$/);
    const swept = await new LambdaClient(clientConfig()).send(new InvokeCommand({ FunctionName }));
    expect(swept.FunctionError).toBeUndefined();
    expect(await itemsIn("WorkQueue")).toBe(0);
    // The sweep comes by itself within a minute, and looks 70 s ahead.
    letPass((seconds - 90) * 1000);
    expect(await ended(first, executionId, 240_000)).toMatchObject({ status: "SUCCEEDED" });
    const history: { type: string; timestamp: string }[] = await historyOf(first, executionId);
    const at = (type: string): number =>
      Date.parse(history.find((event) => event.type === type)?.timestamp ?? "");
    const lastedMs = at("WaitStateExited") - at("WaitStateEntered");
    expect(lastedMs).toBeGreaterThanOrEqual(seconds * 1000);
    console.log(`a timer of ${seconds} s fired ${lastedMs - seconds * 1000} ms late`);
    expect(lastedMs).toBeLessThan((seconds + 30) * 1000);
  });
});

describe("the alarm on executions past their time", () => {
  it("watches the metric that the sweep writes into its log", async () => {
    const alarm = alarmsOf("First").find(({ MetricName }) => MetricName === "Overdue");
    const lines = await logLines(first, /^SweepUnitLog[0-9A-F]{8}$/);
    const metrics = lines.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line));
    expect(metrics.length).toBeGreaterThan(0);
    for (const metric of metrics) {
      const [{ Namespace, Dimensions, Metrics }] = metric._aws.CloudWatchMetrics;
      expect(Namespace).toBe(alarm?.Namespace);
      expect(Metrics).toContainEqual({ Name: "Overdue", Unit: "Count" });
      const dimensions = Dimensions[0].map((Name: string) => ({ Name, Value: metric[Name] }));
      expect(dimensions).toHaveLength(alarm?.Dimensions.length ?? 0);
      expect(dimensions).toEqual(expect.arrayContaining([...(alarm?.Dimensions ?? [])]));
    }
    expect(metrics.some(({ Overdue }) => Overdue > 0)).toBe(true);
  });
});

describe("another environment in the same account and region", () => {
  it("is refused under the name of one that is there, before anything is made", async () => {
    const again = await deploy("First");
    expect(again.code).not.toBe(0);
    expect(again.output).toContain(`First is in account ${accountId}, region ${region} already`);
    const alike = await deploy("FIRST");
    expect(alike.code).not.toBe(0);
    expect(alike.output).toContain("differs from Holdfast-FIRST in upper and lower case only");
    const absent = await deploy("Absent", { existing: "true" });
    expect(absent.output).toContain("there is no environment Absent");
  });

  it("has nothing in common with the first", async () => {
    // All of the profile but the canary: the emulator knows no CodeDeploy.
    const production = { profile: "production", canary: "false" };
    const deployed = await deploy("Second", { ...production, homeRegion: "eu-central-1" });
    expect(deployed.code, deployed.output).toBe(0);
    const second = await environmentNamed("Second");
    const calls = readFileSync(testbed().callsFile, "utf8");
    expect(calls).toMatch(/cloudformation:UpdateTerminationProtection.*Holdfast-Second/);
    expect(second.token).not.toBe(first.token);
    expect((await first.with(second.token).call("/v1/executions")).status).toBe(401);
    // An inline policy's name need only be unique in its role.
    const own = [...second.resources].filter(
      ([id]) => !/Policy[0-9A-F]{8}$|^CDKMetadata$/.test(id),
    );
    const shared = own.filter(([, id]) => [...first.resources.values()].includes(id));
    expect(shared).toEqual([]);
    expect((await second.api("/v1/executions")).executions).toEqual([]);
    expect((await second.call("/v1/processes/call")).status).toBe(404);

    await declare(second, "call", {
      Call: { ...post("/second"), Output: "{% $states.context.Execution.Id %}", End: true },
    });
    const executionId = await start(second, "call");
    // By its home region, not by the one that it is in.
    const output = `arn:aws:states:eu-central-1:${accountId}:execution:call:a`;
    expect(await ended(second, executionId)).toMatchObject({ status: "SUCCEEDED", output });
    expect(endpoint.of("/second")).toHaveLength(1);
    expect((await first.api("/v1/executions?process=call&limit=1000")).executions).toHaveLength(1);
  });
});
