/**
 * Gathers what many callers ask for within one turn of the event loop, and sends it in calls of at most
 * `max` entries: SQS is paid by the call. A call that fails fails for all of its entries.
 */
export const gathering = <Entry>(
  max: number,
  send: (entries: readonly Entry[]) => Promise<void>,
): ((entry: Entry) => Promise<void>) => {
  let waiting: { readonly entry: Entry; readonly done: (sent: Promise<void>) => void }[] = [];

  const sendSome = (some: typeof waiting): void => {
    const sent = send(some.map(({ entry }) => entry));
    for (const { done } of some) done(sent);
  };
  const sendAll = (): void => {
    const all = waiting;
    waiting = [];
    for (let first = 0; first < all.length; first += max) sendSome(all.slice(first, first + max));
  };

  return (entry) =>
    new Promise((done) => {
      waiting.push({ entry, done });
      if (waiting.length === 1) setImmediate(sendAll);
    });
};
