/** The parts of a pattern that matter here: an escape, a class, a quantifier, a group, an anchor. */
const parts =
  /\\[pP]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|\(\?<?[:=!]|\(|[*+?]\??|\{\d+,?\d*\}\??|[$^]|./gsu;

const otherPart = (part: string): string | undefined => {
  if (/^\\[dDwWsS]$/.test(part)) {
    const [, letter = ""] = part;
    return `\\${letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()}`;
  }
  if (part.startsWith("[^")) return `[${part.slice(2)}`;
  if (part.startsWith("[")) return `[^${part.slice(1)}`;
  if (/^\(\?<?[=!]$/.test(part))
    return part.endsWith("=") ? `${part.slice(0, -1)}!` : `${part.slice(0, -1)}=`;
  const isLeftOut = /^(?:[*+?]\??|\{\d+,?\d*\}\??|[$^])$/.test(part);
  return isLeftOut ? "" : undefined;
};

const isPattern = (pattern: string, flags: string): boolean => {
  try {
    return new RegExp(pattern, flags).source !== "(?:)";
  } catch {
    return false;
  }
};

/** Other regular expressions than a literal: without an anchor or quantifier, with other classes. */
export const regexMutants = (literal: string): readonly string[] => {
  const end = literal.lastIndexOf("/");
  const pattern = literal.slice(1, end);
  const flags = literal.slice(end + 1);
  return [...pattern.matchAll(parts)].flatMap(({ 0: part, index }) => {
    const other = otherPart(part);
    if (other === undefined) return [];
    const mutated = pattern.slice(0, index) + other + pattern.slice(index + part.length);
    return isPattern(mutated, flags) ? [`/${mutated}/${flags}`] : [];
  });
};
