import type { Authenticate, Refusal } from "#access/authenticator.ts";
import { type Belongings, forbidden } from "#access/call-access.ts";
import { anonymous, type Principal } from "#access/principal.ts";
import { tokenBuckets } from "#access/rate-limits.ts";
import type { IncomingRequest } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import type { Call, Operation } from "./operation.ts";
import { HttpProblem } from "./problem.ts";

/** By what callers are let in. */
export interface AdmissionOptions {
  readonly authenticate: Authenticate;
  /** Tells whose objects are, for one call. */
  readonly belongings: () => Belongings;
  /** Says where a token is found, for people who have none. */
  readonly tokenHint: string;
  readonly nowMs: () => number;
  readonly limits: Limits;
}

const tooMany = (who: string, seconds: number): HttpProblem =>
  new HttpProblem("too-many-calls", `${who} calls more often than it may.`, {
    headers: { "retry-after": String(Math.max(1, seconds)) },
  });

const unauthorized = ({ refused, detail }: Refusal, tokenHint: string): HttpProblem => {
  const challenge = refused === "missing" ? "" : ', error="invalid_token"';
  return new HttpProblem("unauthorized", detail, {
    action: `Send the header Authorization: Bearer <token>. ${tokenHint}`,
    // The AWS protocol has a name for each.
    details: { refused },
    headers: { "www-authenticate": `Bearer realm="holdfast"${challenge}` },
  });
};

/** Throws unless the caller may do this to any object at all: neither body nor object is looked at for that. */
export const mustHold = ({ needs }: Operation, principal: Principal): void => {
  if (typeof needs === "string" || principal.permissions.holds(needs.action)) return;
  throw forbidden(principal, needs.action);
};

/** Throws or rejects unless the caller may do this to the object of the call; nothing: it may. */
export const mustBeAllowed = ({ needs }: Operation, call: Call): Promise<void> | undefined => {
  if (typeof needs === "string" || needs.object === "each") return undefined;
  const { action, object, hidden } = needs;
  if (object === "environment") return call.access.demand(action, { kind: "environment" });
  // Of every object: which one it is need not be known.
  if (call.access.holdsAll(action)) return undefined;
  return call.access.demand(action, object(call), hidden && (() => hidden(call)));
};

/**
 * Tells who calls, within the limits of each caller. Failures are counted by address; the right token is
 * taken however many have failed there, since many callers may stand behind one address.
 */
export const admission = (options: AdmissionOptions) => {
  const { limits, tokenHint } = options;
  const calls = tokenBuckets(options.nowMs);
  const failures = tokenBuckets(options.nowMs);

  const refusalOf = (refusal: Refusal, from: string | undefined): HttpProblem => {
    const wait = from === undefined ? 0 : failures.take(from, limits.failuresPerSecondMax);
    return wait > 0 ? tooMany(`The address ${from}`, wait) : unauthorized(refusal, tokenHint);
  };

  const callerIn = (found: Principal | Refusal, { from }: IncomingRequest): Principal => {
    if ("refused" in found) throw refusalOf(found, from);
    return found;
  };

  const callerOf = (
    request: IncomingRequest,
    { needs }: Operation,
    bytes: () => Promise<Uint8Array>,
  ): Principal | Promise<Principal> => {
    if (needs === "nobody") return anonymous;
    const { method, target, headers, from } = request;
    const found = options.authenticate({ method, target, headers, from, bytes });
    if (found instanceof Promise) return found.then((principal) => callerIn(principal, request));
    return callerIn(found, request);
  };

  const counted = (caller: Principal): Principal => {
    if (caller === anonymous) return caller;
    const wait = calls.take(caller.id, caller.callsPerSecondMax ?? limits.callsPerSecondMax);
    if (wait > 0) throw tooMany(caller.id, wait);
    return caller;
  };

  return {
    /** Who calls. Throws, or rejects, where nobody is known to. */
    callerOf,
    /** The same for a new call, which counts. */
    admit: (...call: Parameters<typeof callerOf>): ReturnType<typeof callerOf> => {
      const caller = callerOf(...call);
      return caller instanceof Promise ? caller.then(counted) : counted(caller);
    },
  };
};
