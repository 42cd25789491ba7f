import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { type EdgeOptions, respondProblem } from "#northbound/edge.ts";
import { HttpProblem } from "#northbound/problem.ts";
import { awsJson } from "#northbound/step-functions/dialect.ts";

/** What Lambda takes as the result of a call, bytes (quota "Invocation payload, synchronous": 6 MB), with room for what it adds. */
const answerBytesMax = 6 * 1024 * 1024 - 64 * 1024;
/** Characters of a body that become fewer bytes than that, whatever they are: six at most each, as escapes in JSON. */
const surelyFits = answerBytesMax / 6 - 64 * 1024;

const fits = (answered: APIGatewayProxyStructuredResultV2): boolean =>
  (answered.body?.length ?? 0) < surelyFits ||
  Buffer.byteLength(JSON.stringify(answered)) < answerBytesMax;

const tooLarge = (): HttpProblem =>
  new HttpProblem(
    "answer-too-large",
    `What was asked for is done, but the answer is larger than the ${answerBytesMax} bytes that AWS Lambda passes on.`,
  );

/** The answer, or where it is larger than Lambda passes on, one that says so: Lambda would fail, and say nothing. */
export const withinLambda = async (
  event: APIGatewayProxyEventV2,
  answered: APIGatewayProxyStructuredResultV2,
  log: EdgeOptions["log"],
): Promise<APIGatewayProxyStructuredResultV2> => {
  if (fits(answered)) return answered;
  const { refuse } =
    event.headers["x-amz-target"] === undefined ? { refuse: respondProblem } : awsJson;
  const { requestId } = event.requestContext;
  const refused = refuse(tooLarge(), { requestId }, log);
  return {
    statusCode: refused.status,
    headers: { ...refused.headers },
    body: String(refused.body),
  };
};
