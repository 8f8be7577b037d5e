import type { FastifyReply, FastifyRequest } from 'fastify';
import { retryAfter } from '../http/problems/problem-document.js';
import { PROBLEMS, type Problem, type ProblemCode } from '../common/problems.js';
import type { Language } from '../http/language.js';
import type { Html } from '../common/markup.js';
import type { Pages } from './pages.js';
import { isForPrograms } from './program-paths.js';
import { problemPage, type ProblemView } from './views/forms.js';
import type { RenderContext } from './views/layout.js';
import { refusalWords } from './words/words.js';

/** As on the pages of the script. */
const ASKS_PROOF: ReadonlySet<ProblemCode> = new Set(['email_unverified', 'phone_unverified']);

/** A refusal in words, with its status. */
export function problemViewOf(
  language: Language,
  problem: Problem,
): ProblemView & { readonly status: number } {
  const { status } = PROBLEMS[problem.code];
  return {
    status,
    words: refusalWords(language, problem),
    waitS: retryAfter(problem),
    asksProof: ASKS_PROOF.has(problem.code),
  };
}

/** What a form shows: its title without the product's name, and its body. */
export interface FormContent {
  readonly title: string;
  readonly body: Html;
  /** Where the script would begin the form anew. */
  readonly withoutScript?: boolean;
}

/**
 * Shows a form by itself, with the status and the wait of the refusal where it was sent before and refused.
 * @param path of the form, which the switch of the language leads back to
 */
export function showForm(
  pages: Pages,
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  refused: Problem | undefined,
  view: (renderContext: RenderContext, problemView: ProblemView | undefined) => FormContent,
): void {
  const renderContext = pages.renderContext(request, path);
  const problemView = refused && problemViewOf(renderContext.language, refused);
  if (problemView?.waitS !== undefined) void reply.header('retry-after', String(problemView.waitS));
  const { title, body, withoutScript = true } = view(renderContext, problemView);
  const content = { title: `${title} · ${renderContext.t('app.name')}`, body, withoutScript };
  pages.send(reply, renderContext, content, problemView?.status ?? 200);
}

/**
 * Answers a browser's refused navigation by a page instead of a problem document: with the same status and headers.
 * @returns whether it has
 */
export function answerByPage(
  pages: Pages,
  problem: Problem,
  requestId: string,
  request: FastifyRequest,
  reply: FastifyReply,
): boolean {
  const path = request.url.split('?')[0] ?? '/';
  const asksForPage = request.headers.accept?.includes('text/html') === true;
  if (!pages.served || !asksForPage || isForPrograms(path)) return false;
  const drop = /^\/drops\/[\w]+(?=\/)/.exec(path)?.[0];
  const renderContext = pages.renderContext(request, drop ?? '/');
  const { status, ...problemView } = problemViewOf(renderContext.language, problem);
  const isGet = request.method === 'GET';
  const missing = problem.code === 'not_found';
  const content = {
    title: `${missing ? renderContext.t('notFound.title') : renderContext.t('plain.problem.title')} · ${renderContext.t('app.name')}`,
    body: problemPage(renderContext, problemView, missing, requestId),
    // The script would ask once more what was just refused to a crowd.
    withoutScript: !isGet || status === 429 || status === 503,
    refreshS: isGet && problemView.waitS !== undefined ? Math.max(2, problemView.waitS) : undefined,
  };
  pages.send(reply, renderContext, content, status);
  return true;
}
