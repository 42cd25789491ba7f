import { type Alias, aliasNamePattern, type Route, routingProblem } from "#catalog/aliases.ts";
import { aliasChange } from "../aliases.ts";
import type { Operation } from "../operation.ts";
import { z } from "../z.ts";
import { aliasIn, onAliasArn } from "./alias-arn.ts";
import { onStateMachineArn } from "./needs.ts";
import { existingMachine, type ServiceOptions } from "./options.ts";
import { tokenPage } from "./pages.ts";
import { noResource, ServiceFault } from "./service-fault.ts";
import {
  arnField,
  changed,
  maxResultsField,
  nextTokenField,
  secondsOf,
  serviceOperation,
} from "./service-operation.ts";

const routingField = z
  .array(z.object({ stateMachineVersionArn: arnField, weight: z.int().min(0).max(100) }))
  .min(1)
  .max(2);

type Routing = z.output<typeof routingField>;

const invalid = (message: string): ServiceFault => new ServiceFault("ValidationException", message);

/** The process that a routing is about: that of its versions, which is one. */
const processOf = ({ arns }: ServiceOptions, routing: Routing): string => {
  const [name, ...others] = new Set(
    routing.map((route) => arns.read(route.stateMachineVersionArn, "stateMachine").name),
  );
  if (name === undefined || others.length > 0)
    throw invalid("The versions of a routing must be of one state machine");
  return name;
};

/** The routes of a routing, which must lead to versions that are there. */
const routesOf = async (
  { arns, processes }: ServiceOptions,
  routing: Routing,
  process: string,
): Promise<readonly Route[]> => {
  const routes = routing.map(({ stateMachineVersionArn, weight }) => {
    const { name, version } = arns.read(stateMachineVersionArn, "stateMachine");
    if (version === undefined)
      throw invalid(`The ARN '${stateMachineVersionArn}' names no version of a state machine`);
    return { arn: stateMachineVersionArn, name, version, weight };
  });
  if (routes.some(({ name }) => name !== process))
    throw invalid("The versions of a routing must be of the state machine of the alias");
  const problem = routingProblem(routes);
  if (problem !== undefined) throw invalid(problem);
  for (const { arn, name, version } of routes)
    if ((await processes.get(name, version)) === undefined) throw noResource(arn);
  return routes.map(({ version, weight }) => ({ version, weight }));
};

const isSame = (one: Alias, other: Alias): boolean =>
  one.description === other.description &&
  JSON.stringify(one.routes) === JSON.stringify(other.routes);

const conflict = (arn: string): ServiceFault =>
  new ServiceFault(
    "ConflictException",
    `There is an alias '${arn}' with another routing or description (UpdateStateMachineAlias changes it)`,
  );

/** As REST has it. */
const aliasIdOf =
  ({ arns }: ServiceOptions) =>
  ({ body }: { readonly body: { readonly stateMachineAliasArn: string } }): string => {
    const { process, name } = aliasIn(arns, body.stateMachineAliasArn);
    return `${process}/${name}`;
  };

const create = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "CreateStateMachineAlias",
    needs: {
      action: "process:deploy",
      object: ({ body }) => ({
        kind: "process",
        name: processOf(options, body.routingConfiguration),
      }),
      hidden: ({ body }) => noResource(body.routingConfiguration[0]?.stateMachineVersionArn ?? ""),
    },
    input: z.object({
      name: z.string().min(1).max(80),
      description: z.string().max(256).optional(),
      routingConfiguration: routingField,
    }),
    objectOf: ({ body }) => `${processOf(options, body.routingConfiguration)}/${body.name}`,
    answer: async ({ body: { name, description, routingConfiguration } }) => {
      const { stateMachines, arns, nowMs } = options;
      if (!aliasNamePattern.test(name))
        throw new ServiceFault("InvalidName", `Invalid Name: '${name}'`);
      const process = processOf(options, routingConfiguration);
      const routes = await routesOf(options, routingConfiguration, process);
      const atMs = nowMs();
      const alias: Alias = {
        process,
        name,
        ...(description !== undefined && { description }),
        routes,
        createdAtMs: atMs,
        updatedAtMs: atMs,
      };
      const stateMachineAliasArn = arns.of("stateMachine", `${process}:${name}`);
      const { before, after } = await stateMachines.aliases.change(process, name, (found) => {
        if (found !== undefined && !isSame(found, alias)) throw conflict(stateMachineAliasArn);
        return found ?? alias;
      });
      return changed(
        { stateMachineAliasArn, creationDate: secondsOf(after.createdAtMs) },
        aliasChange(before, after),
      );
    },
  });

const describe = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DescribeStateMachineAlias",
    needs: onAliasArn(options, "process:read"),
    input: z.object({ stateMachineAliasArn: arnField }),
    answer: async ({ body: { stateMachineAliasArn } }) => {
      const { arns, stateMachines } = options;
      const named = aliasIn(arns, stateMachineAliasArn);
      const alias = await stateMachines.aliases.get(named.process, named.name);
      if (alias === undefined) throw noResource(stateMachineAliasArn);
      return {
        stateMachineAliasArn,
        name: alias.name,
        description: alias.description,
        routingConfiguration: alias.routes.map(({ version, weight }) => ({
          stateMachineVersionArn: arns.of("stateMachine", `${alias.process}:${version}`),
          weight,
        })),
        creationDate: secondsOf(alias.createdAtMs),
        updateDate: secondsOf(alias.updatedAtMs),
      };
    },
  });

const update = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "UpdateStateMachineAlias",
    objectOf: aliasIdOf(options),
    needs: onAliasArn(options, "process:deploy"),
    input: z.object({
      stateMachineAliasArn: arnField,
      description: z.string().max(256).optional(),
      routingConfiguration: routingField.optional(),
    }),
    answer: async ({ body: { stateMachineAliasArn, description, routingConfiguration } }) => {
      const { arns, stateMachines, nowMs } = options;
      if (description === undefined && routingConfiguration === undefined)
        throw invalid("Either the description or the routing must be given");
      const named = aliasIn(arns, stateMachineAliasArn);
      const routes =
        routingConfiguration && (await routesOf(options, routingConfiguration, named.process));
      const updatedAtMs = nowMs();
      const { before, after } = await stateMachines.aliases.change(
        named.process,
        named.name,
        (found) => {
          if (found === undefined) throw noResource(stateMachineAliasArn);
          return {
            ...found,
            ...(description !== undefined && { description }),
            ...(routes !== undefined && { routes }),
            updatedAtMs,
          };
        },
      );
      return changed({ updateDate: secondsOf(updatedAtMs) }, aliasChange(before, after));
    },
  });

const remove = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DeleteStateMachineAlias",
    objectOf: aliasIdOf(options),
    needs: onAliasArn(options, "process:deploy"),
    input: z.object({ stateMachineAliasArn: arnField }),
    answer: async ({ body: { stateMachineAliasArn } }) => {
      const { process, name } = aliasIn(options.arns, stateMachineAliasArn);
      const before = await options.stateMachines.aliases.remove(process, name);
      if (before === undefined) throw noResource(stateMachineAliasArn);
      return changed({}, aliasChange(before, undefined));
    },
  });

const list = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "ListStateMachineAliases",
    needs: onStateMachineArn(options, "process:read"),
    input: z.object({
      stateMachineArn: arnField,
      maxResults: maxResultsField,
      nextToken: nextTokenField,
    }),
    answer: async ({ body, cursors }) => {
      const { arns, stateMachines } = options;
      const { name, version } = arns.read(body.stateMachineArn, "stateMachine");
      await existingMachine(options, {
        name,
        ...(version !== undefined && { version }),
        arn: body.stateMachineArn,
      });
      const found = await tokenPage({ body, cursors }, `aliases ${name}`, (place) =>
        stateMachines.aliases.list(name, place),
      );
      // As the service has it, those that lead to a version that is named.
      const aliases = found.aliases.filter(
        ({ routes }) => version === undefined || routes.some((route) => route.version === version),
      );
      return {
        stateMachineAliases: aliases.map((alias) => ({
          stateMachineAliasArn: arns.of("stateMachine", `${alias.process}:${alias.name}`),
          creationDate: secondsOf(alias.createdAtMs),
        })),
        nextToken: found.next,
      };
    },
  });

/** Operations on aliases. */
export const aliasOperations = (options: ServiceOptions): readonly Operation[] =>
  [create, describe, update, remove, list].map((made) => made(options));
