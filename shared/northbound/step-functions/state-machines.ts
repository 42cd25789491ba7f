import type { CallAccess } from "#access/call-access.ts";
import type { AllowDeployment, DocumentText, ProcessVersion } from "#catalog/processes.ts";
import type { StateMachineSettings } from "#catalog/state-machine-settings.ts";
import type { TagSet } from "#catalog/tags.ts";
import { refusalOf } from "#core/asl/diagnostic.ts";
import { type Json, sameJson } from "#core/json.ts";
import { onEach } from "../needs.ts";
import type { Change, Operation } from "../operation.ts";
import { allowedBy, deploymentChange } from "../processes.ts";
import { removeProcess } from "../removals.ts";
import { z } from "../z.ts";
import { changedDocument, definitionIn, plainDocument } from "./definition-text.ts";
import { onStateMachineArn } from "./needs.ts";
import type { ServiceOptions } from "./options.ts";
import { noStateMachine, ServiceFault } from "./service-fault.ts";
import { arnField, changed, secondsOf, serviceOperation } from "./service-operation.ts";
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

/** A deployment, and the version before it. */
interface DeployedVersion {
  readonly process: ProcessVersion;
  readonly isNew: boolean;
  readonly before: ProcessVersion | undefined;
}

/** Deploys under the same permissions as the REST API. */
const deployed = async (
  { processes }: ServiceOptions,
  document: DocumentText,
  { principal, access, check }: Deploying,
): Promise<DeployedVersion> => {
  const isAllowed = access.holdsAll("process:deploy") ? () => undefined : allowedBy(access);
  let before: ProcessVersion | undefined;
  const allow: AllowDeployment = (newest, draft) => {
    before = newest;
    isAllowed(newest, draft);
    check(newest);
  };
  const outcome = await processes.deploy({ ...document, deployedBy: principal, allow });
  if (outcome.kind === "deployed") return { ...outcome, before };
  throw new ServiceFault("InvalidDefinition", refusalOf(outcome.diagnostics));
};

/** As one that is deployed already. */
const asItIs = (process: ProcessVersion): DeployedVersion => ({
  process,
  isNew: false,
  before: process,
});

/** What the audit is told: what REST tells it, and the settings that only this protocol has. */
const machineChange = (
  made: DeployedVersion,
  settings: { readonly before?: StateMachineSettings; readonly after?: StateMachineSettings },
): Change => {
  const { object, before, after } = deploymentChange(made.before, made);
  return {
    ...(object !== undefined && { object }),
    before: before && { ...(before as object), stateMachine: settings.before },
    after: { ...(after as object), stateMachine: settings.after },
  };
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

/** Puts what is said beside the definition, unless that was done before: a server that died in between has not. */
const settled = async (
  { stateMachines }: ServiceOptions,
  name: string,
  given: { readonly tags: TagSet; readonly settings: StateMachineSettings },
) => {
  const before = await stateMachines.settings.get(name);
  if (before.roleArn !== undefined) return { before, after: before };
  // As the service has it, the tags of one that has some stay as they are.
  await stateMachines.tags.stateMachine.change(name, (found) =>
    Object.keys(found).length > 0 ? found : given.tags,
  );
  return stateMachines.settings.change(name, (found) => ({
    ...found,
    ...given.settings,
  }));
};

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
      const { arns, processes } = options;
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
        (there && asItIs(there)) ??
        (await deployed(options, document, {
          principal,
          access,
          check: (newest) => {
            // Somebody else was faster: with the same, or with another one.
            if (newest !== undefined && newest.document !== definition) throw alreadyThere(arn);
          },
        }));
      const settings = await settled(options, name, { tags, settings: settingsOf(body) });
      return changed(
        {
          stateMachineArn: arn,
          creationDate: secondsOf(await createdAtMs(options, made.process)),
          ...(publish && { stateMachineVersionArn: versionArn(options, made.process) }),
        },
        machineChange(made, settings),
      );
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
          ? asItIs(found)
          : await deployed(options, changedDocument(found, definition), {
              principal,
              access,
              check: (newest) => {
                if (newest === undefined) throw noStateMachine(stateMachineArn);
              },
            });
      const settings = await stateMachines.settings.change(name, (found) =>
        settingsOf(body, found),
      );
      return changed(
        {
          updateDate: secondsOf(nowMs()),
          revisionId: String(made.process.version),
          ...(publish && { stateMachineVersionArn: versionArn(options, made.process) }),
        },
        machineChange(made, settings),
      );
    },
  });

const remove = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DeleteStateMachine",
    needs: onStateMachineArn(options, "process:deploy"),
    input: z.object({ stateMachineArn: arnField }),
    answer: async ({ body }) => {
      const { name } = options.arns.read(body.stateMachineArn, "stateMachine");
      // As the service has it, what is not there is deleted.
      const removed = await removeProcess(options, name);
      return removed === undefined ? {} : changed({}, removed.change);
    },
  });

/** Operations that change state machines. */
export const stateMachineOperations = (options: ServiceOptions): readonly Operation[] =>
  [create, update, remove].map((made) => made(options));
