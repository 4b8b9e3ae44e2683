import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** Nothing comes from or goes to another host, and nothing inline runs: paths of series are hostile input. */
const SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const here = import.meta.dirname;
const uplot = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));

const files = [
  ['/', join(here, 'index.html'), 'html'],
  ['/page.css', join(here, 'page.css'), 'css'],
  ['/page.js', join(here, 'page.js'), 'js'],
  ['/agents.js', join(here, 'agents.js'), 'js'],
  ['/chart.js', join(here, 'chart.js'), 'js'],
  ['/charts.js', join(here, 'charts.js'), 'js'],
  ['/format.js', join(here, 'format.js'), 'js'],
  ['/gaps.js', join(here, 'gaps.js'), 'js'],
  ['/live.js', join(here, 'live.js'), 'js'],
  ['/series-list.js', join(here, 'series-list.js'), 'js'],
  ['/store.js', join(here, 'store.js'), 'js'],
  ['/icon.svg', join(here, 'icon.svg'), 'svg'],
  ['/uplot.css', join(uplot, 'dist/uPlot.min.css'), 'css'],
  ['/uplot.js', join(uplot, 'dist/uPlot.esm.js'), 'js'],
] as const;

/** Serves the page that shows series live: a few files as they are, without a build. */
export function registerPage(app: FastifyInstance): void {
  for (const [path, file, type] of files) {
    const content = readFileSync(file);
    app.get(path, { schema: { hide: true } }, (_, reply) =>
      reply
        .type(types[type])
        .header('content-security-policy', SECURITY_POLICY)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .header('cache-control', 'no-cache')
        .send(content),
    );
  }
}
