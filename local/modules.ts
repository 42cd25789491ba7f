import { join } from "node:path";
import { awsAdapter } from "#adapters/aws/aws-adapter.ts";
import { awsOptionsOf } from "#adapters/aws/aws-options.ts";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { fileAdapter } from "#adapters/file/file-adapter.ts";
import { fileRoot } from "#adapters/file/file-root.ts";
import { httpAdapter } from "#adapters/http/http-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { processCatalog } from "#catalog/process-catalog.ts";
import { stateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import type { Identity } from "#core/execution/program.ts";
import { defaultPool } from "#engine/drain.ts";
import { systemEventStore } from "#monitoring/system-event-store.ts";
import type { EmbeddedPlatform } from "#platforms/embedded/embedded-platform.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { alertStore } from "#tasks/alert-store.ts";

/** Clients of AWS are what lies beside Holdfast, or where the server is started. */
const sdkSearchedFrom = () => [import.meta.filename, join(process.cwd(), "package.json")];

/** What stands beside the engine on the embedded platform. */
export const modules = (
  dataDirectory: string,
  { documents }: EmbeddedPlatform,
  { server, identity }: { readonly server: string; readonly identity: Identity },
) => {
  const { nowMs } = systemClock;
  const alerts = alertStore({ documents, nowMs });
  const filesDirectory = join(dataDirectory, "files");
  const http = httpAdapter({ files: fileRoot(filesDirectory) });
  const aws = awsAdapter(awsOptionsOf(process.env, sdkSearchedFrom()));
  const runner = adapterRegistry(
    [coreAdapter({ alerts }), fileAdapter({ root: filesDirectory }), http, aws],
    { nowMs },
  );
  const closeAdapters = async () => {
    aws.close();
    await http.close();
  };
  const systemEvents = systemEventStore({
    documents,
    clock: systemClock,
    entropy: systemEntropy,
    server,
  });
  const resources = runner.manifests().flatMap(({ activities }) => activities);
  const processes = processCatalog({
    documents,
    nowMs,
    identity,
    knowsResource: runner.knowsResource,
    hasProbe: runner.hasProbe,
    parameterProblems: runner.parameterProblems,
    pools: [defaultPool],
    knownResources: () => resources.map(({ resource }) => resource),
  });
  const stateMachines = stateMachineCatalog({ documents, nowMs });
  return { alerts, closeAdapters, identity, runner, processes, stateMachines, systemEvents };
};

/** What there is of it. */
export type Modules = ReturnType<typeof modules>;
