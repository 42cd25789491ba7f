import { documentStoreContract } from "./document-store.contract.ts";
import { executionLogContract } from "./execution-log.contract.ts";
import type { MakePlatform, QueueKind } from "./fixture.ts";
import { headsContract } from "./heads.contract.ts";
import { journalContract } from "./journal.contract.ts";
import { workQueueContract } from "./work-queue.contract.ts";

/** The suites of all ports of a platform. */
export const everyContract = (
  name: string,
  make: MakePlatform,
  queue: QueueKind = "exact",
): void => {
  journalContract(name, make, queue);
  executionLogContract(name, make);
  headsContract(name, make);
  workQueueContract(name, make, queue);
  documentStoreContract(name, make);
};
