import { digest } from "./digest.ts";

/** A version 4 UUID out of draws (0 <= x < 1) of the execution's generator. */
export const drawUuid = (draw: () => number): string => {
  const digits = Array.from({ length: 32 }, () => Math.floor(draw() * 16).toString(16));
  digits[12] = "4";
  digits[16] = (8 + Math.floor(draw() * 4)).toString(16);
  const part = (from: number, to: number) => digits.slice(from, to).join("");
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`;
};

/** A number 0 <= x < 1 that follows from the seed alone: the same seed gives the same number. */
export const drawOfSeed = (seed: number): number =>
  Number.parseInt((digest(String(seed), "SHA-256") ?? "").slice(0, 12), 16) / 2 ** 48;
