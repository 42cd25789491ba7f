/** List prices of us-east-1 in USD, without free tiers: what a service's own page says, and where and when that was read. */

interface Price {
  /** USD for a million of the unit. */
  readonly perMillion: number;
  /** What is counted. */
  readonly of: string;
  /** The service's page. */
  readonly source: string;
  /** A page that gives the price, and its date or that of its copy. */
  readonly seen: string;
}

const list = {
  dynamodbWriteUnits: {
    perMillion: 0.625,
    of: "write request units, on demand, standard table class, since November 2024",
    source: "aws.amazon.com/dynamodb/pricing/on-demand",
    seen: "airbyte.com/data-engineering-resources/dynamodb-pricing, 2025-07-21",
  },
  dynamodbReadUnits: {
    perMillion: 0.125,
    of: "read request units, on demand, standard table class, since November 2024",
    source: "aws.amazon.com/dynamodb/pricing/on-demand",
    seen: "airbyte.com/data-engineering-resources/dynamodb-pricing, 2025-07-21",
  },
  sqsRequests: {
    perMillion: 0.4,
    of: "requests to standard queues, each 64 KiB of one; the first 100 billion a month",
    source: "aws.amazon.com/sqs/pricing",
    seen: "cloudburn.io/blog/amazon-sqs-pricing, 2026-03-14",
  },
  lambdaRequests: {
    perMillion: 0.2,
    of: "invocations",
    source: "aws.amazon.com/lambda/pricing",
    seen: "cloudchipr.com/blog/aws-lambda-pricing, 2024",
  },
  lambdaGbMs: {
    perMillion: 0.0133334,
    of: "GB-ms on arm64, that is 0.0000133334 a GB-second; the first 7.5 billion GB-seconds a month",
    source: "aws.amazon.com/lambda/pricing",
    seen: "cloudchipr.com/blog/aws-lambda-pricing, 2024",
  },
  apiRequests: {
    perMillion: 1,
    of: "calls of an HTTP API, each 512 KiB of one; the first 300 million a month",
    source: "aws.amazon.com/api-gateway/pricing",
    seen: "go-cloud.io/aws-api-gateway-pricing, 2026",
  },
  events: {
    perMillion: 1,
    of: "custom events, each 64 KiB of one",
    source: "aws.amazon.com/eventbridge/pricing",
    seen: "cloudburn.io/blog/amazon-eventbridge-pricing, 2026-03-13",
  },
  schedulerInvocations: {
    perMillion: 1,
    of: "invocations by EventBridge Scheduler",
    source: "aws.amazon.com/eventbridge/pricing",
    seen: "cloudburn.io/blog/amazon-eventbridge-pricing, 2026-03-13",
  },
  s3Puts: {
    perMillion: 5,
    of: "PUT, COPY, POST and LIST, S3 Standard",
    source: "aws.amazon.com/s3/pricing",
    seen: "c3x.dev/blog/s3-request-fees-explained, 2026",
  },
  s3Gets: {
    perMillion: 0.4,
    of: "GET and others, S3 Standard",
    source: "aws.amazon.com/s3/pricing",
    seen: "c3x.dev/blog/s3-request-fees-explained, 2026",
  },
  logKilobytes: {
    perMillion: 0.5,
    of: "KB taken in by CloudWatch Logs, that is 0.50 a GB; the first 10 TB of functions' logs a month",
    source: "aws.amazon.com/cloudwatch/pricing",
    seen: "www.duckbillgroup.com/?p=9080, 2025-05",
  },
  traces: {
    perMillion: 5,
    of: "traces recorded by X-Ray",
    source: "aws.amazon.com/xray/pricing",
    seen: "aws.amazon.com/de/xray/pricing, copy of 2026",
  },
  stepFunctionsTransitions: {
    perMillion: 25,
    of: "state transitions of Standard workflows",
    source: "aws.amazon.com/step-functions/pricing",
    seen: "aws.amazon.com/step-functions/pricing, copy of 2026",
  },
} as const satisfies Readonly<Record<string, Price>>;

export type Unit = keyof typeof list;

export const prices = { region: "us-east-1", checkedOn: "2026-11-23", list } as const;

/** USD for a million of a unit. */
export const usdPerMillion = (unit: Unit): number => list[unit].perMillion;
