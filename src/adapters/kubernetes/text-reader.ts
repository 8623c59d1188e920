import type { JsonReader } from './json-reader.ts';

/** Takes the lines of a text in their order, and gives what it made of them. */
export interface TextReader {
  line(line: string): void;
  end(): object;
}

const lineFeed = 0x0a;

/** Cuts what comes into lines. The metrics of a busy API server are tens of megabytes: no two lines are kept. */
export function lineReader(reader: TextReader): JsonReader {
  /** The beginning of a line whose end is still to come. */
  let begun: Buffer[] = [];
  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
        const part = chunk.subarray(start, end);
        reader.line((begun.length > 0 ? Buffer.concat([...begun, part]) : part).toString('utf8'));
        begun = [];
        start = end + 1;
      }
      if (start < chunk.length) begun.push(chunk.subarray(start));
    },
    end() {
      if (begun.length > 0) reader.line(Buffer.concat(begun).toString('utf8'));
      return reader.end();
    },
  };
}
