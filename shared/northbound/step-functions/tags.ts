import type { Action } from "#access/actions.ts";
import type { TagSet, TagsOf } from "#catalog/tags.ts";
import type { NeededPermission } from "../needs.ts";
import type { Change, Operation } from "../operation.ts";
import { z } from "../z.ts";
import type { ServiceOptions } from "./options.ts";
import { noResource } from "./service-fault.ts";
import { arnField, changed, serviceOperation } from "./service-operation.ts";
import { mustBeFew, tagKeyField, tagSetOf, tagsField } from "./state-machine-input.ts";

const onResourceArn = (
  { arns }: Pick<ServiceOptions, "arns">,
  action: Action,
): NeededPermission<{ readonly body: { readonly resourceArn: string } }> => ({
  action,
  object: ({ body }) => {
    const { kind, name } = arns.read(body.resourceArn, "stateMachine", "activity");
    return kind === "stateMachine" ? { kind: "process", name } : { kind: "environment" };
  },
  hidden: ({ body }) => noResource(body.resourceArn),
});

interface Tagged {
  readonly name: string;
  readonly tags: TagsOf;
}

/** What an ARN names, and the tags of its kind. Throws `ResourceNotFound` where it is not there. */
const taggedBy = async (
  { arns, processes, stateMachines }: ServiceOptions,
  arn: string,
): Promise<Tagged> => {
  const { kind, name } = arns.read(arn, "stateMachine", "activity");
  const found =
    kind === "stateMachine" ? await processes.get(name) : await stateMachines.activities.get(name);
  if (found === undefined) throw noResource(arn);
  return { name, tags: stateMachines.tags[kind] };
};

const tagChange = (
  object: string,
  { before, after }: { readonly before: TagSet; readonly after: TagSet },
): Change => ({ object, before: { tags: before }, after: { tags: after } });

const tag = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "TagResource",
    needs: onResourceArn(options, "process:deploy"),
    input: z.object({ resourceArn: arnField, tags: tagsField }),
    answer: async ({ body: { resourceArn, tags } }) => {
      const { name, tags: kept } = await taggedBy(options, resourceArn);
      const tagged = await kept.change(name, (before) => {
        const after = { ...before, ...tagSetOf(tags) };
        mustBeFew(after);
        return after;
      });
      return changed({}, tagChange(name, tagged));
    },
  });

const untag = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "UntagResource",
    needs: onResourceArn(options, "process:deploy"),
    input: z.object({
      resourceArn: arnField,
      tagKeys: z.array(tagKeyField).max(200),
    }),
    answer: async ({ body: { resourceArn, tagKeys } }) => {
      const { name, tags: kept } = await taggedBy(options, resourceArn);
      const tagged = await kept.change(name, (before) =>
        Object.fromEntries(Object.entries(before).filter(([key]) => !tagKeys.includes(key))),
      );
      return changed({}, tagChange(name, tagged));
    },
  });

const list = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "ListTagsForResource",
    needs: onResourceArn(options, "process:read"),
    input: z.object({ resourceArn: arnField }),
    answer: async ({ body: { resourceArn } }) => {
      const { name, tags } = await taggedBy(options, resourceArn);
      return { tags: Object.entries(await tags.get(name)).map(([key, value]) => ({ key, value })) };
    },
  });

/** Operations on tags. */
export const tagOperations = (options: ServiceOptions): readonly Operation[] =>
  [tag, untag, list].map((made) => made(options));
