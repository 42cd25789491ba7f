import type { EngineContext } from "./context.ts";

/** What other servers write is looked for so much later, all of it at once, ms. */
const hintMs = 20;

/** Lets those who wait look again when other servers have written something; the result ends it. */
export const onOthersWrote = (
  { platform, clock }: Pick<EngineContext, "platform" | "clock">,
  lookAgain: () => void,
): (() => void) => {
  let isWaiting = false;
  const unsubscribe = platform.onOthersWrote?.(() => {
    if (isWaiting) return;
    isWaiting = true;
    clock.after(hintMs, () => {
      isWaiting = false;
      lookAgain();
    });
  });
  return () => unsubscribe?.();
};
