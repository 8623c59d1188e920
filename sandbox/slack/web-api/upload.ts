import type { IncomingMessage, ServerResponse } from 'node:http';

import type { WorkspaceState } from '../state/workspace-state.ts';
import { parseBody, readBody } from './body.ts';

type Known = Pick<WorkspaceState, 'files'>;

/** Answers POST to the URL that files.getUploadURLExternal gave: raw bytes, or a form with one file. */
export async function handleUpload(
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
  { files }: Known,
): Promise<void> {
  const file = files.find(id);
  const content = await contentOf(request);
  if (file === undefined || content === undefined) {
    response.writeHead(404).end('file_not_found');
  } else if (content.length !== file.length) {
    response.writeHead(400).end(`expected ${file.length} bytes, got ${content.length}`);
  } else {
    file.content = content;
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`OK - ${content.length}`);
  }
}

/** Answers GET /files/<id> with what was uploaded. Always as an attachment: it is somebody else's content. */
export function handleDownload(id: string, response: ServerResponse, { files }: Known): Promise<void> {
  const file = files.find(id);
  if (file?.content === undefined || !file.shared) response.writeHead(404).end('file_not_found');
  else {
    response
      .writeHead(200, {
        'content-type': `${file.mimetype}; charset=utf-8`,
        'content-disposition': `attachment; filename="${encodeURIComponent(file.name)}"`,
        'x-content-type-options': 'nosniff',
      })
      .end(file.content);
  }
  return Promise.resolve();
}

async function contentOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const type = request.headers['content-type'] ?? '';
  const body = await readBody(request);
  if (!type.startsWith('multipart/form-data')) return body;
  const parsed = await parseBody(type, body);
  const file = parsed.ok ? parsed.values.find(([, value]) => value instanceof Blob)?.[1] : undefined;
  return file instanceof Blob ? Buffer.from(await file.arrayBuffer()) : undefined;
}
