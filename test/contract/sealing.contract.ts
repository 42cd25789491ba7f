import { expect, test } from "vitest";
import { OrchestratorError } from "#core/errors.ts";
import type { Sealing } from "#ports/sealing.ts";

const isInvalid = (error: unknown): boolean =>
  error instanceof OrchestratorError && error.code === "seal-invalid";

/** What every sealing does; `another` has another key. */
export const sealingContract = (
  name: string,
  make: () => { readonly sealing: Sealing; readonly another: Sealing },
): void => {
  const refused = async (unsealed: Promise<string>): Promise<void> => {
    const error = await unsealed.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(isInvalid(error), String(error)).toBe(true);
  };

  test(`${name}: what is sealed is read again, and shows nothing`, async () => {
    const { sealing } = make();
    for (const plain of ["", "s", "grüße 🚀", "x".repeat(4_000)]) {
      const sealed = await sealing.seal(plain, "a");
      expect(await sealing.unseal(sealed, "a")).toBe(plain);
      if (plain.length > 1) expect(sealed).not.toContain(plain);
    }
    expect(await sealing.seal("s", "a")).not.toBe(await sealing.seal("s", "a"));
  });

  test(`${name}: another context, another key or another text opens nothing`, async () => {
    const { sealing, another } = make();
    const sealed = await sealing.seal("secret", "a");
    await refused(sealing.unseal(sealed, "b"));
    await refused(another.unseal(sealed, "a"));
    for (const text of ["", "x", sealed.slice(0, -2), `${sealed.slice(0, -2)}AA`, sealed.slice(4)])
      await refused(sealing.unseal(text, "a"));
  });
};
