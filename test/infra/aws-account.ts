import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** What an account answers, in AWS's own formats. */
export interface Account {
  readonly stacks?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  /** Code of the error that every call gets. */
  readonly refusal?: string;
  readonly hasScheduler?: boolean;
  /** What other regions answer. */
  readonly elsewhere?: Readonly<Record<string, Account>>;
}

/** The region that a call was signed for. */
const regionOf = ({ headers }: IncomingMessage): string =>
  /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? "")?.[1] ?? "";

const answer = (response: ServerResponse, status: number, body: string): void => {
  const type = body.startsWith("{") ? "application/json" : "text/xml";
  response.writeHead(status, { "content-type": type }).end(body);
};

const queryAnswers: Readonly<Record<string, (account: Account) => string>> = {
  GetCallerIdentity: () =>
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/deployer</Arn><UserId>U</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>",
  ListStacks: ({ stacks = {} }) =>
    `<ListStacksResponse><ListStacksResult><StackSummaries>${Object.entries(stacks)
      .map(
        ([name, status]) =>
          `<member><StackName>${name}</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member>`,
      )
      .join("")}</StackSummaries></ListStacksResult></ListStacksResponse>`,
  DescribeStacks: ({ outputs = {} }) =>
    `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>S</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${Object.entries(
      outputs,
    )
      .map(
        ([key, value]) =>
          `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
      )
      .join("")}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
};

const handle = async (
  given: Account,
  {
    request,
    response,
    calls,
  }: { request: IncomingMessage; response: ServerResponse; calls: string[] },
): Promise<void> => {
  const body = await text(request);
  const account = given.elsewhere?.[regionOf(request)] ?? given;
  if (request.url?.startsWith("/schedule-groups")) {
    calls.push("ListScheduleGroups");
    if (account.hasScheduler === false) return void request.socket.destroy();
    return answer(response, 200, JSON.stringify({ ScheduleGroups: [] }));
  }
  const action = new URLSearchParams(body).get("Action") ?? "";
  calls.push(action);
  if (account.refusal !== undefined) {
    return answer(
      response,
      403,
      `<ErrorResponse><Error><Type>Sender</Type><Code>${account.refusal}</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`,
    );
  }
  if (action === "DescribeStacks" && Object.keys(account.stacks ?? {}).length === 0) {
    return answer(
      response,
      400,
      "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id S does not exist</Message></Error></ErrorResponse>",
    );
  }
  answer(response, 200, queryAnswers[action]?.(account) ?? "");
};

/**
 * A server that answers as an AWS account does, for what no emulator of AWS does: expired
 * credentials, and a region without a service. Returns the calls that it got.
 */
export const accountWith = async (
  account: Account,
): Promise<{ readonly url: string; readonly calls: readonly string[] }> => {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    void handle(account, { request, response, calls });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
};
