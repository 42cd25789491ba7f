import { describe, expect, test } from "vitest";
import type { JsonObject } from "#core/json.ts";
import { tested } from "./tested.ts";

const distributed = (fields: JsonObject = {}) => ({
  QueryLanguage: "JSONata",
  StartAt: "Each",
  States: {
    Each: {
      Type: "Map",
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
        StartAt: "Work",
        States: {
          Work: {
            Type: "Task",
            Resource: "holdfast:http:request",
            Arguments: { item: "{% $states.input %}" },
            Retry: [{ ErrorEquals: ["Busy"], IntervalSeconds: 2, MaxAttempts: 1 }],
            Catch: [{ ErrorEquals: ["Odd"], Next: "Skip" }],
            End: true,
          },
          Skip: { Type: "Pass", Output: "skipped", End: true },
        },
      },
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Sorry" }],
      Next: "Done",
      ...fields,
    },
    Done: { Type: "Succeed" },
    Sorry: { Type: "Pass", Output: "{% $states.input.Error %}", End: true },
  },
});

const read = {
  ItemReader: {
    Resource: "arn:aws:states:::s3:getObject",
    ReaderConfig: { InputType: "JSON" },
    Arguments: { Bucket: "b", Key: "items.json" },
  },
};

const written = {
  ResultWriter: {
    Resource: "arn:aws:states:::s3:putObject",
    Arguments: { Bucket: "out", Prefix: "results" },
  },
};

const getObject = "arn:aws:states:::s3:getObject";
const putObject = "arn:aws:states:::s3:putObject";
const items = { Items: [1, 2, 3] };

describe("a distributed Map state", () => {
  test("runs its items, whose states are mocked and covered like any other", async () => {
    const { run, coverage } = await tested(distributed(items), {
      mocks: [
        { state: "Work", where: { item: 2 }, error: "Odd" },
        { state: "Work", where: { item: 3 }, attempts: [{ error: "Busy" }, { result: "c" }] },
        { state: "Work", result: "a" },
      ],
    });
    expect(run).toMatchObject({ status: "SUCCEEDED", output: ["a", "skipped", "c"], seconds: 2 });
    expect(run.path).toEqual(["Each", "Work", "Work", "Work", "Skip", "Done"]);
    const missed = coverage.points.filter((point) => !coverage.isReached(point));
    expect(missed.map(({ clause, state }) => `${clause} ${state}`)).toEqual([
      "Catch Each",
      "Entry Sorry",
    ]);
  });

  test("works on as many items at once as it may", async () => {
    const { run } = await tested(distributed({ ...items, MaxConcurrency: 2 }), {
      mocks: [{ state: "Work", result: 0, afterSeconds: 10 }],
    });
    expect(run.seconds).toBe(20);
  });

  test("fails where more items fail than it tolerates", async () => {
    const mocks = [
      { state: "Work", where: { item: 2 }, error: "Bad" },
      { state: "Work", result: 0 },
    ];
    const strict = await tested(distributed(items), { mocks });
    expect(strict.run.output).toBe("States.ExceedToleratedFailureThreshold");
    const { run } = await tested(distributed({ ...items, ToleratedFailureCount: 1 }), { mocks });
    expect(run.output).toEqual([0, 0]);
  });

  test("is replaced as a whole by a mock that names it", async () => {
    const { run, differences } = await tested(distributed(read), {
      mocks: [{ state: "Each", result: [7], afterSeconds: 60 }],
      expect: { output: [7], path: ["Each", "Done"], seconds: 60 },
    });
    expect(differences).toEqual([]);
    expect(run.calls.map(({ state, resource }) => [state, resource])).toEqual([
      ["Each", "holdfast:map-run:run"],
    ]);
  });

  test("fails as a whole with the error of a mock that names it", async () => {
    const { run } = await tested(distributed(items), { mocks: [{ state: "Each", error: "Gone" }] });
    expect(run).toMatchObject({ output: "Gone", path: ["Each", "Sorry"] });
  });

  test("is not replaced by a mock that names no state", async () => {
    const { run } = await tested(distributed(items), { mocks: [{ result: "all" }] });
    expect(run.output).toEqual(["all", "all", "all"]);
  });

  test("reads its items from the mock of its reader's resource", async () => {
    const { run } = await tested(distributed(read), {
      mocks: [
        { resource: getObject, result: { Body: '["x","y"]' } },
        { state: "Work", result: true },
      ],
    });
    expect(run.output).toEqual([true, true]);
    expect(run.calls.map(({ parameters }) => parameters)).toEqual([
      { Bucket: "b", Key: "items.json" },
      { item: "x" },
      { item: "y" },
    ]);
  });

  test("says that its reader's call is not answered", async () => {
    const { run } = await tested(distributed(read), { mocks: [{ state: "Work", result: true }] });
    expect(run.unanswered).toMatchObject({ state: "Each", resource: getObject });
  });

  test("writes its results through the mock of its writer's resource", async () => {
    const { run } = await tested(distributed({ ...items, ...written }), {
      mocks: [
        { resource: putObject, result: {} },
        { state: "Work", result: "r" },
      ],
    });
    expect(run.output).toMatchObject({ ResultWriterDetails: { Bucket: "out" } });
    const files = run.calls.filter(({ resource }) => resource === putObject);
    expect(files).toHaveLength(2);
    expect(files[0]?.parameters).toMatchObject({ Bucket: "out", Body: expect.any(String) });
  });

  test("says that its writer's call is not answered", async () => {
    const { run } = await tested(distributed({ ...items, ...written }), {
      mocks: [{ state: "Work", result: "r" }],
    });
    expect(run.unanswered).toMatchObject({ state: "Each", resource: putObject });
  });

  test("of a thousand items ends in the order of its items", async () => {
    const many = Array.from({ length: 1000 }, (_, index) => index);
    const { run } = await tested(distributed({ Items: many, MaxConcurrency: 50 }), {
      mocks: [
        { state: "Work", calls: many.map((result) => ({ result, afterSeconds: result % 7 })) },
      ],
    });
    expect(run.output).toEqual(many);
  });

  test("stops with the state that it stands in: none of its items begins after that", async () => {
    const { States } = distributed({ ...items, MaxConcurrency: 1 });
    const { Next: _, Catch: __, ...each } = States.Each as JsonObject;
    const failing = { Type: "Task", Resource: "holdfast:http:request", Arguments: {}, End: true };
    const { run } = await tested(
      {
        QueryLanguage: "JSONata",
        StartAt: "Both",
        States: {
          Both: {
            Type: "Parallel",
            Branches: [
              { StartAt: "Each", States: { Each: { ...each, End: true } } },
              { StartAt: "Fails", States: { Fails: failing } },
            ],
            Catch: [{ ErrorEquals: ["States.ALL"], Next: "Rest" }],
            End: true,
          },
          Rest: { Type: "Wait", Seconds: 100, End: true },
        },
      },
      {
        mocks: [
          { state: "Work", result: 0, afterSeconds: 10 },
          { state: "Fails", error: "E", afterSeconds: 15 },
        ],
      },
    );
    expect(run).toMatchObject({ status: "SUCCEEDED", seconds: 115 });
    expect(run.calls.map(({ state }) => state)).toEqual(["Fails", "Work", "Work"]);
  });
});
