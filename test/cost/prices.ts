/** List prices of us-east-1 in USD, without free tiers, as of 2026-11-23. Each names the page that it is from. */
export const prices = {
  region: "us-east-1",
  asOf: "2026-11-23",
  /** USD per million of each. */
  perMillion: {
    // aws.amazon.com/dynamodb/pricing/on-demand
    dynamodbWriteUnits: 0.625,
    dynamodbReadUnits: 0.125,
    // aws.amazon.com/sqs/pricing: standard queues
    sqsRequests: 0.4,
    // aws.amazon.com/lambda/pricing: arm64, first tier
    lambdaRequests: 0.2,
    lambdaGbMs: 0.0133334,
    // aws.amazon.com/api-gateway/pricing: HTTP APIs
    apiRequests: 1,
    // aws.amazon.com/eventbridge/pricing: custom events, and the scheduler's invocations
    events: 1,
    schedulerInvocations: 1,
    // aws.amazon.com/s3/pricing
    s3Puts: 5,
    s3Gets: 0.4,
    // aws.amazon.com/cloudwatch/pricing: ingested, standard class; 0.50 a GB
    logKilobytes: 0.5,
    // aws.amazon.com/step-functions/pricing: Standard workflows
    stepFunctionsTransitions: 25,
  },
} as const;

export type Unit = keyof typeof prices.perMillion;
