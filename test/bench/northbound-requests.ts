/** What the callers of the northbound benchmark send: whole requests, made and signed before the time is taken. */
import { createHash, createHmac, randomUUID } from "node:crypto";
import type { Client, IssuedKey } from "./client.ts";
import { requestText, type Target } from "./load.ts";

const DESCRIBED = 500;
const REGION = "local";
const ACCOUNT = "000000000000";

const endsAtOnce = {
  StartAt: "Done",
  States: { Done: { Type: "Pass", End: true } },
};
const waitsLong = {
  StartAt: "Later",
  States: { Later: { Type: "Wait", Seconds: 86_400, End: true } },
};

const inputOf = (index: number): object => ({
  order: `A-${index}`,
  customer: { id: 4711 + index, country: "CH" },
  items: [{ sku: "4006381333931", count: 2, price: 19.9 }],
});

/** What is asked of a server, and how it answers. */
export interface Asked {
  readonly name: string;
  /** Of a start: so many that the fastest server cannot use them up in that time. */
  readonly make: (seconds: number) => readonly Buffer[];
  readonly isRepeated: boolean;
  readonly status: number;
}

/** A server that holds executions to be described, and the keys of its callers. */
export interface Prepared {
  readonly target: Target;
  /** Of the role Operator, for AWS clients too. */
  readonly key: IssuedKey;
  /** Of the role Northbound: it sees what it has started itself. */
  readonly ownKey: IssuedKey;
  readonly executionIds: readonly string[];
  readonly ownExecutionIds: readonly string[];
}

const STARTS_PER_SECOND_MAX = 30_000;

/** Half of them have ended, half of them wait. */
const startSome = async (client: Client): Promise<readonly string[]> => {
  const executionIds: string[] = [];
  for (let index = 0; index < DESCRIBED; index += 1)
    for (const process of ["pass", "wait"])
      executionIds.push((await client.start(process, undefined, inputOf(index))).executionId);
  return executionIds;
};

/** Makes keys, processes and executions. `connectAs` gives a client of another key. */
export const prepare = async (
  client: Client,
  target: Target,
  connectAs: (token: string) => Client,
): Promise<Prepared> => {
  const scope = { kind: "all" };
  const callsPerSecondMax = 100_000;
  const key = await client.createKey({
    name: "bench",
    isForAws: true,
    callsPerSecondMax,
    grants: [{ role: "Operator", scope }],
  });
  const ownKey = await client.createKey({
    name: "bench-own",
    callsPerSecondMax,
    grants: [{ role: "Northbound", scope }],
  });
  await client.deploy(endsAtOnce, "pass");
  await client.deploy(waitsLong, "wait");
  const own = connectAs(ownKey.token);
  const ownExecutionIds = await startSome(own);
  await own.close();
  return { target, key, ownKey, executionIds: await startSome(client), ownExecutionIds };
};

const json = "application/json";
const bearer = ({ token }: IssuedKey) => ({ authorization: `Bearer ${token}` });

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();

/** Signs as AWS clients do (Signature Version 4), for the service `states`. */
const signer = ({ keyId, secret = "" }: IssuedKey, { url }: Target) => {
  const amzDate = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const day = amzDate.slice(0, 8);
  const scope = `${day}/${REGION}/states/aws4_request`;
  const signingKey = [day, REGION, "states", "aws4_request"].reduce<string | Buffer>(
    (key, part) => hmac(key, part),
    `AWS4${secret}`,
  );
  const { host } = new URL(url);
  const names = "content-type;host;x-amz-date;x-amz-target";
  return (target: string, body: string) => {
    const fields = `content-type:${awsJson}\nhost:${host}\nx-amz-date:${amzDate}\nx-amz-target:${target}\n`;
    const canonical = `POST\n/\n\n${fields}\n${names}\n${sha256(body)}`;
    const text = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`;
    const signature = hmac(signingKey, text).toString("hex");
    const authorization = `AWS4-HMAC-SHA256 Credential=${keyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return { authorization, "x-amz-date": amzDate };
  };
};

const awsJson = "application/x-amz-json-1.0";

const arnOf = (executionId: string): string =>
  `arn:aws:states:${REGION}:${ACCOUNT}:execution:${executionId}`;

type Signing = "bearer" | "sigv4";

/** Requests of one operation of the Step Functions protocol. */
const serviceCalls = (
  { target, key }: Prepared,
  signing: Signing,
  operation: string,
): ((input: object) => Buffer) => {
  const name = `AWSStepFunctions.${operation}`;
  const sign = signing === "sigv4" ? signer(key, target) : () => bearer(key);
  return (input) => {
    const body = JSON.stringify(input);
    const headers = { "content-type": awsJson, "x-amz-target": name, ...sign(name, body) };
    return requestText(target, "POST /", { headers, body });
  };
};

const describes = (name: string, make: () => readonly Buffer[]): Asked => ({
  name,
  make,
  isRepeated: true,
  status: 200,
});

const starts = (name: string, status: number, one: () => (index: number) => Buffer): Asked => ({
  name,
  make: (seconds) => {
    const make = one();
    const count = Math.ceil(seconds * STARTS_PER_SECOND_MAX);
    return Array.from({ length: count }, (_, index) => make(index));
  },
  isRepeated: false,
  status,
});

const serviceAsked = (prepared: Prepared): readonly Asked[] => {
  const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:pass`;
  return (["bearer", "sigv4"] as const).flatMap((signing) => [
    describes(`DescribeExecution, ${signing}`, () =>
      prepared.executionIds
        .map((executionId) => ({ executionArn: arnOf(executionId) }))
        .map(serviceCalls(prepared, signing, "DescribeExecution")),
    ),
    starts(`StartExecution, ${signing}`, 200, () => {
      const make = serviceCalls(prepared, signing, "StartExecution");
      return (index) => {
        const input = JSON.stringify(inputOf(index));
        return make({ stateMachineArn, name: randomUUID(), input });
      };
    }),
  ]);
};

/** All that is asked of a server. */
export const askedOf = (prepared: Prepared): readonly Asked[] => {
  const { target, key, ownKey } = prepared;
  const describe = (by: IssuedKey) => (executionId: string) =>
    requestText(target, `GET /v1/executions/${executionId}`, { headers: bearer(by) });
  const start = (process: string) => () => (index: number) =>
    requestText(target, "POST /v1/executions", {
      headers: { ...bearer(key), "content-type": json },
      body: JSON.stringify({ process, name: randomUUID(), input: inputOf(index) }),
    });
  return [
    describes("describe", () => prepared.executionIds.map(describe(key))),
    describes("describe, own only", () => prepared.ownExecutionIds.map(describe(ownKey))),
    starts("start", 201, start("pass")),
    starts("start of a wait", 201, start("wait")),
    ...serviceAsked(prepared),
  ];
};
