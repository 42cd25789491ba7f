/**
 * Loaded before a function's handler in the emulator: its clock is ahead of the machine's by what the file
 * TEST_CLOCK_FILE says, in ms. So a timer of half an hour can be tried in two minutes, on the bundle that is shipped.
 */
import { readFileSync } from "node:fs";

const file = process.env["TEST_CLOCK_FILE"];
const RealDate = Date;
const refreshMs = 50;
let aheadMs = 0;
let readAtMs = Number.NEGATIVE_INFINITY;

const ahead = (): number => {
  if (file === undefined || performance.now() - readAtMs < refreshMs) return aheadMs;
  readAtMs = performance.now();
  try {
    aheadMs = Number(readFileSync(file, "utf8")) || 0;
  } catch {
    aheadMs = 0;
  }
  return aheadMs;
};

class ShiftedDate extends RealDate {
  constructor(...args: []) {
    if (args.length === 0) super(RealDate.now() + ahead());
    else super(...args);
  }

  static override now(): number {
    return RealDate.now() + ahead();
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
