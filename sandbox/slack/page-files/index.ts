import type { ServerResponse } from 'node:http';
import path from 'node:path';
import type { Bundle } from './bundle.ts';
import { bundlePage } from './bundle.ts';

/** The web page's files. */
export interface PageFiles {
  serve(pathname: string, response: ServerResponse): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page loads nothing from elsewhere and is framed by nobody. */
const policy =
  "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** @param keep whether the built page is kept in .cache. It is built when it is first asked for. */
export function pageFiles(keep: boolean): PageFiles {
  let building: Promise<Bundle> | undefined;
  return {
    serve: async (pathname, response) => {
      building ??= bundlePage(keep);
      const bundle = await building;
      const isPage = pathname === '/' || pathname.startsWith('/archives/');
      const name = isPage ? '/index.html' : pathname;
      const content = bundle.get(name);
      if (content === undefined) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
        return;
      }
      response
        .writeHead(200, {
          'content-type': types[path.extname(name)] ?? 'application/octet-stream',
          'cache-control': isPage ? 'no-cache' : 'max-age=31536000, immutable',
          'content-security-policy': policy,
          'x-content-type-options': 'nosniff',
        })
        .end(content);
    },
  };
}
