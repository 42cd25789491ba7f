import type { KnownActivity } from "#catalog/activity-catalog.ts";
import type { StateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import type { TagSet } from "#catalog/tags.ts";
import { pageOf } from "./cursor.ts";
import { onEach, onEnvironment } from "./needs.ts";
import { type Change, type Operation, operation } from "./operation.ts";
import { contentEtag, matching, mustMatch, preconditions } from "./precondition.ts";
import { HttpProblem } from "./problem.ts";
import { activityPath } from "./schemas/activity.ts";
import {
  knownActivitiesQuery,
  knownActivity,
  knownActivityBody,
  knownActivityPage,
  knownActivitySummaryView,
  knownActivityView,
  newActivityPath,
} from "./schemas/known-activity.ts";

interface KnownActivitiesOptions {
  readonly stateMachines: Pick<StateMachineCatalog, "activities" | "tags">;
}

const tag = "activities";

const etagOf = (activity: KnownActivity, tags: TagSet): string =>
  contentEtag(knownActivityView(activity, tags));

const notFound = (name: string): HttpProblem =>
  new HttpProblem("activity-not-found", `Nobody announced an activity ${name}.`);

/** What the audit is told of an activity that is announced, changed or forgotten, whichever protocol it came by. */
export const knownActivityChange = (
  name: string,
  { before, after }: { readonly before?: TagSet | undefined; readonly after?: TagSet | undefined },
): Change => ({
  object: name,
  ...(before !== undefined && { before: { name, tags: before } }),
  ...(after !== undefined && { after: { name, tags: after } }),
});

const list = ({ stateMachines }: KnownActivitiesOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/activities",
    operationId: "listActivities",
    tag,
    needs: onEach("activity:read"),
    summary: "List the activities that were announced, by name",
    description:
      "Workers may ask for others just as well: an activity is there as soon as a definition names it.",
    request: { query: knownActivitiesQuery },
    answers: { 200: { description: "A page.", schema: knownActivityPage } },
    problems: [],
    answer: async ({ query, cursors }) => {
      const found = await pageOf(
        { query, cursors },
        "known activities",
        stateMachines.activities.list,
      );
      const activities = found.activities.map(knownActivitySummaryView);
      return { status: 200, body: { activities, next: found.next } };
    },
  });

const get = ({ stateMachines }: KnownActivitiesOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/activities/{activity}",
    operationId: "getActivity",
    tag,
    needs: onEach("activity:read"),
    summary: "Show an activity that was announced",
    request: { params: activityPath },
    answers: { 200: { description: "The activity.", schema: knownActivity } },
    problems: ["activity-not-found"],
    answer: async ({ params: { activity: name } }) => {
      const activity = await stateMachines.activities.get(name);
      if (activity === undefined) throw notFound(name);
      const tags = await stateMachines.tags.activity.get(name);
      return {
        status: 200,
        headers: { etag: etagOf(activity, tags) },
        body: knownActivityView(activity, tags),
      };
    },
  });

const put = ({ stateMachines }: KnownActivitiesOptions): Operation =>
  operation({
    method: "put",
    path: "/v1/activities/{activity}",
    operationId: "putActivity",
    tag,
    needs: onEnvironment("process:deploy"),
    summary: "Announce an activity, or change its tags",
    description:
      "The body is all that it is to be. Clients of Step Functions ask only for activities that were announced. If-Match with its ETag refuses it if somebody else has changed it meanwhile; If-None-Match: * if there is one of that name.",
    request: { params: newActivityPath, headers: preconditions, body: knownActivityBody },
    bodyExample: { tags: { team: "storage" } },
    answers: {
      201: { description: "A new activity.", schema: knownActivity },
      200: { description: "The activity as it is now.", schema: knownActivity },
    },
    problems: ["precondition-failed"],
    answer: async ({ params: { activity: name }, headers, body: { tags = {} } }) => {
      const { activities, tags: tagsOf } = stateMachines;
      if ((await activities.get(name)) === undefined) mustMatch(headers, undefined);
      const { activity, isNew } = await activities.create(name);
      const { before } = await tagsOf.activity.change(name, (found) => {
        if (!isNew) mustMatch(headers, etagOf(activity, found));
        return tags;
      });
      return {
        status: isNew ? 201 : 200,
        headers: { etag: etagOf(activity, tags) },
        body: knownActivityView(activity, tags),
        change: knownActivityChange(name, { before: isNew ? undefined : before, after: tags }),
      };
    },
  });

const remove = ({ stateMachines }: KnownActivitiesOptions): Operation =>
  operation({
    method: "delete",
    path: "/v1/activities/{activity}",
    operationId: "removeActivity",
    tag,
    needs: onEnvironment("process:deploy"),
    summary: "Forget that an activity was announced",
    description:
      "Executions that wait for a worker go on waiting, and workers of the REST API are still given them.",
    request: { params: activityPath, headers: matching },
    answers: { 200: { description: "The activity as it was.", schema: knownActivity } },
    problems: ["activity-not-found", "precondition-failed"],
    answer: async ({ params: { activity: name }, headers }) => {
      const activity = await stateMachines.activities.get(name);
      if (activity === undefined) throw notFound(name);
      const { before } = await stateMachines.tags.activity.change(name, (found) => {
        mustMatch(headers, etagOf(activity, found));
        return {};
      });
      await stateMachines.activities.remove(name);
      return {
        status: 200,
        body: knownActivityView(activity, before),
        change: knownActivityChange(name, { before }),
      };
    },
  });

/** Operations on activities that somebody announced. */
export const knownActivityOperations = (options: KnownActivitiesOptions): readonly Operation[] =>
  [list, get, put, remove].map((made) => made(options));
