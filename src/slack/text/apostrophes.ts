/**
 * One apostrophe in prose, whoever wrote the sentence: ’ between letters, after a node’s number and after a plural, not in code spans, which are
 * copied as they are.
 */
export function withApostrophes(text: string): string {
  if (!text.includes("'")) return text;
  return text
    .split(/(`[^`\n]*`)/)
    .map((piece, index) =>
      index % 2 === 1 ? piece : piece.replace(/(?<=[\p{L}\p{N}])'(?=\p{L}|\s|$)/gu, '’'),
    )
    .join('');
}
