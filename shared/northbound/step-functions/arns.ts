import { arnOf, roleArnOf } from "#core/execution/arns.ts";
import type { Identity } from "#core/execution/program.ts";
import { ServiceFault } from "./service-fault.ts";

/** What an ARN names. */
export type Named =
  | {
      readonly kind: "stateMachine";
      readonly name: string;
      readonly version?: number;
      readonly alias?: string;
    }
  | { readonly kind: "execution"; readonly executionId: string }
  | { readonly kind: "mapRun"; readonly mapRunId: string }
  | { readonly kind: "activity"; readonly name: string };

type Kind = Named["kind"];
type OfKind<K extends Kind> = Extract<Named, { readonly kind: K }>;

const arnPattern = /^arn:aws[a-z-]*:states:([^:]+):([^:]+):([A-Za-z]+):(.+)$/s;
const nameText = "[A-Za-z0-9._-]{1,80}";
const stateMachinePattern = new RegExp(`^(${nameText})(?::(?:(\\d{1,10})|(${nameText})))?$`);
const executionPattern = /^[^:]+(?:\/[^:]+)?:[A-Za-z0-9_-]+$/s;
const expressPattern = /^([^:]+(?:\/[^:]+)?:[A-Za-z0-9_-]+):[0-9a-f-]{36}$/s;
const activityPattern = new RegExp(`^${nameText}$`);

const stateMachineIn = (rest: string): Named | undefined => {
  const [, name, version, alias] = stateMachinePattern.exec(rest) ?? [];
  if (name === undefined) return undefined;
  return {
    kind: "stateMachine",
    name,
    ...(version !== undefined && { version: Number(version) }),
    ...(alias !== undefined && { alias }),
  };
};

const namedBy = (type: string, rest: string): Named | undefined => {
  switch (type) {
    case "stateMachine":
      return stateMachineIn(rest);
    case "execution":
      return executionPattern.test(rest) ? { kind: "execution", executionId: rest } : undefined;
    case "express": {
      const [, executionId] = expressPattern.exec(rest) ?? [];
      return executionId === undefined ? undefined : { kind: "execution", executionId };
    }
    case "mapRun":
      return executionPattern.test(rest) ? { kind: "mapRun", mapRunId: rest } : undefined;
    case "activity":
      return activityPattern.test(rest) ? { kind: "activity", name: rest } : undefined;
    default:
      return undefined;
  }
};

const invalid = (arn: string, why: string): ServiceFault =>
  new ServiceFault("InvalidArn", `Invalid Arn: '${arn}' ${why}`);

/** The ARNs of an environment. */
export class Arns {
  readonly #identity: Identity;

  constructor(identity: Identity) {
    this.#identity = identity;
  }

  /** ARN of a thing. */
  of(type: Exclude<Kind, "execution"> | "execution" | "express", name: string): string {
    return arnOf(this.#identity, type, name);
  }

  get defaultRole(): string {
    return roleArnOf(this.#identity);
  }

  /** What an ARN of one of these kinds names. Throws `InvalidArn`. */
  read<K extends Kind>(arn: string, ...kinds: readonly K[]): OfKind<K> {
    const [, region, account, type = "", rest = ""] = arnPattern.exec(arn) ?? [];
    if (region === undefined) throw invalid(arn, "is no ARN of Step Functions");
    const named = namedBy(type, rest);
    if (named === undefined || !kinds.includes(named.kind as K))
      throw invalid(arn, `names no ${kinds.join(" or ")}`);
    if (region !== this.#identity.region || account !== this.#identity.account)
      throw invalid(
        arn,
        `is of another region or account: those here begin with ${this.of("stateMachine", "")}`,
      );
    return named as OfKind<K>;
  }
}
