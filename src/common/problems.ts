/**
 * The catalogue of refusals and errors: code -> HTTP status, title, log level, whether a client may try the same call
 * again. What a crowd is answered by the thousand is logged at debug: metrics count it, and its cause has a line of its own.
 * docs/problems.md and the OpenAPI document are held against it by a test, in both directions.
 */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly retryable: boolean;
  /** Seconds for `Retry-After` where the refusal does not know better; every 503 and 429 has one. */
  readonly retryAfterS?: number;
}

const kind = (
  status: number,
  title: string,
  logLevel: ProblemKind['logLevel'] = 'debug',
  retryAfterS?: number,
): ProblemKind => ({
  status,
  title,
  logLevel,
  retryable: retryAfterS !== undefined,
  ...(retryAfterS === undefined ? {} : { retryAfterS }),
});

export const PROBLEMS = {
  malformed_request: kind(400, 'The request is not well-formed'),
  malformed_json: kind(400, 'The body is not valid JSON'),
  credential_in_url: kind(400, 'An API key must not be part of a URL'),
  unauthenticated: kind(401, 'A valid access token is required'),
  token_expired: kind(401, 'The access token has expired'),
  invalid_credentials: kind(401, 'E-mail or password is wrong'),
  invalid_code: kind(401, 'The code is wrong, already used or expired'),
  invalid_refresh_token: kind(401, 'The refresh token is not valid'),
  refresh_token_reused: kind(
    401,
    'The refresh token was already used; all sessions of its family are revoked',
    'warn',
  ),
  forbidden: kind(403, 'This account is not allowed to do that'),
  insufficient_scope: kind(403, 'The API key lacks the required scope'),
  address_not_allowed: kind(403, 'The API key must not be used from this address', 'warn'),
  csrf_refused: kind(403, 'A request with a session cookie must come from a page of this origin'),
  challenge_required: kind(403, 'This voucher can only be claimed through a claim link'),
  not_eligible: kind(403, 'This voucher is for people whom its merchant chose'),
  captcha_required: kind(403, 'A captcha must be solved first'),
  captcha_failed: kind(403, 'The captcha was not solved'),
  invitation_for_another: kind(403, 'The invitation is for another e-mail address'),
  login_again: kind(403, 'This requires a recent login'),
  blocked: kind(403, 'This account or address is blocked'),
  account_disabled: kind(403, 'This account was disabled by the operator'),
  not_found: kind(404, 'There is nothing here'),
  method_not_allowed: kind(405, 'The method is not allowed here'),
  email_taken: kind(409, 'An account with this e-mail exists'),
  phone_taken: kind(409, 'Another account has this phone number'),
  last_owner: kind(409, 'This account is the last owner or administrator'),
  invalid_transition: kind(409, 'The voucher cannot make this move in its current state'),
  not_editable: kind(409, 'The voucher can no longer be changed in this way'),
  confirmation_required: kind(409, 'This change affects claims that people hold'),
  stock_below_committed: kind(409, 'Fewer units would be left than are already committed'),
  idempotency_in_progress: kind(
    409,
    'A request with this Idempotency-Key is still being processed',
    'debug',
    1,
  ),
  taken_down: kind(409, 'The voucher was taken down by the operator'),
  already_open: kind(409, 'The voucher has opened already'),
  email_unverified: kind(409, 'The account has no confirmed e-mail address'),
  phone_unverified: kind(409, 'The account has no confirmed phone number'),
  contact_not_asked: kind(409, 'This voucher does not ask for contacts'),
  one_per_person: kind(409, 'This person already takes part with another account'),
  live_drop: kind(409, 'A drop is open or opens soon', 'debug', 60),
  rehearsal_under_way: kind(409, 'A rehearsal is under way', 'debug', 15),
  not_started: kind(409, 'The voucher is not open yet', 'debug', 1),
  paused: kind(409, 'The voucher is paused', 'debug', 5),
  sold_out: kind(409, 'All units are taken'),
  claim_limit_reached: kind(409, 'This user already holds as many units as allowed'),
  not_cancellable: kind(409, 'The claim cannot be cancelled'),
  not_sold_out: kind(409, 'Units are still available; there is no need to wait'),
  no_offer: kind(409, 'There is no offer for this user'),
  offer_expired: kind(409, 'The time to accept the offer has passed'),
  not_confirmable: kind(409, 'The claim cannot be confirmed'),
  confirm_expired: kind(409, 'The time to confirm the claim has passed'),
  voucher_ended: kind(410, 'The voucher has ended'),
  already_redeemed: kind(409, 'The claim has already been redeemed'),
  not_yet_redeemable: kind(409, 'The claim cannot be redeemed yet'),
  cancelled: kind(409, 'The claim was cancelled'),
  voucher_paused: kind(409, 'The voucher is paused; nothing can be redeemed until it resumes', 'debug', 5),
  expired: kind(410, 'The time to redeem the claim has passed'),
  rollback_too_late: kind(409, 'The time to roll back the redemption has passed'),
  already_rolled_back: kind(409, 'The redemption has already been rolled back'),
  api_key_ended: kind(409, 'The API key was revoked or has expired'),
  already_merchant: kind(409, 'The account already belongs to a merchant or an administrator'),
  too_many_invitations: kind(409, 'The merchant already has as many open invitations as allowed'),
  too_many_test_shoppers: kind(409, 'The merchant has made as many test shoppers today as allowed'),
  too_many_api_keys: kind(409, 'The merchant already has as many API keys as allowed'),
  too_many_webhooks: kind(409, 'The merchant already has as many webhooks as allowed'),
  delivery_pending: kind(409, 'The delivery is still in progress'),
  dead_letter_closed: kind(409, 'The dead letter was already retried or discarded'),
  claim_unwritable: kind(409, 'The database rejects the outcome of this claim; fix the cause first', 'warn'),
  invalid_link: kind(410, 'The link is wrong, already used or expired'),
  block_list_full: kind(409, 'The block list holds as many entries as allowed', 'warn'),
  precondition_failed: kind(412, 'The object was changed by someone else'),
  payload_too_large: kind(413, 'The body is too large'),
  unsupported_media_type: kind(415, 'The body must be application/json'),
  validation_failed: kind(422, 'Some fields are not valid'),
  idempotency_key_reused: kind(422, 'The Idempotency-Key was used for another request'),
  precondition_required: kind(428, 'If-Match with the ETag of the object is required'),
  headers_too_large: kind(431, 'The request headers are too large'),
  rate_limited: kind(429, 'Too many requests', 'debug', 1),
  too_many_attempts: kind(429, 'Too many failed attempts; wait before trying again', 'debug', 1),
  too_many_codes: kind(429, 'Too many codes were requested; wait before asking again', 'debug', 60),
  too_many_mails: kind(429, 'Too many mails were requested; wait before asking again', 'debug', 60),
  too_many_messages: kind(
    429,
    'The holders of this voucher were written to often enough for now',
    'debug',
    60,
  ),
  internal_error: kind(500, 'Something went wrong on our side', 'error'),
  phone_login_unavailable: kind(501, 'Phone login is not set up here', 'warn'),
  mail_unavailable: kind(501, 'Mail is not set up here', 'warn'),
  overloaded: kind(503, 'We are receiving more requests than we can answer', 'debug', 1),
  gate_recovering: kind(503, 'The voucher is recovering from a fault', 'debug', 2),
  claim_unconfirmed: kind(
    503,
    'A unit is taken but not yet confirmed; ask for the status of the claim',
    'debug',
    2,
  ),
  dependency_unavailable: kind(503, 'A service that this needs is unreachable', 'warn', 2),
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldProblem {
  /** RFC 6901 JSON pointer into the body, or the name of a query or header field. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  /** Of `too_small` and `too_big`: the bound, and what it counts. */
  readonly bound?: number;
  readonly counts?: 'value' | 'characters' | 'items';
}

export interface ProblemOptions {
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterS?: number;
  /** Header fields of the answer, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Members added to the problem document (RFC 9457, section 3.2). */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Where several layers refuse with the same code: which one did, for those who count. Clients are not told. */
  readonly layer?: 'address' | 'sold_out_flag';
  readonly cause?: unknown;
}

/** A refusal with a code of the catalogue. It knows neither HTTP nor the request; one filter turns it into an answer. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly code: ProblemCode,
    readonly options: ProblemOptions = {},
  ) {
    // A refusal is an answer: where it was thrown says nothing, and walking the stack costs as much as judging the claim.
    const limit = Error.stackTraceLimit;
    if (PROBLEMS[code].logLevel !== 'error') Error.stackTraceLimit = 0;
    super(options.detail ?? PROBLEMS[code].title, { cause: options.cause });
    Error.stackTraceLimit = limit;
  }
}

/** One field that is not valid. @param pointer as in `FieldProblem`; empty for the whole body */
export const invalidField = (pointer: string, code: string, detail: string, cause?: unknown): Problem =>
  new Problem('validation_failed', { errors: [{ pointer, code, detail }], cause });
