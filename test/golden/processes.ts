import type { StateMachine } from "#core/asl/definition.ts";
import type { Beginning } from "#core/execution/facts.ts";
import type { ProcessSettings } from "#core/execution/program.ts";
import type { Script } from "../sim/world.ts";

/** What is recorded: a process, its input, and where the execution begins if not at the top. */
export interface Recorded {
  readonly definition: StateMachine;
  readonly input: number[];
  readonly beginsAt?: Beginning;
  readonly settings?: ProcessSettings;
  /** How long the server that dies has run; absent: not at all. */
  readonly crashesAfterMs?: number;
  /** Whether a drain holds what begins, and its deadline ends what is in flight, until a minute has passed. */
  readonly isDrained?: boolean;
  /** Whether what the server that dies has done is lost, so that what follows is recorded until it waits: of more nothing is kept. */
  readonly isLost?: boolean;
  /** The newest behaviour that decides it otherwise than this release. */
  readonly behaviourMax?: number;
}

const task = (name: string, more: object) =>
  ({ Type: "Task", Resource: `holdfast:test:${name}`, ...more }) as const;

const retry = [
  {
    ErrorEquals: ["Flaky"],
    IntervalSeconds: 2,
    MaxAttempts: 3,
    BackoffRate: 2,
    MaxDelaySeconds: 3,
    JitterStrategy: "FULL" as const,
  },
];

/** What their activities answer. */
export const script: Script = ({ resource, attempt, parameters }) => {
  if (resource.endsWith("never")) return new Promise(() => {});
  if (resource.endsWith("flaky") && attempt < 3)
    return { kind: "failed", error: "Flaky", cause: `attempt ${attempt}` };
  if (resource.endsWith("item") && JSON.stringify(parameters).includes('"value":1'))
    return { kind: "failed", error: "Odd", cause: "one" };
  return { kind: "succeeded", output: parameters };
};

/** Processes that between them meet every kind of decision; what a release adds to the language is added here. */
export const processes: Readonly<Record<string, Recorded>> = {
  distributed: {
    behaviourMax: 3,
    input: [1, 2, 3],
    definition: {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          MaxConcurrency: 2,
          ToleratedFailureCount: 1,
          ItemSelector: { "value.$": "$$.Map.Item.Value" },
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
            StartAt: "Item",
            States: { Item: task("item", { End: true }) },
          },
          Next: "Last",
        },
        Last: task("last", { End: true }),
      },
    },
  },
  drained: {
    input: [1, 2],
    isDrained: true,
    definition: {
      StartAt: "Both",
      States: {
        Both: {
          Type: "Parallel",
          Branches: [
            {
              StartAt: "Item",
              States: {
                Item: task("item", { TimeoutSeconds: 20, HeartbeatSeconds: 10, End: true }),
              },
            },
            {
              StartAt: "Pause",
              States: {
                Pause: { Type: "Wait", Seconds: 5, Next: "Again" },
                Again: task("item", { TimeoutSeconds: 30, End: true }),
              },
            },
          ],
          End: true,
        },
      },
    },
  },
  jsonpath: {
    input: [3, 1, 2],
    definition: {
      StartAt: "Shape",
      TimeoutSeconds: 3_600,
      States: {
        Shape: {
          Type: "Pass",
          Parameters: {
            "items.$": "$",
            "count.$": "States.ArrayLength($)",
            "id.$": "States.UUID()",
            "name.$": "$$.Execution.Name",
          },
          ResultPath: "$",
          Assign: { "first.$": "$.items[0]" },
          Next: "Choose",
        },
        Choose: {
          Type: "Choice",
          Choices: [{ Variable: "$.count", NumericGreaterThan: 2, Next: "Both" }],
          Default: "Never",
        },
        Never: { Type: "Fail", Error: "Never", Cause: "not taken" },
        Both: {
          Type: "Parallel",
          Branches: [
            { StartAt: "Flaky", States: { Flaky: task("flaky", { Retry: retry, End: true }) } },
            { StartAt: "Slow", States: { Slow: { Type: "Wait", Seconds: 4, End: true } } },
          ],
          ResultPath: "$.both",
          Next: "Each",
        },
        Each: {
          Type: "Map",
          ItemsPath: "$.items",
          MaxConcurrency: 2,
          ItemSelector: { "value.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index" },
          ItemProcessor: {
            StartAt: "Item",
            States: {
              Item: task("item", {
                Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Mended" }],
                End: true,
              }),
              Mended: { Type: "Pass", End: true },
            },
          },
          ResultPath: "$.each",
          Next: "Late",
        },
        Late: task("never", {
          TimeoutSeconds: 5,
          Catch: [{ ErrorEquals: ["States.Timeout"], ResultPath: "$.late", Next: "Done" }],
          Next: "Done",
        }),
        Done: { Type: "Succeed" },
      },
    },
  },
  orchestration: {
    input: [1, 2, 3, 4],
    definition: {
      StartAt: "Find",
      States: {
        Find: {
          Type: "Map",
          MaxConcurrency: 2,
          ItemProcessor: {
            StartAt: "Look",
            States: {
              Look: task("look-item", { Next: "Enough" }),
              Enough: {
                Type: "Choice",
                Choices: [{ Variable: "$", NumericGreaterThan: 2, Next: "Found" }],
                Default: "Other",
              },
              Found: { Type: "Succeed", Orchestration: { Break: true } },
              Other: { Type: "Succeed" },
            },
          },
          ResultPath: "$",
          Next: "Any",
        },
        Any: {
          Type: "Parallel",
          Branches: [
            { StartAt: "Flaky", States: { Flaky: task("flaky", { Retry: retry, End: true }) } },
            { StartAt: "Soon", States: { Soon: { Type: "Wait", Seconds: 1, End: true } } },
            { StartAt: "Odd", States: { Odd: { Type: "Fail", Error: "Odd" } } },
          ],
          Orchestration: { Join: "any" },
          ResultSelector: { count: 0 },
          Next: "Count",
        },
        Count: {
          Type: "Map",
          Orchestration: { While: { Variable: "$.count", NumericLessThan: 3 } },
          ItemProcessor: {
            StartAt: "Add",
            States: {
              Add: task("add", {
                Parameters: { "count.$": "States.MathAdd($.count, 1)" },
                End: true,
              }),
            },
          },
          Next: "No",
        },
        No: { Type: "Fail", Error: "No", Orchestration: { Completed: true } },
      },
    },
  },
  jsonata: {
    input: [5, 4],
    definition: {
      QueryLanguage: "JSONata",
      StartAt: "Shape",
      States: {
        Shape: {
          Type: "Pass",
          Assign: { total: "{% $sum($states.input) %}", draw: "{% $random() %}" },
          Output: { id: "{% $uuid() %}", at: "{% $now() %}", items: "{% $states.input %}" },
          Next: "Wait",
        },
        Wait: { Type: "Wait", Seconds: "{% $count($states.input.items) %}", Next: "Each" },
        Each: {
          Type: "Map",
          Items: "{% $states.input.items %}",
          ItemProcessor: {
            StartAt: "Item",
            States: {
              Item: task("item", {
                Arguments: { value: "{% $states.input %}", total: "{% $total %}" },
                Retry: retry,
                End: true,
              }),
            },
          },
          Assign: { results: "{% $states.result %}" },
          Next: "Choose",
        },
        Choose: {
          Type: "Choice",
          Choices: [{ Condition: "{% $count($results) = 2 %}", Next: "Fail" }],
          Default: "Fail",
        },
        Fail: { Type: "Fail", Error: "Done", Cause: "{% 'total ' & $total %}" },
      },
    },
  },
  interrupted: {
    input: [1],
    crashesAfterMs: 100,
    definition: {
      QueryLanguage: "JSONata",
      StartAt: "All",
      States: {
        All: {
          Type: "Parallel",
          Branches: [
            { StartAt: "Save", States: { Save: task("save-item", { End: true }) } },
            {
              StartAt: "Ask",
              States: {
                Ask: task("ask", { Orchestration: { AskTimeoutSeconds: 900 }, End: true }),
              },
            },
            {
              StartAt: "Verify",
              States: {
                Verify: task("pay", {
                  Orchestration: {
                    Verify: {
                      Resource: "holdfast:test:look",
                      Arguments: { of: "{% $states.input %}" },
                      Output: "{% { 'happened': true, 'output': $states.result } %}",
                    },
                  },
                  End: true,
                }),
              },
            },
            {
              StartAt: "Again",
              States: {
                Again: task("pay", {
                  TimeoutSeconds: 60,
                  Orchestration: {
                    OnInterrupted: "verify",
                    Verify: {
                      Resource: "holdfast:test:look",
                      Output: { happened: false },
                    },
                  },
                  End: true,
                }),
              },
            },
            {
              StartAt: "Fail",
              States: {
                Fail: task("fail", {
                  Orchestration: { OnInterrupted: "fail" },
                  Catch: [{ ErrorEquals: ["Holdfast.Interrupted"], Next: "Failed" }],
                  End: true,
                }),
                Failed: { Type: "Pass", End: true },
              },
            },
          ],
          End: true,
        },
      },
    },
  },
  restarted: {
    input: [1],
    beginsAt: { state: "Second", input: { given: 2 }, variables: { seen: "before" } },
    definition: {
      QueryLanguage: "JSONata",
      StartAt: "First",
      States: {
        First: task("first", { Next: "Second" }),
        Second: task("second", {
          Arguments: { given: "{% $states.input %}", seen: "{% $seen %}" },
          Next: "Third",
        }),
        Third: task("third", { Arguments: "{% $states.context.Execution.Input %}", End: true }),
      },
    },
  },
  condensed: {
    input: [1],
    settings: { persistence: "none", onLoss: "skip" },
    definition: {
      StartAt: "First",
      States: {
        First: task("first", { Next: "Second" }),
        Second: task("second", { End: true }),
      },
    },
  },
  stale: {
    input: [1],
    settings: { freshness: 1 },
    definition: {
      StartAt: "First",
      States: {
        First: task("first", { Next: "Second" }),
        Second: task("second", { End: true }),
      },
    },
  },
  lost: {
    behaviourMax: 4,
    input: [1, 2],
    settings: { persistence: "none", onLoss: "rerun" },
    crashesAfterMs: 400,
    isLost: true,
    definition: {
      StartAt: "First",
      States: {
        First: task("first", { Next: "Each" }),
        Each: {
          Type: "Map",
          ItemProcessor: {
            StartAt: "Item",
            States: { Item: task("other", { End: true }) },
          },
          Next: "Pause",
        },
        Pause: { Type: "Wait", Seconds: 60, Next: "Last" },
        Last: task("last", { End: true }),
      },
    },
  },
};
