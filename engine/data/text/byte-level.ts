/** How GPT-2 splits text before the merges: words with the space before them, numbers, signs, white space. */
const pieces = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** A visible character for every byte, as GPT-2 writes them: printable ones stand for themselves, the others follow 255. */
const byteCharacters: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(printable ? byte : next++);
  });
})();

/** The characters that stand for bytes, in order of their code points. */
export const byteAlphabet: readonly string[] = [...byteCharacters].sort();

/** The pieces of a text, one character per byte of UTF-8. */
export function byteLevelPieces(text: string): string[] {
  const encoder = new TextEncoder();
  return (text.match(pieces) ?? []).map(piece =>
    Array.from(encoder.encode(piece), byte => byteCharacters[byte]!).join(""),
  );
}
