import type { StateMachine } from "#core/asl/definition.ts";
import type { Diagnostic } from "#core/asl/diagnostic.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { ProcessSettings, ProcessType, Program } from "#core/execution/program.ts";
import type { Json, JsonObject } from "#core/json.ts";

/** A deployed, immutable version of a process. */
export interface ProcessVersion {
  readonly name: string;
  /** From 1, without gaps. */
  readonly version: number;
  readonly description?: string;
  /** What it belongs to: assignments of roles may be about a category. */
  readonly category?: string;
  /** Default: STANDARD. */
  readonly type?: ProcessType;
  readonly settings?: ProcessSettings;
  /** The text as it was deployed, comments and all. */
  readonly document: string;
  readonly definition: StateMachine;
  /** JSON Schema that an execution's input must satisfy. */
  readonly inputSchema?: JsonObject;
  readonly deployedAtMs: number;
  readonly deployedBy: string;
  /** Who deployed the first version; absent in versions of older releases: who deployed this one. */
  readonly owner?: string;
}

/** Who owns a process. */
export const ownerOf = ({ owner, deployedBy }: ProcessVersion): string => owner ?? deployedBy;

/** Says that a process, or a version of it, is not there. */
export const processNotFound = (name: string, version?: number): OrchestratorError => {
  const which = version === undefined ? name : `${name} version ${version}`;
  return new OrchestratorError("process-not-found", `There is no process ${which}.`);
};

/** A diagnostic with its place in the document's text; line and column from 1. */
export interface DocumentDiagnostic extends Diagnostic {
  readonly line?: number;
  readonly column?: number;
}

export interface DocumentText {
  readonly text: string;
  /** For messages, and the process name of a plain ASL definition (`backup.asl.json` -> `backup`). */
  readonly fileName?: string;
  /** The text is JSON, a plain definition, and no document: of the process that is so named. */
  readonly definitionOf?: { readonly name: string; readonly type?: ProcessType };
}

/** Throws where a deployment is not to be. */
export type AllowDeployment = (
  newest: ProcessVersion | undefined,
  document: Pick<ProcessVersion, "name" | "category" | "definition" | "type">,
) => void;

/** What became of a version that was to be removed. */
export type VersionRemoval = "removed" | "newest" | "none";

/** The catalog of processes. */
export interface Processes {
  readonly validate: (document: DocumentText) => Promise<readonly DocumentDiagnostic[]>;
  /**
   * The same content as the newest version again answers that version with `isNew: false`. `allow` is
   * called with the newest version, if there is one, and the document: nothing is deployed if it throws,
   * nor beside a version that it has not seen.
   */
  readonly deploy: (
    document: DocumentText & { readonly deployedBy: string; readonly allow?: AllowDeployment },
  ) => Promise<
    | {
        readonly kind: "deployed";
        readonly process: ProcessVersion;
        readonly isNew: boolean;
        readonly warnings: readonly DocumentDiagnostic[];
      }
    | { readonly kind: "refused"; readonly diagnostics: readonly DocumentDiagnostic[] }
  >;
  /**
   * Nothing can be started of it any more, and it is in no list; its executions go on. A deployment under
   * the same name makes a new process, whose versions are counted on. False: there is none. `check` is told
   * the newest version and may throw: then it stays.
   */
  readonly remove: (name: string, check?: (newest: number) => void) => Promise<boolean>;
  /**
   * Nothing can be started of the version any more, and it is in no list; its executions go on. The newest
   * is what the process is, and stays. `check` throws where something needs it: then it stays, too. It is asked
   * before and after, so that what comes to need it meanwhile either is seen or sees that it is gone.
   */
  readonly removeVersion: (
    name: string,
    version: number,
    check?: () => Promise<void>,
  ) => Promise<VersionRemoval>;
  /** The newest version where none is given. */
  readonly get: (name: string, version?: number) => Promise<ProcessVersion | undefined>;
  /** A version as its executions run it, also where it or its process was removed. */
  readonly ran: (name: string, version: number) => Promise<ProcessVersion | undefined>;
  /**
   * The version that says what an execution of a version belongs to: the newest of the process that it is of; if that was
   * removed, the version itself, whatever was deployed under its name since.
   */
  readonly standingFor: (name: string, version: number) => Promise<ProcessVersion | undefined>;
  /** The newest version of each process, by name. */
  readonly list: (options: { readonly limit: number; readonly after?: string }) => Promise<{
    readonly processes: readonly ProcessVersion[];
    readonly next: string | undefined;
  }>;
  /** What the engine runs; kept in memory, so it is cheap on the hot path and synchronous when it can be. */
  readonly program: (
    name: string,
    version?: number,
  ) => Program | undefined | Promise<Program | undefined>;
  /** Problems of an input with the process's schema, each naming the field; none if it fits or has no schema. */
  readonly inputProblems: (
    process: ProcessVersion,
    input: Json,
  ) => readonly { readonly path: string; readonly message: string }[];
}
