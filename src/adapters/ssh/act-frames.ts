/** Bytes of an act's output: of which attempt's, and where they begin in the whole. */
export type OnBytes = (attempt: number, offset: number, bytes: Uint8Array) => void;

/** A header is a few dozen bytes; what has no end is none. */
const longestHeader = 200;

/**
 * Takes apart what act-scripts.ts hands on: before every piece of output a line `act:bytes:<attempt>:<offset>:<length>`.
 * The pieces and what is said of them come in one stream: two streams of a command arrive in any order. A stream that is
 * cut ends in the middle of a piece, and what had come of it counts.
 */
export function frameReader(onBytes: OnBytes): (chunk: Uint8Array) => void {
  let header = '';
  let piece: { attempt: number; offset: number; left: number } | undefined;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (piece) {
        const bytes = chunk.subarray(at, at + piece.left);
        onBytes(piece.attempt, piece.offset, bytes);
        at += bytes.length;
        const left = piece.left - bytes.length;
        piece = left === 0 ? undefined : { ...piece, offset: piece.offset + bytes.length, left };
        continue;
      }
      const newline = chunk.indexOf(0x0a, at);
      const end = newline === -1 ? chunk.length : newline;
      header = (header + Buffer.from(chunk.subarray(at, end)).toString('latin1')).slice(0, longestHeader);
      at = end + 1;
      if (newline === -1) return;
      // What else is there (a greeting of the login shell) is nobody's output.
      const [, attempt, offset, length] = /^act:bytes:(\d+):(\d+):(\d+)$/.exec(header) ?? [];
      header = '';
      if (Number(length) > 0) {
        piece = { attempt: Number(attempt), offset: Number(offset), left: Number(length) };
      }
    }
  };
}
