/** Whom no name is left for. */
export const someoneGone = 30;

/** Names in the order in which they are first spoken of. */
export class Names {
  readonly spoken: number[] = [];
  readonly #isReduced: boolean;

  constructor(isReduced: boolean) {
    this.#isReduced = isReduced;
  }

  /** The name of someone who is spoken of now. */
  say(name: number): number {
    if (!this.spoken.includes(name)) this.spoken.push(name);
    return this.of(name);
  }

  of(name: number): number {
    if (!this.#isReduced) return name;
    const at = this.spoken.indexOf(name);
    return at < 0 ? someoneGone : at;
  }
}
