import { describe, expect, it } from "vitest";
import { type Resource, type Synthesised, synthesise } from "./synthesise.ts";

const production = (): Synthesised => synthesise();
const development = (): Synthesised => synthesise({ environment: "Try", profile: "development" });

/** The logical id that an expression refers to. */
const target = (expression: unknown): string => {
  const reference = expression as { readonly Ref?: string; readonly "Fn::GetAtt"?: string[] };
  return reference.Ref ?? reference["Fn::GetAtt"]?.[0] ?? "";
};

const byId = ({ resources }: Synthesised, id: string): Resource => {
  const found = resources.find((resource) => resource.id === id);
  if (found === undefined) throw new Error(`the template has no ${id}`);
  return found;
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const list = <T>(value: T | readonly T[]): readonly T[] => [value].flat() as readonly T[];

const statements = ({ ofType }: Synthesised): readonly (Statement & { readonly of: string })[] =>
  ofType("AWS::IAM::Policy").flatMap(({ id, Properties }) =>
    list<Statement>(Properties.PolicyDocument.Statement).map((statement) => ({
      ...statement,
      of: id,
    })),
  );

const metricOf = (alarm: Resource): string =>
  `${alarm.Properties.Namespace} ${alarm.Properties.MetricName}`;

const dimension = (alarm: Resource, name: string): unknown =>
  (alarm.Properties.Dimensions ?? []).find((each: { readonly Name: string }) => each.Name === name)
    ?.Value;

/** Ids of the resources that an alarm on this metric watches. */
const watched = (stack: Synthesised, metric: string, name: string): readonly string[] =>
  stack
    .ofType("AWS::CloudWatch::Alarm")
    .filter((alarm) => metricOf(alarm) === metric)
    .map((alarm) => target(dimension(alarm, name) as never))
    .sort();

const ids = (resources: readonly Resource[]): readonly string[] =>
  resources.map(({ id }) => id).sort();

const deadLetterTargets = ({ ofType }: Synthesised): readonly string[] =>
  ofType("AWS::SQS::Queue").flatMap(({ Properties }) =>
    Properties.RedrivePolicy === undefined
      ? []
      : [target(Properties.RedrivePolicy.deadLetterTargetArn)],
  );

describe("what is durable", () => {
  it("survives the removal of a production environment and cannot be deleted by mistake", () => {
    const stack = production();
    expect(stack.stack.terminationProtection).toBe(true);
    for (const type of [
      "AWS::DynamoDB::GlobalTable",
      "AWS::S3::Bucket",
      "AWS::KMS::Key",
      "AWS::SecretsManager::Secret",
    ]) {
      const found = stack.ofType(type);
      expect(found.length, type).toBeGreaterThan(0);
      for (const resource of found) {
        // A deployment that fails at the start leaves nothing behind.
        expect(resource.DeletionPolicy, resource.id).toBe("RetainExceptOnCreate");
      }
    }
    for (const { Properties } of stack.ofType("AWS::DynamoDB::GlobalTable")) {
      expect(Properties.Replicas[0].DeletionProtectionEnabled).toBe(true);
      expect(Properties.Replicas[0].PointInTimeRecoverySpecification).toEqual({
        PointInTimeRecoveryEnabled: true,
        RecoveryPeriodInDays: 35,
      });
    }
  });

  it("goes with a development environment, but for the bucket, which may hold objects", () => {
    const stack = development();
    expect(stack.stack.terminationProtection).toBe(false);
    const kept = stack.resources.filter(({ DeletionPolicy }) =>
      DeletionPolicy?.startsWith("Retain"),
    );
    expect(kept.map(({ Type }) => Type)).toEqual(["AWS::S3::Bucket"]);
    for (const { Properties } of stack.ofType("AWS::DynamoDB::GlobalTable")) {
      expect(Properties.Replicas[0].DeletionProtectionEnabled).toBe(false);
      expect(
        Properties.Replicas[0].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled,
      ).toBe(true);
    }
  });

  it("has the keys and indexes of the two tables, on demand", () => {
    const [catalog, executions] = production()
      .ofType("AWS::DynamoDB::GlobalTable")
      .map(({ Properties }) => ({
        billing: Properties.BillingMode,
        types: Object.fromEntries(
          Properties.AttributeDefinitions.map(
            (each: { AttributeName: string; AttributeType: string }) => [
              each.AttributeName,
              each.AttributeType,
            ],
          ),
        ),
        keys: Properties.KeySchema.map((key: { AttributeName: string }) => key.AttributeName),
        indexes: Object.fromEntries(
          Properties.GlobalSecondaryIndexes.map(
            (index: {
              IndexName: string;
              KeySchema: { AttributeName: string }[];
              Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
            }) => [
              index.IndexName,
              [
                ...index.KeySchema.map((key) => key.AttributeName),
                index.Projection.ProjectionType,
                ...(index.Projection.NonKeyAttributes ?? []),
              ],
            ],
          ),
        ),
      }))
      .sort((a, b) => (a.keys[0] < b.keys[0] ? -1 : 1));
    expect(catalog).toEqual({
      billing: "PAY_PER_REQUEST",
      types: { collection: "S", key: "S", index: "S" },
      keys: ["collection", "key"],
      indexes: { byIndex: ["collection", "index", "ALL"] },
    });
    expect(executions).toEqual({
      billing: "PAY_PER_REQUEST",
      types: {
        execution: "S",
        item: "S",
        dueShard: "S",
        dueAtMs: "N",
        startedShard: "S",
        startedAt: "S",
      },
      keys: ["execution", "item"],
      indexes: {
        due: ["dueShard", "dueAtMs", "INCLUDE", "startedAt"],
        started: ["startedShard", "startedAt", "KEYS_ONLY"],
      },
    });
  });

  it("keeps values in a bucket that is private and takes no call without TLS", () => {
    const stack = production();
    const [bucket] = stack.ofType("AWS::S3::Bucket");
    expect(bucket?.Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    const [policy] = stack.ofType("AWS::S3::BucketPolicy");
    expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: "Deny",
        Action: "s3:*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    );
  });

  it("seals with a key of the multi-region kind that rotates, and only northbound may use it", () => {
    const stack = production();
    const [key] = stack.ofType("AWS::KMS::Key");
    expect(key?.Properties).toMatchObject({ MultiRegion: true, EnableKeyRotation: true });
    const using = statements(stack).filter(({ Action }) =>
      list(Action).some((action) => action.startsWith("kms:")),
    );
    expect(using).toMatchObject([
      {
        of: expect.stringMatching(/^NorthboundUnitRole/),
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Condition: {
          StringEquals: { "kms:EncryptionContext:holdfast-environment": "PRODUCTION" },
        },
      },
    ]);
    expect(using.map(({ Resource: resource }) => target(resource))).toEqual([key?.id]);
  });
});

describe("functions", () => {
  it("are four, on Node.js 24 and arm64, each with a role and a log of its own", () => {
    const stack = production();
    const functions = stack.ofType("AWS::Lambda::Function");
    expect(functions).toHaveLength(4);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
      const log = byId(stack, target(Properties.LoggingConfig.LogGroup));
      expect(log.Properties.RetentionInDays).toBe(90);
    }
    expect(new Set(functions.map(({ Properties }) => target(Properties.Role))).size).toBe(4);
    expect(
      new Set(functions.map(({ Properties }) => target(Properties.LoggingConfig.LogGroup))).size,
    ).toBe(4);
  });

  it("are told the same of their environment, and no secret", () => {
    for (const { Properties } of production().ofType("AWS::Lambda::Function")) {
      const { AWS_SDK_UA_APP_ID: name, ...variables } = Properties.Environment.Variables;
      expect(name).toMatch(/^holdfast-PRODUCTION-(northbound|turn|ingest|sweep)$/);
      expect(Object.keys(variables).sort()).toEqual([
        "HOLDFAST_ACCOUNT",
        "HOLDFAST_ADMIN_SECRET_ARN",
        "HOLDFAST_BUCKET",
        "HOLDFAST_CATALOG_TABLE",
        "HOLDFAST_ENVIRONMENT",
        "HOLDFAST_EVENT_BUS",
        "HOLDFAST_EXECUTIONS_TABLE",
        "HOLDFAST_INGRESS_QUEUE_URL",
        "HOLDFAST_KEY_ARN",
        "HOLDFAST_REGION",
        "HOLDFAST_REPORTING_QUEUE_URL",
        "HOLDFAST_SHARDS",
        "HOLDFAST_VERSION",
        "HOLDFAST_WORK_DLQ_URL",
        "HOLDFAST_WORK_QUEUE_URL",
      ]);
      expect(JSON.stringify(variables)).not.toContain("{{resolve:");
    }
  });

  it("give ARNs of the account, and of the region that they are in unless another is the home", () => {
    const of = (stack: Synthesised): readonly unknown[] =>
      stack.ofType("AWS::Lambda::Function").map(({ Properties }) => {
        const { HOLDFAST_ACCOUNT, HOLDFAST_REGION } = Properties.Environment.Variables;
        return [HOLDFAST_ACCOUNT, HOLDFAST_REGION];
      });
    const account = { Ref: "AWS::AccountId" };
    const here = { Ref: "AWS::Region" };
    expect(of(production())).toEqual(Array.from({ length: 4 }, () => [account, here]));
    const elsewhere = synthesise({ homeRegion: "eu-central-1" });
    expect(of(elsewhere)).toEqual(Array.from({ length: 4 }, () => [account, "eu-central-1"]));
  });

  it("are called by queue, API and schedule through the alias live only", () => {
    const stack = production();
    const aliases = ids(stack.ofType("AWS::Lambda::Alias"));
    for (const { Properties } of stack.ofType("AWS::Lambda::Alias")) {
      expect(Properties.Name).toBe("live");
    }
    const called = [
      ...stack.ofType("AWS::Lambda::EventSourceMapping").map((each) => {
        expect(each.Properties.FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
        expect(each.Properties.BatchSize).toBe(10);
        return JSON.stringify(each.Properties.FunctionName);
      }),
      ...stack
        .ofType("AWS::ApiGatewayV2::Integration")
        .map(({ Properties }) => JSON.stringify(Properties.IntegrationUri)),
      ...stack
        .ofType("AWS::Scheduler::Schedule")
        .map(({ Properties }) => JSON.stringify(Properties.Target.Arn)),
    ];
    expect(called).toHaveLength(4);
    const names = called.map((text) => aliases.find((alias) => text.includes(alias)));
    expect([...new Set(names)].sort()).toEqual(aliases);
  });

  it("get a new version's calls by canary in production, and the old one back on an alarm", () => {
    const stack = production();
    for (const alias of stack.ofType("AWS::Lambda::Alias")) {
      expect(alias.UpdatePolicy).toHaveProperty("CodeDeployLambdaAliasUpdate");
    }
    const groups = stack.ofType("AWS::CodeDeploy::DeploymentGroup");
    expect(groups).toHaveLength(4);
    for (const { Properties } of groups) {
      expect(Properties.AutoRollbackConfiguration).toEqual({
        Enabled: true,
        Events: expect.arrayContaining(["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]),
      });
      expect(Properties.AlarmConfiguration.Enabled).toBe(true);
      const [alarm] = Properties.AlarmConfiguration.Alarms;
      expect(metricOf(byId(stack, target(alarm.Name)))).toBe("AWS/Lambda Errors");
    }
    expect(development().ofType("AWS::CodeDeploy::DeploymentGroup")).toEqual([]);
  });

  it("end before the queue that calls them shows its items again", () => {
    const stack = production();
    const mappings = stack.ofType("AWS::Lambda::EventSourceMapping");
    expect(mappings).toHaveLength(2);
    for (const { Properties } of mappings) {
      const queue = byId(stack, target(Properties.EventSourceArn));
      const alias = stack
        .ofType("AWS::Lambda::Alias")
        .find(({ id }) => JSON.stringify(Properties.FunctionName).includes(id));
      const called = byId(stack, target(alias?.Properties.FunctionName));
      expect(queue.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(called.Properties.Timeout);
    }
  });

  it("leave concurrency to others: the work queue may cause as many turns as was said", () => {
    const most = ({ ofType }: Synthesised): readonly number[] =>
      ofType("AWS::Lambda::EventSourceMapping").map(
        ({ Properties }) => Properties.ScalingConfig.MaximumConcurrency,
      );
    expect([...most(synthesise({ turnConcurrency: "42" }))].sort()).toEqual([10, 42]);
  });
});

describe("roles", () => {
  it.each(["production", "development"])(
    "of a %s environment allow no action by pattern",
    (profile) => {
      for (const { Action, of } of statements(synthesise({ profile }))) {
        for (const action of list(Action)) expect(action, of).not.toContain("*");
      }
    },
  );

  it("name the resource of every call, but for traces and for values under their hash", () => {
    const wide = statements(production()).flatMap((statement) =>
      list(statement.Resource as string)
        .map((resource) => JSON.stringify(resource))
        .filter((resource) => resource.includes("*"))
        .map((resource) => `${list(statement.Action).join(" ")} ${resource.slice(-12)}`),
    );
    expect([...new Set(wide)].sort()).toEqual([
      's3:GetObject s3:PutObject values/*"]]}',
      'xray:PutTelemetryRecords xray:PutTraceSegments "*"',
    ]);
  });

  it("have no part in traces where none are recorded", () => {
    const stack = synthesise({ tracing: "false" });
    const modes = stack
      .ofType("AWS::Lambda::Function")
      .map(({ Properties }) => Properties.TracingConfig?.Mode);
    expect(modes).not.toContain("Active");
    for (const { Action } of statements(stack))
      expect(list(Action).filter((action) => action.startsWith("xray:"))).toEqual([]);
  });

  it("let one function only read the administrator's token", () => {
    const readers = statements(production()).filter(({ Action }) =>
      list(Action).some((action) => action.startsWith("secretsmanager:")),
    );
    expect(readers.map(({ of }) => of)).toEqual([expect.stringMatching(/^Northbound/)]);
  });

  it("let activities do what the deployer grants, and nothing in AWS by default", () => {
    const policy = "arn:aws:iam::aws:policy/AmazonSNSFullAccess";
    const assumable = ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"];
    const granted = synthesise({
      activityPolicies: policy,
      activityRoles: assumable.join(" "),
    });
    const managed = ({ ofType }: Synthesised): readonly string[] =>
      ofType("AWS::IAM::Role")
        .filter(({ Properties }) => JSON.stringify(Properties).includes(policy))
        .map(({ id }) => id.replace(/[0-9A-F]{8}$/, ""));
    expect([...managed(granted)].sort()).toEqual(["NorthboundUnitRole", "TurnRole"]);
    const assuming = statements(granted).filter(({ Action }) => Action === "sts:AssumeRole");
    expect(assuming.map(({ Resource }) => Resource)).toEqual([assumable, assumable]);
    expect(statements(production()).some(({ Action }) => Action === "sts:AssumeRole")).toBe(false);
  });

  it("never allow a multi-item transaction, a stream or a change of a table", () => {
    const actions = new Set(statements(production()).flatMap(({ Action }) => list(Action)));
    const calls = [...actions].filter((action) => action.startsWith("dynamodb:"));
    expect(calls.length).toBeGreaterThan(0);
    const known =
      /^dynamodb:(BatchGetItem|BatchWriteItem|GetItem|Query|PutItem|UpdateItem|DeleteItem)$/;
    for (const action of calls) expect(action).toMatch(known);
  });
});

describe("queues", () => {
  it("set aside what fails too often, encrypt, and take no call without TLS", () => {
    const stack = production();
    const queues = stack.ofType("AWS::SQS::Queue");
    const targets = new Set(deadLetterTargets(stack));
    expect(targets.size).toBe(3);
    const others = queues.filter(
      ({ id, Properties }) => Properties.RedrivePolicy === undefined && !targets.has(id),
    );
    expect(ids(others)).toEqual([expect.stringMatching(/^SweepDeadLetters/)]);
    for (const { Properties } of queues) expect(Properties.SqsManagedSseEnabled).toBe(true);
    const closed = stack
      .ofType("AWS::SQS::QueuePolicy")
      .filter(({ Properties }) => JSON.stringify(Properties).includes("aws:SecureTransport"))
      .map(({ Properties }) => target(Properties.Queues[0]));
    expect(closed.sort()).toEqual(ids(queues));
  });

  it("take in what others put on the bus, and not the environment's own events", () => {
    const stack = production();
    const [rule] = stack.ofType("AWS::Events::Rule");
    expect(rule?.Properties.EventPattern).toEqual({
      source: [{ "anything-but": { prefix: "holdfast" } }],
    });
    expect(target(rule?.Properties.Targets[0].Arn)).toMatch(/^IngressQueue/);
    expect(target(rule?.Properties.Targets[0].DeadLetterConfig.Arn)).toMatch(/^IngressDeadLetters/);
  });
});

describe("alarms", () => {
  it("watch errors of each alias and throttles of each function", () => {
    const stack = production();
    const functions = ids(stack.ofType("AWS::Lambda::Function"));
    expect(watched(stack, "AWS/Lambda Errors", "FunctionName")).toEqual(functions);
    expect(watched(stack, "AWS/Lambda Throttles", "FunctionName")).toEqual(functions);
  });

  it("watch that no dead letter lies anywhere, and the age of every other queue's oldest item", () => {
    const stack = production();
    const name = "QueueName";
    const deadLetters = stack
      .ofType("AWS::SQS::Queue")
      .filter(({ Properties }) => Properties.RedrivePolicy === undefined);
    const others = stack
      .ofType("AWS::SQS::Queue")
      .filter(({ Properties }) => Properties.RedrivePolicy !== undefined);
    expect(watched(stack, "AWS/SQS ApproximateNumberOfMessagesVisible", name)).toEqual(
      ids(deadLetters),
    );
    expect(watched(stack, "AWS/SQS ApproximateAgeOfOldestMessage", name)).toEqual(ids(others));
  });

  it("watch throttling of both tables and of each of their indexes", () => {
    const stack = production();
    const parts = stack
      .ofType("AWS::CloudWatch::Alarm")
      .filter((alarm) => alarm.Properties.Namespace === "AWS/DynamoDB")
      .map(
        (alarm) =>
          `${alarm.Properties.MetricName} ${dimension(alarm, "GlobalSecondaryIndexName") ?? "table"}`,
      );
    expect(parts.sort()).toEqual([
      "ReadThrottleEvents byIndex",
      "ReadThrottleEvents due",
      "ReadThrottleEvents started",
      "ReadThrottleEvents table",
      "ReadThrottleEvents table",
      "WriteThrottleEvents byIndex",
      "WriteThrottleEvents due",
      "WriteThrottleEvents started",
      "WriteThrottleEvents table",
      "WriteThrottleEvents table",
    ]);
  });

  it("hold a silent sweep for as bad as overdue executions", () => {
    const overdue = production()
      .ofType("AWS::CloudWatch::Alarm")
      .find(({ Properties }) => Properties.MetricName === "Overdue");
    expect(overdue?.Properties).toMatchObject({
      Namespace: "Holdfast",
      TreatMissingData: "breaching",
      Dimensions: [
        { Name: "environment", Value: "PRODUCTION" },
        { Name: "service", Value: "sweep" },
      ],
    });
  });

  it("tell the e-mail address or the topic that was named, both when raised and when over", () => {
    const address = synthesise({ alarmsTo: "on-call@example.org" });
    expect(address.ofType("AWS::SNS::Subscription")[0]?.Properties).toMatchObject({
      Protocol: "email",
      Endpoint: "on-call@example.org",
    });
    const [topic] = ids(address.ofType("AWS::SNS::Topic"));
    const arn = "arn:aws:sns:eu-west-1:123456789012:operators";
    const named = synthesise({ alarmsTo: arn });
    expect(named.ofType("AWS::SNS::Topic")).toEqual([]);
    for (const [stack, expected] of [
      [address, { Ref: topic }],
      [named, arn],
    ] as const) {
      for (const { Properties } of stack.ofType("AWS::CloudWatch::Alarm")) {
        expect(Properties.AlarmActions).toEqual([expected]);
        expect(Properties.OKActions).toEqual([expected]);
      }
    }
  });

  it("say what to do", () => {
    for (const { id, Properties } of production().ofType("AWS::CloudWatch::Alarm")) {
      expect(Properties.AlarmDescription, id).toMatch(/.{40}/);
    }
  });
});

describe("a second environment", () => {
  it("has no name of a resource in common with the first", () => {
    const named =
      /^(TableName|QueueName|FunctionName|RoleName|BucketName|LogGroupName|TopicName|AlarmName)$/;
    for (const { id, Type, Properties } of production().resources) {
      if (Type.startsWith("AWS::Lambda::")) continue;
      for (const name of Object.keys(Properties)) expect(name, id).not.toMatch(named);
    }
    const names = (environment: string): readonly string[] => {
      const { ofType } = synthesise({ environment });
      return [
        ...ofType("AWS::CloudWatch::Dashboard").map((each) => each.Properties.DashboardName),
        ...ofType("AWS::Events::EventBus").map((each) => each.Properties.Name),
        ...ofType("AWS::Lambda::Function").map((each) => each.Properties.FunctionName ?? each.id),
      ].map((name) => JSON.stringify(name));
    };
    expect(names("One")[0]).toContain("Holdfast-One-");
    expect(names("One").slice(0, 2)).not.toEqual(names("Two").slice(0, 2));
  });
});
