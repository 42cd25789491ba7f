/** Which facts and commands this release knows: a log with others belongs to a newer one (G11). */
import type { Command } from "./commands.ts";
import type { Fact } from "./facts.ts";
import type { LogRecord } from "./record.ts";

const factKinds: Readonly<Record<Fact["kind"], true>> = {
  ExecutionStarted: true,
  ActivitySucceeded: true,
  ActivityFailed: true,
  ActivitySubmitted: true,
  ChildEnded: true,
  ActivityClaimed: true,
  ActivityHeartbeat: true,
  ActivityCheckpoint: true,
  TimePassed: true,
  StopRequested: true,
  SignalReceived: true,
  ExecutionRedriven: true,
  TakenOver: true,
  ProgressDropped: true,
  ProgressRestated: true,
  ExecutionCondensed: true,
  ActivityResolved: true,
  MapRunUpdated: true,
};

const commandKinds: Readonly<Record<Command["kind"], true>> = {
  RunActivity: true,
  HoldActivity: true,
  CancelActivity: true,
  AskOperator: true,
  StopChild: true,
  NotifyParent: true,
  OfferActivity: true,
  WithdrawActivity: true,
};

/** The first kind of fact or command in a record that this release does not know. */
export const unknownKindIn = ({
  facts,
  commands,
}: Pick<LogRecord, "facts" | "commands">): string | undefined =>
  facts.find(({ kind }) => !Object.hasOwn(factKinds, kind))?.kind ??
  commands.find(({ kind }) => !Object.hasOwn(commandKinds, kind))?.kind;
