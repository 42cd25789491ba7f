import { z } from "@hono/zod-openapi";
import type { CallAccess } from "#access/call-access.ts";
import type { AllowDeployment, DocumentText, ProcessVersion } from "#catalog/processes.ts";
import { refusalOf } from "#core/asl/diagnostic.ts";
import { type Json, sameJson } from "#core/json.ts";
import { onEach } from "../needs.ts";
import type { Operation } from "../operation.ts";
import { allowedBy } from "../processes.ts";
import { changedDocument, definitionIn, plainDocument } from "./definition-text.ts";
import { onStateMachineArn } from "./needs.ts";
import type { ServiceOptions } from "./options.ts";
import { noStateMachine, ServiceFault } from "./service-fault.ts";
import { arnField, secondsOf, serviceOperation } from "./service-operation.ts";
import {
  definitionField,
  encryptionField,
  loggingField,
  mustBeConfiguration,
  mustBeFew,
  mustBeName,
  settingsOf,
  tagSetOf,
  tagsField,
  tracingField,
} from "./state-machine-input.ts";
import { createdAtMs, versionArn } from "./versions.ts";

interface Deploying {
  readonly principal: string;
  readonly access: CallAccess;
  /** Throws where this is not what the caller means. */
  readonly check: (newest: ProcessVersion | undefined) => void;
}

/** Deploys under the same permissions as the REST API. */
const deployed = async (
  { processes }: ServiceOptions,
  document: DocumentText,
  { principal, access, check }: Deploying,
): Promise<ProcessVersion> => {
  const isAllowed = access.holdsAll("process:deploy") ? () => undefined : allowedBy(access);
  const allow: AllowDeployment = (newest, draft) => {
    isAllowed(newest, draft);
    check(newest);
  };
  const outcome = await processes.deploy({ ...document, deployedBy: principal, allow });
  if (outcome.kind === "deployed") return outcome.process;
  throw new ServiceFault("InvalidDefinition", refusalOf(outcome.diagnostics));
};

const mustPublish = (input: {
  publish: boolean;
  versionDescription?: string | undefined;
}): void => {
  if (input.publish || input.versionDescription === undefined) return;
  throw new ServiceFault(
    "ValidationException",
    "Version description can only be set when publish is true",
  );
};

const publishing = {
  publish: z.boolean().default(false),
  versionDescription: z.string().max(256).optional(),
};

const alreadyThere = (arn: string): ServiceFault =>
  new ServiceFault(
    "StateMachineAlreadyExists",
    `State Machine Already Exists: '${arn}' (UpdateStateMachine changes it)`,
  );

const isSame = (
  process: ProcessVersion,
  { type, definition }: { readonly type: string; readonly definition: string },
): boolean =>
  (process.type ?? "STANDARD") === type &&
  sameJson(process.definition as unknown as Json, definitionIn(definition));

const create = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "CreateStateMachine",
    needs: onEach("process:deploy"),
    input: z.object({
      name: z.string().min(1).max(80),
      definition: definitionField,
      roleArn: z.string().min(1).max(256),
      type: z.enum(["STANDARD", "EXPRESS"]).default("STANDARD"),
      loggingConfiguration: loggingField,
      tracingConfiguration: tracingField,
      encryptionConfiguration: encryptionField,
      tags: tagsField.optional(),
      ...publishing,
    }),
    answer: async ({ body, principal, access }) => {
      const { name, definition, type, publish } = body;
      const { arns, processes, stateMachines } = options;
      mustBeName(name);
      mustBeConfiguration(body);
      mustPublish(body);
      const tags = tagSetOf(body.tags ?? []);
      mustBeFew(tags);
      const arn = arns.of("stateMachine", name);
      const there = await processes.get(name);
      if (there !== undefined) {
        allowedBy(access)(there, there);
        if (!isSame(there, body)) throw alreadyThere(arn);
      }
      const document = plainDocument(definition, name, type === "EXPRESS" ? type : undefined);
      const made =
        there ??
        (await deployed(options, document, {
          principal,
          access,
          check: (newest) => {
            // Somebody else was faster: with the same, or with another one.
            if (newest !== undefined && newest.document !== definition) throw alreadyThere(arn);
          },
        }));
      // A server that died in between has left none.
      if ((await stateMachines.settings.get(name)).roleArn === undefined) {
        await stateMachines.tags.change(`stateMachine:${name}`, () => tags);
        await stateMachines.settings.put(name, settingsOf(body));
      }
      return {
        stateMachineArn: arn,
        creationDate: secondsOf(await createdAtMs(options, made)),
        ...(publish && { stateMachineVersionArn: versionArn(options, made) }),
      };
    },
  });

const update = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "UpdateStateMachine",
    needs: onStateMachineArn(options, "process:deploy"),
    input: z.object({
      stateMachineArn: arnField,
      definition: definitionField.optional(),
      roleArn: z.string().min(1).max(256).optional(),
      loggingConfiguration: loggingField,
      tracingConfiguration: tracingField,
      encryptionConfiguration: encryptionField,
      ...publishing,
    }),
    answer: async ({ body, principal, access }) => {
      const { stateMachineArn, definition, publish } = body;
      const { processes, stateMachines, nowMs } = options;
      const { name } = options.arns.read(stateMachineArn, "stateMachine");
      const isChange = [
        definition,
        body.roleArn,
        body.loggingConfiguration,
        body.tracingConfiguration,
        body.encryptionConfiguration,
      ].some((field) => field !== undefined);
      if (!isChange)
        throw new ServiceFault(
          "MissingRequiredParameter",
          "Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration, or the EncryptionConfiguration must be specified",
        );
      mustBeConfiguration(body);
      mustPublish(body);
      const found = await processes.get(name);
      if (found === undefined) throw noStateMachine(stateMachineArn);
      const made =
        definition === undefined
          ? found
          : await deployed(options, changedDocument(found, definition), {
              principal,
              access,
              check: (newest) => {
                if (newest === undefined) throw noStateMachine(stateMachineArn);
              },
            });
      const settings = await stateMachines.settings.get(name);
      await stateMachines.settings.put(name, settingsOf(body, settings));
      return {
        updateDate: secondsOf(nowMs()),
        revisionId: String(made.version),
        ...(publish && { stateMachineVersionArn: versionArn(options, made) }),
      };
    },
  });

const remove = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DeleteStateMachine",
    needs: onStateMachineArn(options, "process:deploy"),
    input: z.object({ stateMachineArn: arnField }),
    answer: async ({ body }) => {
      const { processes, stateMachines, arns } = options;
      const { name } = arns.read(body.stateMachineArn, "stateMachine");
      // As the service has it, what is not there is deleted.
      if (!(await processes.remove(name))) return {};
      await stateMachines.settings.put(name, {});
      await stateMachines.aliases.removeAll(name);
      await stateMachines.tags.change(`stateMachine:${name}`, () => ({}));
      return {};
    },
  });

/** Operations that change state machines. */
export const stateMachineOperations = (options: ServiceOptions): readonly Operation[] =>
  [create, update, remove].map((made) => made(options));
