const pattern =
  /^(\d{4}-\d{2}-(\d{2}))T((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Epoch milliseconds of an ISO 8601 offset date-time (T and a zone are required), with the fraction
 * of a millisecond kept; `undefined` for any other text.
 */
export const parseTimestamp = (text: string): number | undefined => {
  const parts = pattern.exec(text);
  if (parts === null) return undefined;
  const [, date = "", day = "", time = "", fraction = "", zone = ""] = parts;
  // Date.parse lets February 30 roll over into March: the day must survive a round trip.
  const midnight = new Date(`${date}T00:00:00Z`);
  if (midnight.getUTCDate() !== Number(day)) return undefined;
  const atMs = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(atMs) ? undefined : atMs + Number(`0${fraction}`) * 1000;
};
