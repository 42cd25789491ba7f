import type { Needs } from "../needs.ts";
import { type Call, type Change, type Operation, operation } from "../operation.ts";
import { z } from "../z.ts";

type InputSchema = z.ZodObject;

/** A call of the protocol; `body` is its input. */
export type ServiceCall<S extends InputSchema> = Call<{ readonly body: S }>;

/** An output, and what has changed. */
class Changed {
  readonly output: object;
  readonly change: Change;

  constructor(output: object, change: Change) {
    this.output = output;
    this.change = change;
  }
}

/** What an operation answers that has changed something: the audit is told. */
export const changed = (output: object, change: Change): Changed => new Changed(output, change);

/** One operation of the protocol. */
export interface ServiceOperation<S extends InputSchema> {
  /** As `X-Amz-Target` has it. */
  readonly name: string;
  readonly needs: Needs<ServiceCall<S>>;
  /** Fields that it does not name are passed over, as the service does. */
  readonly input: S;
  /** Whether the audit is told; where it does not say, of what is neither reading, trying nor starting. */
  readonly isAudited?: (call: ServiceCall<S>) => boolean;
  /** Id of what a call is about, as REST has it; where it does not say, what its ARN or its name says. */
  readonly objectOf?: (call: ServiceCall<S>) => string | undefined;
  /** Answers the output, by `changed` where it has changed something; fields that are `undefined` are left out. */
  readonly answer: (call: ServiceCall<S>) => Promise<object>;
}

/** What the log of an execution has with who did it, and what changes nothing, the audit is not told. */
const changes = (needs: Needs<never>): boolean =>
  typeof needs !== "string" && !/:(?:read|validate|start|claim)$/.test(needs.action);

const arnPattern = /^arn:[^:]*:states:[^:]*:[^:]*:(?:(express):)?(?:[A-Za-z]+:)?(.+)$/s;

/** The id that REST has for what an ARN names, so that one search of the audit finds both. */
const idOf = (arn: string): string => {
  const [, isExpress, id = arn] = arnPattern.exec(arn) ?? [];
  return isExpress === undefined ? id : id.replace(/:[^:]*$/, "");
};

/** What an input or an output is about. */
const objectIn = ({ body }: { readonly body: unknown }): string | undefined => {
  const fields = body as Readonly<Record<string, unknown>>;
  const found = Object.entries(fields).find(
    ([name, value]) => name.endsWith("Arn") && name !== "roleArn" && typeof value === "string",
  );
  if (found !== undefined) return idOf(String(found[1]));
  const { name } = fields;
  return typeof name === "string" ? name : undefined;
};

/** An operation of the protocol as one of the API, so that it is let in and written down as all are. */
export const serviceOperation = <S extends InputSchema>({
  name,
  needs,
  input,
  isAudited = () => changes(needs),
  objectOf = objectIn,
  answer,
}: ServiceOperation<S>): Operation =>
  operation<{ readonly body: S }>({
    method: "post",
    path: "/",
    operationId: name,
    tag: "step-functions",
    summary: name,
    needs,
    isAudited,
    objectOf,
    request: { body: input },
    answers: {},
    problems: [],
    answer: async (call) => {
      const answered = await answer(call);
      if (!(answered instanceof Changed)) return { status: 200, body: answered };
      return { status: 200, body: answered.output, change: answered.change };
    },
  });

/** An ARN; the longest are those of map runs and versions. */
export const arnField = z.string().min(1).max(2000);

/** Where a list goes on. */
export const nextTokenField = z.string().min(1).max(3096).optional();

/** Items on a page; 0: as many as there are by default. */
export const maxResultsField = z.int().min(0).max(1000).optional();

/** Seconds since 1970, as the protocol writes instants. */
export const secondsOf = (atMs: number): number => atMs / 1000;

/** The same where there may be none. */
export const secondsIfAny = (atMs: number | undefined): number | undefined =>
  atMs === undefined ? undefined : secondsOf(atMs);
