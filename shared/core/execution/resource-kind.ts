/** What kinds of resource there are, by who carries their activities out. */

import { startsPart } from "./map-run/part-resource.ts";

const startExecution =
  /^arn:[^:]*:states:[^:]*:[^:]*:(states|aws-sdk:sfn):startExecution(\.sync(?::2)?|\.waitForTaskToken)?$/;
const startSynchronously = /^arn:[^:]*:states:[^:]*:[^:]*:aws-sdk:sfn:startSyncExecution$/;
const awsActivity = /^arn:[^:]*:states:[^:]+:[^:]*:activity:([^:]+)$/;
const ourActivity = /^holdfast:activity:([\w-]+)$/;
const tokenSuffix = /\.waitForTaskToken(:\d+)?$/;

/**
 * - `adapter`: an adapter runs it in a turn; it is interrupted if the server dies (G4);
 * - `child`: it starts another execution, and starting it again changes nothing;
 * - `worker`: somebody outside asks for it and answers by its token.
 */
export type ResourceKind = "adapter" | "child" | "worker";

const kinds = new Map<string, ResourceKind>();

const classify = (resource: string): ResourceKind => {
  if (startExecution.test(resource) || isSynchronousStart(resource) || startsPart(resource))
    return "child";
  return activityNameOf(resource) === undefined ? "adapter" : "worker";
};

/** The kind of a resource. Remembered: definitions name few. */
export const resourceKind = (resource: string): ResourceKind => {
  let kind = kinds.get(resource);
  if (kind === undefined) {
    kind = classify(resource);
    if (kinds.size < 10_000) kinds.set(resource, kind);
  }
  return kind;
};

/** The name of the activity that workers ask for; `undefined`: the resource is no such activity. */
export const activityNameOf = (resource: string): string | undefined =>
  (awsActivity.exec(resource) ?? ourActivity.exec(resource))?.[1];

/** Whether an activity gives a token away and ends when somebody sends it back. */
export const waitsForToken = (resource: string): boolean => tokenSuffix.test(resource);

/** Whether its attempts have a token. */
export const givesToken = (resource: string): boolean =>
  waitsForToken(resource) || resourceKind(resource) === "worker";

/** The resource without `.waitForTaskToken`: what is called. */
export const calledResource = (resource: string): string => resource.replace(tokenSuffix, "");

/** Whether an activity is a call that answers with the end of the execution that it starts, however it ended. */
export const isSynchronousStart = (resource: string): boolean => startSynchronously.test(resource);

/** Whether an activity starts an execution and waits for its end. */
export const isAwaitedChild = (resource: string): boolean =>
  startsPart(resource) ||
  isSynchronousStart(resource) ||
  startExecution.exec(resource)?.[2]?.startsWith(".sync") === true;

/** How a resource that starts an execution was written: the service, and the form of what it waits for. */
export const childForm = (
  resource: string,
): { readonly service: "states" | "aws-sdk:sfn"; readonly suffix: string } => {
  const [, service, suffix = ""] = startExecution.exec(resource) ?? [];
  const isSdk = service === "aws-sdk:sfn" || isSynchronousStart(resource);
  return { service: isSdk ? "aws-sdk:sfn" : "states", suffix };
};
