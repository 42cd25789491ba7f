import { expect, test } from "vitest";
import { processVersions } from "#catalog/process-versions.ts";
import { stateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";

/** A process `p` of two versions, and what stands beside it. */
const environment = async () => {
  const { documents } = memoryPlatform({ clock: virtualClock(0) });
  const versions = processVersions(documents);
  await versions.raiseNewest("p", 2);
  return { documents, versions, beside: stateMachineCatalog({ documents, nowMs: () => 0 }) };
};

test("what was said of a process that was removed is not said of the next one, also where nobody forgot it", async () => {
  const { versions, beside } = await environment();
  await beside.tags.stateMachine.change("p", () => ({ team: "a" }));
  await beside.settings.change("p", () => ({ roleArn: "r" }));
  await versions.remove("p");
  expect(await beside.tags.stateMachine.get("p")).toEqual({});
  await versions.raiseNewest("p", 3);
  expect(await beside.tags.stateMachine.get("p")).toEqual({});
  const { before } = await beside.settings.change("p", (found) => ({ ...found }));
  expect(before).toEqual({});
});

test("to forget a process leaves what is of the next one", async () => {
  const { documents, versions, beside } = await environment();
  await beside.tags.stateMachine.change("p", () => ({ team: "a" }));
  await versions.remove("p");
  await versions.raiseNewest("p", 3);
  await beside.settings.change("p", () => ({ roleArn: "r" }));
  await beside.forget("p", 2);
  expect(await documents.get("tags", "stateMachine:p")).toBeUndefined();
  expect(await beside.settings.get("p")).toEqual({ roleArn: "r" });
});

test("what a release kept that did not say of which versions is read, and forgotten with the process", async () => {
  const { documents, versions, beside } = await environment();
  // Neither of these is the form of today, though one has a name in common with it.
  await documents.put({ collection: "tags", key: "stateMachine:p", value: { said: "x" } });
  await documents.put({ collection: "stateMachineSettings", key: "p", value: { roleArn: "r" } });
  expect(await beside.tags.stateMachine.get("p")).toEqual({ said: "x" });
  expect(await beside.settings.get("p")).toEqual({ roleArn: "r" });
  const { before, after } = await beside.tags.stateMachine.change("p", (found) => ({
    ...found,
    team: "a",
  }));
  expect([before, after]).toEqual([{ said: "x" }, { said: "x", team: "a" }]);
  await versions.remove("p");
  await beside.forget("p", 2);
  await versions.raiseNewest("p", 3);
  expect(await beside.settings.get("p")).toEqual({});
});

test("nothing is said of a process that is not there", async () => {
  const { beside } = await environment();
  const change = beside.tags.stateMachine.change("none", () => ({}));
  await expect(change).rejects.toMatchObject({ code: "process-not-found" });
});
