/**
 * Remembers what `make` gave for a text, up to `countMax` texts; the one unused for longest goes
 * first. What is kept must follow from the text alone.
 */
export const boundedCache = <T>(make: (text: string) => T, countMax: number) => {
  const entries = new Map<string, T>();
  return (text: string): T => {
    const known = entries.get(text);
    if (known !== undefined) {
      // Moving every hit to the end would cost more than it saves while there is room.
      if (entries.size >= countMax) {
        entries.delete(text);
        entries.set(text, known);
      }
      return known;
    }
    const made = make(text);
    entries.set(text, made);
    if (entries.size > countMax) {
      const oldest = entries.keys().next();
      if (oldest.done !== true) entries.delete(oldest.value);
    }
    return made;
  };
};
