/** The literal pieces of a pattern between its `*`; `\*` and `\\` stand for the character itself. */
const piecesOf = (pattern: string): string[] => {
  const pieces = [""];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === "*") {
      pieces.push("");
      continue;
    }
    const escaped = pattern.charAt(at + 1);
    const isEscape = character === "\\" && (escaped === "*" || escaped === "\\");
    if (isEscape) at += 1;
    pieces.push((pieces.pop() ?? "") + (isEscape ? escaped : character));
  }
  return pieces;
};

/** StringMatches: `*` stands for any text, also none. Takes linear time whatever the pattern. */
export const matchesPattern = (text: string, pattern: string): boolean => {
  const pieces = piecesOf(pattern);
  const first = pieces[0] ?? "";
  if (pieces.length === 1) return text === first;
  const last = pieces.at(-1) ?? "";
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= end;
};
