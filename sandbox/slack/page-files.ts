import type { ServerResponse } from 'node:http';

/** The web page's files, however they were built. */
export interface PageFiles {
  serve(pathname: string, response: ServerResponse): Promise<void>;
}

export const noPage: PageFiles = {
  serve: (_pathname, response) => {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
    return Promise.resolve();
  },
};
