import { OrchestratorError } from "#core/errors.ts";
import type { Action } from "./actions.ts";
import type { Belonging } from "./permissions.ts";
import type { Principal } from "./principal.ts";

/** What an action is done to. */
export type ObjectRef =
  /** The environment itself, and what belongs to no process. */
  | { readonly kind: "environment" }
  | { readonly kind: "process"; readonly name: string }
  /** `known` spares the look at it, where the caller has it in hand. */
  | {
      readonly kind: "execution";
      readonly executionId: string;
      readonly known?: {
        readonly process: string;
        readonly version: number;
        readonly startedBy: string;
      };
    };

/** Tells whose an object is; `undefined`: there is no such object. */
export type Belongings = (object: ObjectRef) => Promise<Belonging | undefined>;

/** What one call may do. */
export interface CallAccess {
  readonly principal: Principal;
  /** Whether there can be any object that the action is allowed on. */
  readonly holds: (action: Action) => boolean;
  /** Whether the action is allowed on every object. */
  readonly holdsAll: (action: Action) => boolean;
  /** Looks at the object only where the answer depends on it. False where there is no such object. */
  readonly covers: (action: Action, object: ObjectRef) => Promise<boolean>;
  /** As `covers`, of an object that is known. */
  readonly coversKnown: (action: Action, object: Belonging) => boolean;
  /**
   * Throws unless the action is allowed: `hidden()` where the object may not be read or is not there,
   * so that both look alike; `forbidden` where it may be read.
   */
  readonly demand: (action: Action, object: ObjectRef, hidden?: () => Error) => Promise<void>;
}

/** Errors by which a call was denied, whatever they say to the caller. */
const denials = new WeakSet<object>();

/** Whether an error is that a call was not allowed, even if it says that there is no such object. */
export const isDenial = (error: unknown): boolean =>
  typeof error === "object" && error !== null && denials.has(error);

const denial = <E extends Error>(error: E): E => {
  denials.add(error);
  return error;
};

/** The answer to a call that is not allowed, of which the caller may know. */
export const forbidden = (principal: Principal, action: Action): OrchestratorError =>
  denial(
    new OrchestratorError("forbidden", `${principal.id} may not do this: ${action} is needed.`, {
      details: { action },
    }),
  );

const readOf = (action: Action): Action => `${action.split(":")[0]}:read` as Action;

/** What a principal may do with the objects that `makeBelongings` tells of, if any has to be looked at. */
export const callAccess = (principal: Principal, makeBelongings: () => Belongings): CallAccess => {
  const { permissions } = principal;
  let made: Belongings | undefined;
  const belongings: Belongings = (object) => {
    made ??= makeBelongings();
    return made(object);
  };
  const covers = async (action: Action, object: ObjectRef): Promise<boolean> => {
    if (permissions.holdsAll(action)) return true;
    if (!permissions.holds(action)) return false;
    const found = await belongings(object);
    return found !== undefined && permissions.covers(action, found);
  };
  return {
    principal,
    holds: (action) => permissions.holds(action),
    holdsAll: (action) => permissions.holdsAll(action),
    covers,
    coversKnown: (action, object) => permissions.covers(action, object),
    demand: async (action, object, hidden) => {
      if (await covers(action, object)) return;
      if (!permissions.holds(action) || hidden === undefined) throw forbidden(principal, action);
      if (await covers(readOf(action), object)) throw forbidden(principal, action);
      // Nobody was kept from what is not there.
      throw (await belongings(object)) === undefined ? hidden() : denial(hidden());
    },
  };
};
