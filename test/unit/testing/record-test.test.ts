import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, parseJson, printJson } from "#core/json.ts";
import { maskSecrets } from "#testing/mask.ts";
import { type RecordedExecution, recordTest } from "#testing/record-test.ts";
import type { RecordedEvent } from "#testing/recording.ts";

describe("masked", () => {
  test.each<[Json, Json]>([
    [{ password: "hunter2" }, { password: "***" }],
    [{ headers: { Authorization: "Bearer abc" } }, { headers: { Authorization: "***" } }],
    [
      { "x-api-key": "k1", apiKey: "k2" },
      { "x-api-key": "***", apiKey: "***" },
    ],
    [
      { clientSecret: "s3cr3t!", said: "it is s3cr3t!." },
      { clientSecret: "***", said: "it is ***." },
    ],
    ["http://ann:pw@host/a", "http://***@host/a"],
    [
      "https://host/a?user=ann&access_token=xyz#top",
      "https://host/a?user=ann&access_token=***#top",
    ],
    ['header "Authorization: Bearer abc.def-ghi"', 'header "Authorization: Bearer ***"'],
  ])("%j becomes %j", (given, clean) => {
    expect(maskSecrets(given)).toEqual(clean);
  });

  test.each<[Json]>([
    [{ tokens: 5, password: null, secret: "" }],
    [{ name: "Ann", url: "http://host/keys?page=2", at: "ann@example.com" }],
    [{ password: "abc", word: "abcdef" }.word],
  ])("%j stays", (given) => {
    expect(maskSecrets(given)).toEqual(given);
  });
});

test("what is masked keeps its keys in their order and its numbers as they are", () => {
  const text = '{"b":1.0,"1":[12345678901234567890],"a":{"2":0,"1":0},"token":"***"}';
  const clean = maskSecrets(parseJson(text.replace("***", "open sesame")));
  expect(printJson(clean)).toBe(text);
});

/** A history of Task states, each entered once, with the attempts that it took. */
const historyOf = (
  activities: readonly {
    readonly state: string;
    readonly parameters: Json;
    readonly ends: readonly { readonly type: string; readonly details: JsonObject }[];
  }[],
): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  const add = (type: string, previousEventId: number, details: JsonObject): number => {
    const id = events.length + 1;
    const timestamp = new Date(Date.UTC(2026, 0, 1) + id * 1000).toISOString();
    events.push({ id, previousEventId, type, timestamp, details });
    return id;
  };
  for (const { state, parameters, ends } of activities) {
    let last = add("TaskStateEntered", 0, { name: state });
    for (const { type, details } of ends) {
      last = add("TaskScheduled", last, { parameters });
      last = add(type, last, details);
    }
  }
  return events;
};

const succeeded = (output: Json) => ({ type: "TaskSucceeded", details: { output } });
const failed = { type: "TaskFailed", details: { error: "Busy", cause: "try later" } };
const timedOut = { type: "TaskTimedOut", details: { error: "States.Timeout" } };

const recorded = (more: Partial<RecordedExecution>) =>
  recordTest({
    executionId: "p:one",
    status: "SUCCEEDED",
    startedAt: "2026-01-01T00:00:00.000Z",
    input: {},
    output: 1,
    events: [],
    mapRuns: new Map(),
    ...more,
  });

describe("an execution as a test", () => {
  test("has the attempts of an activity in their order", () => {
    const ends = [failed, timedOut, succeeded({ ok: true })];
    const { mocks } = recorded({
      events: historyOf([{ state: "Ask", parameters: { a: 1 }, ends }]),
    });
    expect(mocks).toEqual([
      {
        state: "Ask",
        attempts: [
          { error: "Busy", cause: "try later", afterSeconds: 1 },
          { never: true },
          { result: { ok: true }, afterSeconds: 1 },
        ],
      },
    ]);
  });

  test("tells activities of one state apart by what differs in their parameters", () => {
    const call = (url: string) => ({
      state: "Ask",
      parameters: { method: "GET", url, token: `secret of ${url}` },
      ends: [succeeded(url)],
    });
    const { mocks } = recorded({ events: historyOf([call("a"), call("b")]) });
    expect(mocks).toEqual([
      { state: "Ask", where: { url: "a" }, result: "a", afterSeconds: 1 },
      { state: "Ask", where: { url: "b" }, result: "b", afterSeconds: 1 },
    ]);
  });

  test("answers activities that nothing tells apart in the order of their calls", () => {
    const call = (result: Json) => ({ state: "Ask", parameters: {}, ends: [succeeded(result)] });
    const { mocks } = recorded({ events: historyOf([call(1), call(2)]) });
    expect(mocks).toEqual([
      { state: "Ask", calls: [1, 2].map((result) => ({ result, afterSeconds: 1 })) },
    ]);
  });

  test("has what came of a map run for its Map state", () => {
    const details = { mapRunArn: "arn:aws:states:local:0:mapRun:p/Each:map-1" };
    const at = { timestamp: "2026-01-01T00:00:00.000Z" };
    const { mocks } = recorded({
      events: [
        { ...at, id: 1, previousEventId: 0, type: "MapStateEntered", details: { name: "Each" } },
        { ...at, id: 2, previousEventId: 1, type: "MapRunStarted", details },
      ],
      mapRuns: new Map([["p/Each:map-1", { status: "SUCCEEDED", output: [1] }]]),
    });
    expect(mocks).toEqual([{ state: "Each", result: [1] }]);
  });

  test("keeps no secret of its input anywhere", () => {
    const test = recorded({
      input: { dbPassword: "correct horse" },
      output: { dsn: "db://u@h?pw=correct horse" },
      events: historyOf([
        { state: "Ask", parameters: { line: "correct horse" }, ends: [succeeded("correct horse")] },
      ]),
    });
    expect(JSON.stringify(test)).not.toContain("correct horse");
    expect(test.expect).toEqual({ status: "SUCCEEDED", output: { dsn: "db://***@h?pw=***" } });
  });

  test("expects the error and the cause that it ended with", () => {
    const { expect: expected } = recordTest({
      executionId: "p:one",
      status: "FAILED",
      startedAt: "2026-01-01T00:00:00.000Z",
      input: {},
      error: "E",
      cause: "why",
      events: [],
      mapRuns: new Map(),
    });
    expect(expected).toEqual({ status: "FAILED", error: "E", cause: "why" });
  });
});
