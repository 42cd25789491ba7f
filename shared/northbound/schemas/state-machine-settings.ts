import {
  loggingLevels,
  loggingProblem,
  rolePattern,
  type StateMachineSettings,
} from "#catalog/state-machine-settings.ts";
import { z } from "../z.ts";
import { processName } from "./process.ts";

/** Log groups that a configuration may name; the service takes one. */
const destinationCountMax = 16;

const destination = z.strictObject({
  cloudWatchLogsLogGroup: z.strictObject({ logGroupArn: z.string().max(256) }),
});

const settings = {
  roleArn: z
    .string()
    .max(256)
    .regex(rolePattern, "Write the ARN of a role.")
    .optional()
    .openapi({ example: "arn:aws:iam::000000000000:role/any" }),
  loggingConfiguration: z
    .strictObject({
      level: z.enum(loggingLevels).optional(),
      includeExecutionData: z.boolean().optional(),
      destinations: z.array(destination).max(destinationCountMax).optional(),
    })
    .superRefine((given, { addIssue }) => {
      const message = loggingProblem(given);
      if (message !== undefined) addIssue({ code: "custom", message });
    })
    .optional()
    .openapi({ description: "Any level but OFF needs a destination." }),
  tracingConfiguration: z.strictObject({ enabled: z.boolean().optional() }).optional(),
};

/** What clients of Step Functions are shown of a process beside its definition. */
export const stateMachineSettings = z
  .strictObject({ process: processName, ...settings })
  .openapi("StateMachineSettings");

/** What that is to be. */
export const stateMachineSettingsBody = z
  .strictObject(settings)
  .openapi("StateMachineSettingsContent");

/** The settings of a process as the API shows them. */
export const stateMachineSettingsView = (process: string, shown: StateMachineSettings) => ({
  process,
  roleArn: shown.roleArn,
  loggingConfiguration: shown.loggingConfiguration,
  tracingConfiguration: shown.tracingConfiguration,
});
