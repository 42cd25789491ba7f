/** What is kept of millions of states: a few numbers each, outside of the garbage collector's reach. */

const chunkBits = 18;
const chunkSize = 1 << chunkBits;

/** Numbers one behind the other; grows without being copied. */
export class Numbers {
  readonly #chunks: Int32Array[] = [];
  size = 0;

  push(value: number): void {
    if (this.size % chunkSize === 0) this.#chunks.push(new Int32Array(chunkSize));
    this.size += 1;
    this.set(this.size - 1, value);
  }

  get(at: number): number {
    return (this.#chunks[at >>> chunkBits] as Int32Array)[at & (chunkSize - 1)] as number;
  }

  set(at: number, value: number): void {
    (this.#chunks[at >>> chunkBits] as Int32Array)[at & (chunkSize - 1)] = value;
  }
}

/** Two halves of a hash of 64 bits (two rounds of MurmurHash3 with different seeds). */
export const fingerprint = { low: 0, high: 0 };

const mixed = (hash: number, code: number, factor: number): number => {
  const part = Math.imul(code, factor);
  const turned = hash ^ Math.imul((part << 15) | (part >>> 17), 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
};

const finished = (hash: number): number => {
  let end = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  end = Math.imul(end ^ (end >>> 13), 0xc2b2ae35);
  return (end ^ (end >>> 16)) | 0;
};

/** Leaves the hash of a text in `fingerprint`: a new object for each would cost more than the hash. */
export const take = (text: string): void => {
  let low = 0x2f0b4c47;
  let high = 0x51a3d6e9;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i) + 1;
    low = mixed(low, code, 0xcc9e2d51);
    high = mixed(high, code, 0x9e3779b1);
  }
  fingerprint.low = finished(low ^ text.length);
  fingerprint.high = finished(high + text.length);
};

/** Numbers by fingerprint: open addressing, two thirds full at most. */
class Part {
  #slots = 1 << 10;
  #keys = new Int32Array(this.#slots * 2);
  /** The number, and one more: 0 is a free slot. */
  #values = new Int32Array(this.#slots);
  #size = 0;

  /** The slot of a fingerprint, or the free one where it belongs. */
  #slot(low: number, high: number): number {
    let slot = high & (this.#slots - 1);
    while (this.#values[slot] !== 0) {
      if (this.#keys[slot * 2] === low && this.#keys[slot * 2 + 1] === high) break;
      slot = (slot + 1) & (this.#slots - 1);
    }
    return slot;
  }

  get(low: number, high: number): number {
    return (this.#values[this.#slot(low, high)] as number) - 1;
  }

  add(low: number, high: number, value: number): void {
    if (this.#size * 3 > this.#slots * 2) this.#grow();
    this.#put(low, high, value);
    this.#size += 1;
  }

  #put(low: number, high: number, value: number): void {
    const slot = this.#slot(low, high);
    this.#keys[slot * 2] = low;
    this.#keys[slot * 2 + 1] = high;
    this.#values[slot] = value + 1;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#slots *= 2;
    this.#keys = new Int32Array(this.#slots * 2);
    this.#values = new Int32Array(this.#slots);
    for (let slot = 0; slot < values.length; slot += 1) {
      const value = values[slot] as number;
      if (value > 0) this.#put(keys[slot * 2] as number, keys[slot * 2 + 1] as number, value - 1);
    }
  }
}

/** In parts, so that growing costs little memory at a time. */
export class Index {
  readonly #parts = Array.from({ length: 256 }, () => new Part());

  /** The number of a fingerprint; -1: it has none. */
  get(low: number, high: number): number {
    return (this.#parts[low & 255] as Part).get(low, high);
  }

  add(low: number, high: number, value: number): void {
    (this.#parts[low & 255] as Part).add(low, high, value);
  }
}
