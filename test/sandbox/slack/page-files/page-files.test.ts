import { expect, it } from 'vitest';

import { workspace } from '../support.ts';

it('serves the page, its assets and its permalinks, and nothing from elsewhere', async () => {
  const { url } = await workspace();
  const page = await fetch(url);
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect((await fetch(`${url}/archives/CPRODEUOPS/p1700000000000001`)).status).toBe(200);
  const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
  expect(new Set(assets.map((asset) => asset.split('.').at(-1)))).toEqual(new Set(['css', 'js']));
  for (const asset of assets) expect((await fetch(url + asset)).status).toBe(200);
  expect((await fetch(`${url}/assets/..%2f..%2fpackage.json`)).status).toBe(404);
  expect(html).not.toMatch(/(?:src|href)="https?:/);
});
