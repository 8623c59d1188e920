import type { IncomingMessage } from 'node:http';

/** Larger bodies are refused; Slack's largest message is far below it. */
const maxBytes = 8 * 1024 * 1024;

export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export type ParsedBody =
  | { readonly ok: true; readonly values: [string, unknown][] }
  | { readonly ok: false; readonly error: 'invalid_json' | 'json_not_object' | 'invalid_form_data' };

/** Reads a call's body: urlencoded or multipart forms, or JSON, by its content type. */
export async function parseBody(contentType: string, body: Buffer): Promise<ParsedBody> {
  if (contentType.startsWith('application/json')) return parseJson(body);
  if (contentType.startsWith('multipart/form-data')) {
    try {
      const form = await new Response(new Uint8Array(body), {
        headers: { 'content-type': contentType },
      }).formData();
      return { ok: true, values: [...form.entries()] };
    } catch {
      return { ok: false, error: 'invalid_form_data' };
    }
  }
  return { ok: true, values: [...new URLSearchParams(body.toString('utf8')).entries()] };
}

function parseJson(body: Buffer): ParsedBody {
  try {
    const value = JSON.parse(body.toString('utf8')) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { ok: false, error: 'json_not_object' };
    }
    return { ok: true, values: Object.entries(value) };
  } catch {
    return { ok: false, error: 'invalid_json' };
  }
}
