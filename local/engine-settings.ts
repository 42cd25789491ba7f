import { type EngineSettings, embeddedSettings } from "#engine/settings.ts";
import type { WaitingKind } from "#ports/heads.ts";

/** Seconds after which a wait of a kind is told of, where they are others than the engine's; infinite: never. */
export type WaitAges = Readonly<Partial<Record<WaitingKind, number>>>;

/** The settings of an embedded server, with what its operator wants otherwise. */
export const engineSettings = (
  engine: Partial<EngineSettings> = {},
  waitAges: WaitAges = {},
): EngineSettings => {
  const settings = { ...embeddedSettings, ...engine };
  const given = Object.entries(waitAges).map(([kind, seconds]) => [kind, seconds * 1_000]);
  return { ...settings, waitAgeMsMax: { ...settings.waitAgeMsMax, ...Object.fromEntries(given) } };
};
