import { describe, expect, test } from "vitest";
import {
  type ActivityContext,
  type ActivityDefinition,
  ActivityError,
  type Adapter,
} from "#adapters/adapter.ts";
import { httpAdapter } from "#adapters/http/http-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { InvariantViolation } from "#core/errors.ts";
import type { Json } from "#core/json.ts";
import { checkpointSizeMax } from "#core/limits.ts";
import { requestOf } from "./activity-requests.ts";

const activity = (overrides: Partial<ActivityDefinition>): ActivityDefinition => ({
  title: "T",
  description: "D",
  input: {},
  output: {},
  flags: { readOnly: true, restartable: true, verifiable: false },
  errors: {},
  run: (parameters) => parameters,
  ...overrides,
});

const adapterOf = (activities: Adapter["activities"], name = "test"): Adapter => ({
  name,
  description: "for tests",
  activities,
});

const registryOf = (activities: Adapter["activities"]) =>
  adapterRegistry([adapterOf(activities)], { nowMs: () => 42 });

const mailSchema = {
  type: "object",
  properties: {
    to: { type: "array", items: { type: "string" }, minItems: 1 },
    priority: { enum: ["low", "high"] },
    options: { type: "object", properties: { "a/b": { type: "integer", maximum: 3 } } },
  },
  required: ["to"],
  additionalProperties: false,
} as const;

describe("running", () => {
  test("an activity that answers at once is answered at once", () => {
    const registry = registryOf({ same: activity({}) });
    const result = registry.run(requestOf("holdfast:test:same", { a: [1] }));
    expect(result).toEqual({ kind: "succeeded", output: { a: [1] } });
  });

  test("an activity that takes its time is awaited", async () => {
    const registry = registryOf({ slow: activity({ run: async () => "done" }) });
    const result = registry.run(requestOf("holdfast:test:slow", null));
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toEqual({ kind: "succeeded", output: "done" });
  });

  test("the idempotency key is the same for all attempts and differs between activities", async () => {
    const contexts: ActivityContext[] = [];
    const run = (_: Json, context: ActivityContext) => {
      contexts.push(context);
      return null;
    };
    const registry = registryOf({ spy: activity({ run }) });
    for (const overrides of [{ attempt: 1 }, { attempt: 2 }, { activity: "1.0" }])
      await registry.run(requestOf("holdfast:test:spy", null, overrides));
    expect(contexts.map((context) => [context.attempt, context.idempotencyKey])).toEqual([
      [1, "health:1/0.3"],
      [2, "health:1/0.3"],
      [1, "health:1/1.0"],
    ]);
    expect(contexts[0]?.nowMs()).toBe(42);
  });

  test("a signal that the activity does not ask for is not made", () => {
    let isMade = false;
    const request = Object.defineProperty(requestOf("holdfast:test:same", 1), "signal", {
      get: () => {
        isMade = true;
        return new AbortController().signal;
      },
    });
    expect(registryOf({ same: activity({}) }).run(request)).toMatchObject({ kind: "succeeded" });
    expect(isMade).toBe(false);
  });

  test.each([
    [
      "at once",
      () => {
        throw new ActivityError("Mail.Bounced", "nobody there");
      },
    ],
    [
      "later",
      async () => {
        throw new ActivityError("Mail.Bounced", "nobody there");
      },
    ],
  ])("an error of the activity, thrown %s, is a failed result", async (_, run) => {
    const registry = registryOf({ bad: activity({ run }) });
    expect(await registry.run(requestOf("holdfast:test:bad", null))).toEqual({
      kind: "failed",
      error: "Mail.Bounced",
      cause: "nobody there",
    });
  });

  test.each([
    [
      "an error at once",
      () => {
        throw new TypeError("x is not a function");
      },
    ],
    [
      "an error later",
      async () => {
        throw new TypeError("x is not a function");
      },
    ],
    [
      "no error at all",
      () => {
        throw "x is not a function";
      },
    ],
  ])("a bug that throws %s fails as States.TaskFailed without a stack", async (_, run) => {
    const registry = registryOf({ bug: activity({ run }) });
    const result = await registry.run(requestOf("holdfast:test:bug", null));
    expect(result).toMatchObject({ kind: "failed", error: "States.TaskFailed" });
    expect(JSON.stringify(result)).toContain("x is not a function");
    expect(JSON.stringify(result)).not.toMatch(/registry|\.ts|\bat /);
  });

  test("a cause is kept up to the limit of Step Functions", async () => {
    const run = () => {
      throw new ActivityError("Mail.Bounced", "x".repeat(100_000));
    };
    const result = await registryOf({ bad: activity({ run }) }).run(
      requestOf("holdfast:test:bad", null),
    );
    expect(result.kind === "failed" && result.cause.length).toBe(32_768);
  });

  test.each([
    "holdfast:test:other",
    "holdfast:nope:same",
    "same",
    "arn:aws:states:::lambda:invoke",
  ])("the unknown resource %s fails and says which there are", (resource) => {
    const registry = registryOf({ same: activity({}) });
    expect(registry.knowsResource(resource)).toBe(false);
    const result = registry.run(requestOf(resource, null));
    expect(result).toMatchObject({ kind: "failed", error: "Holdfast.UnknownResource" });
    expect(JSON.stringify(result)).toContain("holdfast:test:same");
  });

  test("two adapters of one name are a bug of the composition", () => {
    const adapters = [adapterOf({ same: activity({}) }), adapterOf({ same: activity({}) })];
    expect(() => adapterRegistry(adapters, { nowMs: () => 0 })).toThrow(InvariantViolation);
  });
});

describe("checking parameters", () => {
  const registry = registryOf({ mail: activity({ input: mailSchema }) });

  test.each<[Json, string]>([
    [{}, '"to" is missing'],
    [{ to: "ann" }, '"to" must be array'],
    [{ to: ["ann", 7] }, '"to.1" must be string'],
    [{ to: [] }, '"to" must NOT have fewer than 1 items'],
    [{ to: ["ann"], priority: "urgent" }, '"priority" must be one of low, high'],
    [{ to: ["ann"], options: { "a/b": 4 } }, '"options.a/b" must be <= 3'],
    [{ to: ["ann"], too: 1 }, '"too" is not known here; known are to, priority, options'],
    ["ann", "the parameters must be object"],
  ])("%j is refused: %s", (parameters, complaint) => {
    expect(registry.run(requestOf("holdfast:test:mail", parameters))).toEqual({
      kind: "failed",
      error: "Holdfast.ParametersInvalid",
      cause: `holdfast:test:mail: ${complaint}`,
    });
  });

  test("parameters that fit go to the activity unchanged", () => {
    const parameters = { to: ["ann"], priority: "low", options: { "a/b": 3, more: true } };
    expect(registry.run(requestOf("holdfast:test:mail", parameters))).toEqual({
      kind: "succeeded",
      output: parameters,
    });
  });
});

describe("restarting", () => {
  const flags = (readOnly: boolean, restartable: boolean) => ({
    readOnly,
    restartable,
    verifiable: false,
  });
  const registry = registryOf({
    query: activity({ flags: flags(true, false) }),
    keyed: activity({ flags: flags(false, true) }),
    write: activity({ flags: flags(false, false) }),
    depends: activity({
      input: { type: "object", required: ["read"] },
      flags: (parameters) => flags((parameters as { read: boolean }).read, false),
    }),
  });

  test.each<[string, Json, boolean]>([
    ["holdfast:test:query", null, true],
    ["holdfast:test:keyed", null, true],
    ["holdfast:test:write", null, false],
    ["holdfast:test:depends", { read: true }, true],
    ["holdfast:test:depends", { read: false }, false],
    ["holdfast:test:depends", null, false],
    ["holdfast:test:unknown", null, false],
  ])("%s with %j: %s", (resource, parameters, may) => {
    expect(registry.mayRestart(resource, parameters)).toBe(may);
  });
});

describe("what was interrupted", () => {
  const flags = (verifiable: boolean) => ({ readOnly: false, restartable: false, verifiable });
  const verify = (parameters: Json, { idempotencyKey }: ActivityContext) => ({
    happened: true as const,
    output: [parameters, idempotencyKey],
  });
  const registry = registryOf({
    pay: activity({ flags: flags(true), verify }),
    depends: activity({ flags: (parameters) => flags(parameters === true), verify }),
    unsaid: activity({ flags: flags(false), verify }),
    mute: activity({ flags: flags(true) }),
    long: activity({ flags: { ...flags(false), resumable: true } }),
  });

  test.each<[string, Json, boolean]>([
    ["pay", null, true],
    ["depends", true, true],
    ["depends", false, false],
    ["unsaid", null, false],
    ["mute", null, false],
    ["unknown", null, false],
  ])("may be verified: %s with %j: %s", (name, parameters, may) => {
    expect(registry.mayVerify(`holdfast:test:${name}`, parameters)).toBe(may);
  });

  test("is asked of the probe, with the parameters and the key of the activity", () => {
    const request = requestOf("holdfast:test:pay", 7, { isProbe: true });
    const output = { happened: true, output: [7, "health:1/0.3"] };
    expect(registry.run(request)).toEqual({ kind: "succeeded", output });
  });

  test("may restart where it is resumable", () => {
    expect(registry.mayRestart("holdfast:test:long", null)).toBe(true);
    expect(registry.effectOf("holdfast:test:long", null)).toBe("restartable");
  });
});

describe("checkpoints", () => {
  const run = async (checkpoint: Json, { saveCheckpoint, ...context }: ActivityContext) => {
    await saveCheckpoint(checkpoint);
    return context.checkpoint ?? "none";
  };
  const saving = registryOf({
    save: activity({ run }),
    show: activity({ run: (_, context) => context.checkpoint ?? "none" }),
  });

  test("are given, and saved where the engine keeps them", async () => {
    const saved: Json[] = [];
    const saveCheckpoint = async (checkpoint: Json) => void saved.push(checkpoint);
    await saving.run(requestOf("holdfast:test:save", { n: 1 }, { saveCheckpoint }));
    expect(saved).toEqual([{ n: 1 }]);
    const show = (more: { checkpoint?: Json }) =>
      saving.run(requestOf("holdfast:test:show", null, more));
    expect(show({})).toMatchObject({ output: "none" });
    expect(show({ checkpoint: 0 })).toMatchObject({ output: 0 });
  });

  test("that are too large fail the activity", async () => {
    const checkpoint = "x".repeat(checkpointSizeMax);
    expect(await saving.run(requestOf("holdfast:test:save", checkpoint))).toMatchObject({
      kind: "failed",
      error: "Holdfast.CheckpointTooLarge",
    });
  });
});

describe("activities that are found by their resource", () => {
  const finding = (find: NonNullable<Adapter["find"]>) =>
    adapterRegistry([adapterOf({}), { ...adapterOf({}, "finder"), find }], { nowMs: () => 0 });

  test("run, are known, and are looked for once", async () => {
    const asked: string[] = [];
    const registry = finding((resource) => {
      asked.push(resource);
      return resource.startsWith("arn:") ? activity({ run: () => resource }) : undefined;
    });
    for (const _ of [1, 2])
      expect(await registry.run(requestOf("arn:one", {}))).toMatchObject({ output: "arn:one" });
    expect(registry.knowsResource("arn:one")).toBe(true);
    expect(registry.mayRestart("arn:one", {})).toBe(true);
    expect(asked).toEqual(["arn:one"]);
    expect(registry.knowsResource("other:one")).toBe(false);
  });

  test("say why they are unavailable, until they are not any more", async () => {
    let isThere = false;
    const registry = finding(() => (isThere ? activity({}) : { unavailable: "install it" }));
    expect(registry.knowsResource("arn:one")).toBe(false);
    expect(registry.mayRestart("arn:one", {})).toBe(false);
    expect(await registry.run(requestOf("arn:one", 7))).toEqual({
      kind: "failed",
      error: "Holdfast.UnknownResource",
      cause: "install it",
    });
    isThere = true;
    expect(await registry.run(requestOf("arn:one", 7))).toMatchObject({ output: 7 });
  });
});

test("manifests say what each activity declares", () => {
  const registry = registryOf({
    mail: activity({ input: mailSchema, errors: { "Mail.Bounced": "why" }, targetType: "mailbox" }),
    depends: activity({ flags: () => ({ readOnly: true, restartable: true, verifiable: true }) }),
  });
  expect(registry.manifests()).toMatchObject([
    {
      name: "test",
      activities: [
        {
          resource: "holdfast:test:mail",
          input: mailSchema,
          errors: { "Mail.Bounced": "why" },
          targetType: "mailbox",
          flags: { readOnly: true },
        },
        { resource: "holdfast:test:depends", flags: "byParameters" },
      ],
    },
  ]);
});

describe("what an activity does outside", () => {
  const flags = (readOnly: boolean, restartable: boolean) => ({
    flags: { readOnly, restartable, verifiable: false },
  });
  const registry = registryOf({
    read: activity(flags(true, true)),
    put: activity(flags(false, true)),
    send: activity(flags(false, false)),
    either: activity({
      flags: (parameters) => flags((parameters as { read?: boolean }).read === true, false).flags,
    }),
  });

  test.each<[string, Json | undefined, string | undefined]>([
    ["holdfast:test:read", undefined, "readOnly"],
    ["holdfast:test:put", undefined, "restartable"],
    ["holdfast:test:send", {}, "sideEffects"],
    ["holdfast:test:send.waitForTaskToken", {}, "sideEffects"],
    ["holdfast:test:either", { read: true }, "readOnly"],
    ["holdfast:test:either", {}, "sideEffects"],
    ["holdfast:test:either", undefined, undefined],
    ["holdfast:signals:wait", undefined, "readOnly"],
    ["holdfast:activity:print", {}, "sideEffects"],
    ["arn:aws:states:::states:startExecution.sync", {}, "sideEffects"],
  ])("%s with %j: %s", (resource, parameters, effect) => {
    expect(registry.effectOf(resource, parameters)).toBe(effect);
  });
});

describe("a target", () => {
  const registry = adapterRegistry([httpAdapter({})], { nowMs: () => 0 });
  const hostOf = (parameters: Json) => registry.targetOf("holdfast:http:request", parameters);

  test("of an HTTP request is its host, with the port unless that is the usual one", () => {
    expect(hostOf({ url: "https://Orders.example.net/x?y=1" })).toBe("orders.example.net");
    expect(hostOf({ url: "https://orders.example.net:443/" })).toBe("orders.example.net");
    expect(hostOf({ url: "http://orders.example.net:8080/" })).toBe("orders.example.net:8080");
  });

  test("is nothing where the parameters make no request, or the activity names none", () => {
    for (const parameters of [null, 1, "x", [], {}, { url: 7 }, { url: "here" }])
      expect(hostOf(parameters)).toBeUndefined();
    expect(registry.targetOf("holdfast:core:echo", { url: "http://x/" })).toBeUndefined();
  });
});
