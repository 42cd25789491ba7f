/** What the command reads of the answers of `/v1`; the environment's `/openapi.json` is the reference. */

export type Status = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

export interface Diagnostic {
  readonly severity: "ERROR" | "WARNING";
  readonly code: string;
  readonly message: string;
  /** JSON pointer into the document. */
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
}

export interface Deployed {
  readonly name: string;
  readonly version: number;
  readonly isNew: boolean;
  readonly warnings: readonly Diagnostic[];
}

export interface ProcessSummary {
  readonly name: string;
  readonly version: number;
  readonly description?: string;
  readonly deployedAt: string;
  readonly deployedBy: string;
}

/** A name for one or two versions of a process; the weights make 100. */
export interface Alias {
  readonly process: string;
  readonly name: string;
  readonly description?: string;
  readonly routes: readonly { readonly version: number; readonly weight: number }[];
  readonly updatedAt: string;
}

export interface VersionDiff {
  readonly from: number;
  readonly to: number;
  readonly differences: readonly {
    readonly kind: "added" | "removed" | "changed";
    /** JSON pointer into the version. */
    readonly path: string;
    readonly before?: unknown;
    readonly after?: unknown;
  }[];
}

export interface WaitingFor {
  readonly kind: string;
  readonly state?: string;
  readonly since: string;
  readonly count?: number;
  readonly until?: string;
  readonly drain?: string;
}

export interface ExecutionSummary {
  readonly executionId: string;
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly status: Status;
  readonly startedAt: string;
  readonly startedBy: string;
  readonly stoppedAt?: string;
  readonly error?: string;
  /** What the status does not say. */
  readonly outcome?: "failed (completed)";
  readonly waitingFor?: WaitingFor;
}

/** What an operator is asked about an activity whose server was lost. */
export interface Question {
  readonly activity: string;
  readonly attempt: number;
  readonly state: string;
  readonly resource: string;
  readonly parameters: unknown;
  readonly why: string;
  readonly since: string;
  readonly until?: string;
  readonly server: string;
  readonly startedAt: string;
}

/** A state that a restart may enter. */
export interface PreviewedState {
  readonly name: string;
  readonly type: string;
  readonly resource?: string;
  /** Task states: attempts that had begun there before. */
  readonly attemptCount?: number;
  readonly effect?: "readOnly" | "restartable" | "sideEffects";
}

export interface RestartPreview {
  readonly restartOf: { readonly executionId: string; readonly eventId: number };
  readonly process: string;
  readonly version: number;
  readonly state: string;
  readonly startPoint?: string;
  readonly input: unknown;
  readonly states: readonly PreviewedState[];
}

export interface Execution extends ExecutionSummary {
  readonly beginsAt?: { readonly state: string; readonly startPoint?: string };
  readonly restartOf?: RestartPreview["restartOf"];
  readonly restarts?: readonly string[];
  readonly isCondensed?: true;
  readonly input: unknown;
  readonly output?: unknown;
  readonly cause?: string;
  readonly alias?: string;
  readonly redriveCount?: number;
  readonly redrivenAt?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitionCount: number;
  readonly eventCount: number;
  readonly recordCount: number;
  readonly questions?: readonly Question[];
  readonly mapRuns?: readonly string[];
}

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly timestamp: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Alert {
  readonly alertId: string;
  readonly status: "open" | "closed";
  readonly severity: "info" | "warning" | "critical";
  readonly title: string;
  readonly description?: string;
  readonly subject?: string;
  readonly details?: unknown;
  readonly raisedAt: string;
  readonly executionId?: string;
  readonly closedAt?: string;
  readonly closedBy?: string;
  readonly closeReason?: string;
}

export interface SystemEvent {
  readonly eventId: string;
  readonly at: string;
  readonly severity: "info" | "warning" | "error";
  readonly kind: string;
  readonly message: string;
  readonly server: string;
  readonly executionId?: string;
  readonly cause?: string;
  readonly details?: unknown;
}

export interface Server {
  readonly name: string;
  readonly state: "running" | "draining" | "silent" | "gone";
  readonly isSelf: boolean;
  readonly pid: number;
  readonly version?: string;
  readonly url?: string;
  readonly startedAt?: string;
  readonly heartbeatAt?: string;
  readonly executionCount?: number;
}

export interface Drain {
  readonly drainId: string;
  readonly scope: string;
  readonly name?: string;
  readonly by: string;
  readonly reason?: string;
  readonly beganAt: string;
  readonly deadlineAt?: string;
  readonly onDeadline: "wait" | "interrupt";
  readonly isDone: boolean;
  readonly inFlightCount: number;
  readonly inFlight: readonly {
    readonly server: string;
    readonly executionId: string;
    readonly state: string;
    readonly since: string;
    readonly until?: string;
  }[];
  readonly until?: string;
}

/** What a server says of itself to anybody. */
export interface Health {
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
}

/** Which objects a role is for. */
export interface Scope {
  readonly kind: "all" | "own" | "category" | "named";
  readonly names?: readonly string[];
}

export interface Grant {
  readonly role: string;
  readonly scope: Scope;
}

export interface WhoAmI {
  readonly principal: string;
  readonly keyId?: string;
  readonly groups: readonly string[];
  readonly grants: readonly Grant[];
  readonly environment: string;
}

export interface AccessKey {
  readonly keyId: string;
  readonly name: string;
  readonly principal: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
  readonly lastUsedAt?: string;
  readonly isForAws: boolean;
}

export interface IssuedKey extends AccessKey {
  readonly token: string;
  readonly secret?: string;
}

export interface Assignment extends Grant {
  readonly assignmentId: string;
  readonly subject: string;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface Issuer {
  readonly name: string;
  readonly url: string;
  readonly audiences: readonly string[];
  readonly groupsClaim: string;
}

export interface AuditEntry {
  readonly entryId: string;
  readonly at: string;
  readonly kind: "begun" | "changed" | "failed" | "denied";
  readonly principal: string;
  readonly from?: string;
  readonly operation: string;
  readonly object?: string;
  readonly reason?: string;
  readonly status?: number;
  readonly code?: string;
  readonly count?: number;
  readonly of?: string;
  readonly server: string;
}

export interface AuditVerification {
  readonly isIntact: boolean;
  readonly to: number;
  readonly entryCount: number;
  readonly problems: readonly { readonly block: number; readonly message: string }[];
  readonly head: { readonly block: number; readonly hash: string };
  readonly next?: number;
}

/** RFC 9457, with the fields that Holdfast adds. */
export interface Problem {
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly action?: string;
  readonly diagnostics?: readonly Diagnostic[];
}
