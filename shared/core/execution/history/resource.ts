import type { Json } from "../../json.ts";
import { calledBy } from "../called.ts";
import { resourceKind } from "../resource-kind.ts";
import type { Activity } from "../state.ts";
import type { Details } from "./note.ts";

/** Names and fields that history has for the activities of one kind of resource. */
export interface ResourceEvents {
  readonly scheduled: string;
  readonly submitted: string;
  readonly started: string;
  readonly succeeded: string;
  readonly failed: string;
  readonly timedOut: string;
  /** Whether the activity starts when a worker claims it, not when it is scheduled. */
  readonly isClaimed: boolean;
  /** What identifies the resource, in the scheduled event and in the others. */
  readonly scheduledAs: Details;
  readonly calledAs: Details;
  /** The field that holds the parameters. */
  readonly parameters: "parameters" | "input";
}

const eventsOf = (prefix: string) => ({
  scheduled: `${prefix}Scheduled`,
  submitted: `${prefix}Submitted`,
  started: `${prefix}Started`,
  succeeded: `${prefix}Succeeded`,
  failed: `${prefix}Failed`,
  timedOut: `${prefix}TimedOut`,
});

const lambdaEvents = eventsOf("LambdaFunction");
const activityEvents = eventsOf("Activity");
const taskEvents = eventsOf("Task");

/** `arn:aws:states:::sqs:sendMessage` and `holdfast:http:request`: the type, and what is called. */
const typeAndCall = (resource: string): Details => {
  const parts = resource.startsWith("arn:") ? resource.split(":").slice(5) : resource.split(":");
  const typeLength = parts[0] === "aws-sdk" || parts[0] === "holdfast" ? 2 : 1;
  return {
    resourceType: parts.slice(0, typeLength).join(":"),
    resource: parts.slice(typeLength).join(":"),
  };
};

const described = new Map<string, ResourceEvents>();

const describe = (resource: string): ResourceEvents => {
  const asArn: Details = { resource };
  if (/^arn:[^:]*:lambda:/.test(resource))
    return {
      ...lambdaEvents,
      isClaimed: false,
      scheduledAs: asArn,
      calledAs: {},
      parameters: "input",
    };
  if (resourceKind(resource) === "worker")
    return {
      ...activityEvents,
      isClaimed: true,
      scheduledAs: asArn,
      calledAs: {},
      parameters: "input",
    };
  const task = typeAndCall(resource);
  return {
    ...taskEvents,
    isClaimed: false,
    scheduledAs: task,
    calledAs: task,
    parameters: "parameters",
  };
};

/** How history speaks of a resource's activities. Remembered: definitions name few. */
export const resourceEvents = (resource: string): ResourceEvents => {
  let events = described.get(resource);
  if (events === undefined) {
    events = describe(resource);
    if (described.size < 10_000) described.set(resource, events);
  }
  return events;
};

const seconds = (fromMs: number, toMs: number | undefined): Json | undefined =>
  toMs === undefined ? undefined : (toMs - fromMs) / 1000;

/** Details of the event that schedules an attempt. */
export const scheduledDetails = (activity: Activity): Details => {
  const { resource, parameters } = calledBy(activity);
  const events = resourceEvents(resource);
  return {
    ...events.scheduledAs,
    [events.parameters]: parameters,
    timeoutInSeconds: seconds(activity.startedAtMs, activity.timeoutAtMs),
    heartbeatInSeconds: seconds(0, activity.heartbeatMs),
  };
};
