import { valueIn } from "#core/execution/measure.ts";
import { type Json, printJson } from "#core/json.ts";
import { valueDepthMax } from "#core/limits.ts";
import { answerChange, claimBy, isByPerson, onTokenOf } from "../activities.ts";
import { knownActivityChange } from "../known-activities.ts";
import { onEach, onEnvironment } from "../needs.ts";
import type { Operation } from "../operation.ts";
import { z } from "../z.ts";
import type { ServiceOptions } from "./options.ts";
import { tokenPage } from "./pages.ts";
import { ServiceFault } from "./service-fault.ts";
import {
  arnField,
  changed,
  maxResultsField,
  nextTokenField,
  secondsOf,
  serviceOperation,
} from "./service-operation.ts";
import {
  encryptionField,
  mustBeConfiguration,
  mustBeFew,
  mustBeName,
  tagSetOf,
  tagsField,
} from "./state-machine-input.ts";

const named = z.object({ activityArn: arnField });

const noActivity = (arn: string): ServiceFault =>
  new ServiceFault("ActivityDoesNotExist", `Activity Does Not Exist: '${arn}'`);

const create = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "CreateActivity",
    needs: onEnvironment("process:deploy"),
    input: z.object({
      name: z.string().min(1).max(80),
      tags: tagsField.optional(),
      encryptionConfiguration: encryptionField,
    }),
    answer: async ({ body }) => {
      const { arns, stateMachines } = options;
      const { name } = body;
      mustBeName(name);
      mustBeConfiguration(body);
      const tags = tagSetOf(body.tags ?? []);
      mustBeFew(tags);
      const { activity, isNew } = await stateMachines.activities.create(name);
      // As the service has it, the tags of one that is there stay as they are.
      if (isNew) await stateMachines.tags.activity.change(name, () => tags);
      return changed(
        { activityArn: arns.of("activity", name), creationDate: secondsOf(activity.createdAtMs) },
        isNew ? knownActivityChange(name, { after: tags }) : { object: name },
      );
    },
  });

const describe = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DescribeActivity",
    needs: onEach("activity:read"),
    input: named,
    answer: async ({ body: { activityArn } }) => {
      const { name } = options.arns.read(activityArn, "activity");
      const found = await options.stateMachines.activities.get(name);
      if (found === undefined) throw noActivity(activityArn);
      return { activityArn, name, creationDate: secondsOf(found.createdAtMs) };
    },
  });

const remove = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DeleteActivity",
    needs: onEnvironment("process:deploy"),
    input: named,
    answer: async ({ body: { activityArn } }) => {
      const { name } = options.arns.read(activityArn, "activity");
      const { activities, tags } = options.stateMachines;
      const isThere = (await activities.get(name)) !== undefined;
      const { before } = await tags.activity.change(name, () => ({}));
      await activities.remove(name);
      return changed({}, knownActivityChange(name, { before: isThere ? before : undefined }));
    },
  });

const list = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "ListActivities",
    needs: onEach("activity:read"),
    input: z.object({ maxResults: maxResultsField, nextToken: nextTokenField }),
    answer: async ({ body, cursors }) => {
      const found = await tokenPage(
        { body, cursors },
        "activities",
        options.stateMachines.activities.list,
      );
      return {
        activities: found.activities.map(({ name, createdAtMs }) => ({
          activityArn: options.arns.of("activity", name),
          name,
          creationDate: secondsOf(createdAtMs),
        })),
        nextToken: found.next,
      };
    },
  });

const take = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "GetActivityTask",
    needs: onEnvironment("activity:claim"),
    input: named.extend({ workerName: z.string().min(1).max(80).optional() }),
    answer: async ({ body: { activityArn, workerName }, ...call }) => {
      const { arns, engine, stateMachines, pollMsMax, nowMs } = options;
      const { name } = arns.read(activityArn, "activity");
      if ((await stateMachines.activities.get(name)) === undefined) throw noActivity(activityArn);
      const found = await engine.claim(name, {
        ...(workerName !== undefined && { worker: workerName }),
        ...claimBy(call, nowMs),
        timeoutMs: pollMsMax,
      });
      return found === undefined
        ? { taskToken: null }
        : { taskToken: found.token, input: printJson(found.input) };
    },
  });

const tokenField = z.string().min(1).max(2048);

const onTaskToken = onTokenOf(
  ({ body }: { readonly body: { readonly taskToken: string } }) => body.taskToken,
);

const outputOf = (text: string): Json => {
  const output = valueIn(text);
  if (output !== undefined) return output;
  throw new ServiceFault(
    "InvalidOutput",
    `Invalid Output: 'the text is not JSON of at most ${valueDepthMax} levels'`,
  );
};

const succeed = ({ engine }: ServiceOptions): Operation =>
  serviceOperation({
    name: "SendTaskSuccess",
    needs: onTaskToken,
    isAudited: isByPerson,
    input: z.object({ taskToken: tokenField, output: z.string() }),
    answer: async ({ body: { taskToken, output }, principal: by }) => {
      const answer = { kind: "succeeded", output: outputOf(output), by } as const;
      return changed({}, answerChange(await engine.answer(taskToken, answer), answer));
    },
  });

const fail = ({ engine }: ServiceOptions): Operation =>
  serviceOperation({
    name: "SendTaskFailure",
    needs: onTaskToken,
    isAudited: isByPerson,
    input: z.object({
      taskToken: tokenField,
      error: z.string().max(256).optional(),
      cause: z.string().max(32_768).optional(),
    }),
    answer: async ({ body: { taskToken, error, cause }, principal: by }) => {
      const answer = {
        kind: "failed",
        by,
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      } as const;
      return changed({}, answerChange(await engine.answer(taskToken, answer), answer));
    },
  });

const beat = ({ engine }: ServiceOptions): Operation =>
  serviceOperation({
    name: "SendTaskHeartbeat",
    needs: onTaskToken,
    isAudited: () => false,
    input: z.object({ taskToken: tokenField }),
    answer: async ({ body: { taskToken } }) => {
      await engine.answer(taskToken, { kind: "heartbeat" });
      return {};
    },
  });

/** Operations of workers, and of whoever holds a task token. */
export const activityOperations = (options: ServiceOptions): readonly Operation[] =>
  [create, describe, remove, list, take, succeed, fail, beat].map((made) => made(options));
