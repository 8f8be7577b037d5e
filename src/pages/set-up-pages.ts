import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageSetUp } from '../http/set-up.js';
import { Problem } from '../common/problems.js';
import { Pages } from './pages.js';
import { answerByPage } from './problem-pages.js';
import { isApi } from './program-paths.js';
import { WebFiles, type Asset } from './web-files.js';

/** Paths beside the API's, as the controllers write them; the names of parameters tell them from the API's own. */
export const WEB_ROUTES: readonly string[] = [
  '/',
  'drops/:id',
  'embed/drops/:id',
  'robots.txt',
  'sitemap.xml',
  'drops/:id/cards/:name',
  'drops/:id/claim',
  'drops/:id/challenge',
  'drops/:id/invitation',
  'claims/:claim/contact',
  'claims/:claim',
  'login',
  'login/phone',
  'login/code',
  'login/forgotten',
  'login/new-password',
  'logout',
  'session',
  'demo/sign-in-links',
  'demo/sign-in/:token',
  'language/:language',
  'dev/mail',
  'dev/mail.json',
  'wallet',
  'forbidden',
  'account',
  'account/proofs',
  'account/proofs/email',
  'account/proofs/link',
  'account/proofs/phone',
  'account/proofs/code',
  'account/password',
  'account/deletion',
  'email-proof',
  'unsubscribe',
  'password-reset',
  'staff-invitation',
  'counter',
  'console',
  'console/*',
  'admin',
  'admin/*',
];

const FORM = 'application/x-www-form-urlencoded';
/** The longest form has a link with a token of a merchant. */
const FORM_MAX_BYTES = 8_192;
const MULTIPART = 'multipart/form-data';
const IS_UNSUBSCRIBE = /^\/unsubscribe(\?|$)/;

/** What `setUpHttp` has to know of the pages. */
export function pagesOf(app: NestFastifyApplication): PageSetUp {
  const pages = app.get(Pages);
  return {
    routes: WEB_ROUTES,
    served: pages.served,
    problem: (problem, requestId, request, reply) => answerByPage(pages, problem, requestId, request, reply),
  };
}

/** Files and forms, after `setUpHttp`. Pages are controllers. */
export function setUpPages(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  // Forms of other sites can send nothing but this without asking first: the API never takes it.
  fastify.addContentTypeParser(
    FORM,
    { parseAs: 'string', bodyLimit: FORM_MAX_BYTES },
    (request, body: string, done) => {
      if (isApi(request.url)) done(new Problem('unsupported_media_type'));
      else done(null, Object.fromEntries(new URLSearchParams(body)));
    },
  );
  // One-click unsubscription may come as this as well (RFC 8058, section 3.2). The address says all, so the parts are not read.
  fastify.addContentTypeParser(
    MULTIPART,
    { parseAs: 'buffer', bodyLimit: FORM_MAX_BYTES },
    (request, _, done) =>
      IS_UNSUBSCRIBE.test(request.url) ? done(null, {}) : done(new Problem('unsupported_media_type')),
  );
  const { assets } = app.get(WebFiles);
  for (const [path, asset] of assets) {
    if (WEB_ROUTES.includes(path.slice(1))) continue; // a front of an older build may have a file of that name
    fastify.get(path, (request, reply) => sendAsset(asset, request, reply));
  }
}

function sendAsset(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { type, etag, bytes, gzip, immutable } = asset;
  void reply.headers({
    'content-type': type,
    'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'x-content-type-options': 'nosniff',
    etag,
    ...(gzip ? { vary: 'Accept-Encoding' } : {}),
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  if (!gzip || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(bytes);
  return reply.header('content-encoding', 'gzip').send(gzip);
}
