import type { ValidationOptions } from "#core/asl/scope.ts";
import type { Identity, Program } from "#core/execution/program.ts";
import type { Json } from "#core/json.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { deployVersion, draftOf } from "./deployment.ts";
import { type CompiledSchema, compileSchema } from "./input-schema.ts";
import { processVersions } from "./process-versions.ts";
import type { DocumentText, Processes, ProcessVersion } from "./processes.ts";
import { stateMachineCatalog } from "./state-machine-catalog.ts";

const programIn = (
  { name, version, definition, type, settings }: ProcessVersion,
  identity: Identity | undefined,
): Program => ({
  process: name,
  version,
  definition,
  ...(identity !== undefined && { identity }),
  ...(type !== undefined && { type }),
  ...(settings !== undefined && { settings }),
});

/** Programs of versions, each made once. */
const programsOf = (identity: Identity | undefined) => {
  const programs = new WeakMap<ProcessVersion, Program>();
  return (process: ProcessVersion): Program => {
    const known = programs.get(process);
    if (known !== undefined) return known;
    const program = programIn(process, identity);
    programs.set(process, program);
    return program;
  };
};

/** Says what is wrong with an input; a schema is compiled when it is first asked for. */
const inputChecks = () => {
  const schemas = new WeakMap<object, CompiledSchema>();
  return ({ inputSchema }: ProcessVersion, input: Json) => {
    if (inputSchema === undefined) return [];
    const known = schemas.get(inputSchema);
    const schema = known ?? compileSchema(inputSchema);
    if (known === undefined) schemas.set(inputSchema, schema);
    return schema.kind === "compiled" ? schema.problems(input) : schema.problems;
  };
};

/**
 * The catalog of processes.
 *
 * `program` of a version is synchronous once it is in memory. Of "the newest" it reads the newest
 * number every time (one small, strongly consistent read), so that it is never behind a deployment
 * that another server acknowledged.
 */
export const processCatalog = (
  options: Omit<ValidationOptions, "workflowType"> & {
    readonly documents: DocumentStore;
    readonly nowMs: () => number;
    /** What ARNs are made of; it must never change, for executions see them. */
    readonly identity?: Identity;
  },
): Processes => {
  const versions = processVersions(options.documents);
  const beside = stateMachineCatalog(options);
  const programOf = programsOf(options.identity);

  /** Loaded for the first document: most servers are given none, and what reads YAML is large. */
  const read = async (document: DocumentText) => {
    const { readProcessDocument } = await import("./process-document.ts");
    return readProcessDocument(document, options);
  };

  const versionOf = async (name: string, version?: number): Promise<ProcessVersion | undefined> => {
    const range = await versions.range(name);
    if (range === undefined) return undefined;
    const wanted = version ?? range.newest;
    const isThere = wanted >= range.first && !range.deleted.includes(wanted);
    if (version !== undefined && !isThere) return undefined;
    return versions.peek(name, wanted) ?? (await versions.get(name, wanted));
  };

  /** A version that is named runs on when its process is removed. */
  const runnable = async (name: string, version?: number): Promise<Program | undefined> => {
    const wanted = version ?? (await versions.range(name))?.newest;
    const process = wanted === undefined ? undefined : await versions.get(name, wanted);
    return process && programOf(process);
  };

  return {
    validate: async (document) => {
      const reading = await read(document);
      return reading.kind === "valid" ? reading.warnings : reading.diagnostics;
    },

    deploy: async ({ deployedBy, allow, ...document }) => {
      const reading = await read(document);
      if (reading.kind === "invalid") return { kind: "refused", diagnostics: reading.diagnostics };
      // Who removed the process may have died before it forgot that.
      const removed = await versions.removed(reading.document.name);
      if (removed !== undefined) await beside.forget(reading.document.name, removed);
      const deployed = await deployVersion(versions, {
        draft: {
          ...draftOf(reading.document),
          document: document.text,
          deployedAtMs: options.nowMs(),
          deployedBy,
        },
        allow,
      });
      return { kind: "deployed", ...deployed, warnings: reading.warnings };
    },

    get: versionOf,
    ran: versions.get,
    standingFor: versions.standingFor,
    remove: versions.remove,
    removeVersion: versions.removeVersion,
    list: versions.list,

    program: (name, version) => {
      const known = version === undefined ? undefined : versions.peek(name, version);
      if (known !== undefined) return programOf(known);
      return runnable(name, version);
    },

    inputProblems: inputChecks(),
  };
};
