import { expect, test } from "vitest";
import { checkIdentity, claimIdentity } from "#local/identity.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";

const store = () => memoryPlatform({ clock: virtualClock(0) }).documents;

test("the region and the account of ARNs are those of the first start, for ever", async () => {
  const documents = store();
  const identity = { region: "eu-central-1", account: "123456789012" };
  expect(await claimIdentity(documents, identity)).toEqual(identity);
  expect(await claimIdentity(documents, {})).toEqual(identity);
  expect(await claimIdentity(documents, { region: "eu-central-1" })).toEqual(identity);
  for (const other of [{ region: "us-east-1" }, { account: "000000000000" }])
    await expect(claimIdentity(documents, other)).rejects.toMatchObject({
      code: "data-directory-invalid",
    });
});

test("an environment that says nothing has a region and an account all the same", async () => {
  const documents = store();
  const identity = { region: "local", account: "000000000000" };
  expect(await claimIdentity(documents, {})).toEqual(identity);
});

test.each([{ region: "EU West" }, { region: "" }, { account: "12" }, { account: "a".repeat(12) }])(
  "%j is refused before anything is made",
  (given) => {
    expect(() => checkIdentity(given)).toThrow(
      expect.objectContaining({ code: "request-invalid" }),
    );
  },
);
