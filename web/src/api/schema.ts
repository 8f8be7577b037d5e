// Written by `npm run web:types` from the OpenAPI document. Do not edit.

export interface paths {
  '/healthz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process lives */
    get: operations['HealthController_live'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether every part is ready, and which is not */
    get: operations['HealthController_ready'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/blocks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List what is blocked
     * @description Newest first; what is over is not shown.
     */
    get: operations['BlocksController_list'];
    put?: never;
    /**
     * Block an address, a range or a user
     * @description In force on all instances at once. You cannot block yourself or the address you come from.
     */
    post: operations['BlocksController_add'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/blocks/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Look at a block */
    get: operations['BlocksController_find'];
    put?: never;
    post?: never;
    /**
     * Remove a block
     * @description Automatic ones too. Effective on all instances at once.
     */
    delete: operations['BlocksController_remove'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/dead-letters': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List dead letters
     * @description Newest first. A claim behind an open one stays `pending`, and its unit is given to nobody else.
     */
    get: operations['DeadLettersController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/dead-letters/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Look at a dead letter */
    get: operations['DeadLettersController_find'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/dead-letters/{id}/discard': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give a dead letter up
     * @description Its claim ends as `rejected` with `discarded`; unit and quota are given back. The letter is kept with who, when and why.
     */
    post: operations['DeadLettersController_discard'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/dead-letters/{id}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Hand a dead letter to the ledger again
     * @description Under its claim’s own id, so a claim is issued once. The answer is `retried` with the outcome, or still `open` with the new reason.
     */
    post: operations['DeadLettersController_retry'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/instances': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the instances that live
     * @description Each reports every two seconds; one that died is gone after nine.
     */
    get: operations['SystemController_instances'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/policies': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the limits and lifetimes in force
     * @description As the instance that answers was configured; they are set by its environment.
     */
    get: operations['SystemController_policies'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/admin/system': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * See what waits where
     * @description A number is null while the store that knows it does not answer.
     */
    get: operations['SystemController_system'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/auth/login': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Log in with e-mail and password
     * @description An unknown e-mail and a wrong password get the same answer. After some wrong ones each further try has to wait, twice as long every time: `Retry-After` says how long.
     */
    post: operations['AuthController_login'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/auth/logout': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Log out
     * @description Ends the session of the access token: refresh token and access token are refused from now on, on all instances within a second.
     */
    post: operations['AuthController_logout'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/auth/phone/code': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ask for a login code by phone
     * @description Sends a code of 6 digits to a US or Chinese mobile number; it replaces the one before. The answer does not wait for the delivery and is the same for every number. In embedded mode and development the code is in the log.
     */
    post: operations['AuthController_phoneCode'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/auth/phone/login': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Log in with a code
     * @description A code is good for one login. The first login of a number creates its account. After some wrong codes each further try has to wait, as with passwords.
     */
    post: operations['AuthController_phoneLogin'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/auth/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Exchange a refresh token for new tokens
     * @description A refresh token is good for one call: keep the new one of the answer. Using an old one again means that a copy is about; it ends the session for everyone who holds its tokens, and the user logs in anew. Without a body the token of the session cookie is exchanged.
     */
    post: operations['AuthController_refresh'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/auth/register': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Register as a shopper
     * @description Creates the account and logs it in. Press *Authorize* and paste `access_token` to go on from here.
     */
    post: operations['AuthController_register'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/claim-links/{token}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Claim one unit through a claim link
     * @description As `POST /v1/vouchers/{id}/claims`. The link is good for one claim; a refusal leaves it good. Repeat with the same `Idempotency-Key` to get the first answer again.
     */
    post: operations['ChallengeController_claim'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/claims/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Status of a claim
     * @description Answered without the database while the claim is hot.
     */
    get: operations['ClaimController_get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/claims/{id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Status of a claim as a stream
     * @description Server-sent events named `claim`, each with the claim as JSON; the stream ends with the claim’s end.
     */
    get: operations['ClaimController_events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Who am I
     * @description The account of the access token.
     */
    get: operations['MeController_me'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /**
     * Change my name
     * @description Answers the account as it is afterwards.
     */
    patch: operations['MeController_change'];
    trace?: never;
  };
  '/v1/me/claims': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Your claims, newest first
     * @description With their codes. A claim appears once it is issued.
     */
    get: operations['ClaimController_mine'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/password': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Change my password
     * @description Ends all sessions of the account, the one of this request too: its tokens are refused on all instances within a second. The answer is a new session. A wrong current password counts like one at login.
     */
    put: operations['MeController_changePassword'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/sessions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * My logins
     * @description Those that are alive, the latest first.
     */
    get: operations['MeController_sessions'];
    put?: never;
    post?: never;
    /**
     * End all my logins
     * @description The one of this request too. Their tokens are refused on all instances within a second.
     */
    delete: operations['MeController_endAll'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me/sessions/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * End one of my logins
     * @description Its tokens are refused on all instances within a second.
     */
    delete: operations['MeController_end'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/merchants': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Register a merchant with its owner
     * @description Creates the merchant and the account of its owner, and logs the owner in: `session.access_token`.
     */
    post: operations['MerchantController_register'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/merchants/me/vouchers': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List your vouchers
     * @description Newest first, drafts and archived ones too.
     */
    get: operations['MerchantVoucherController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/merchants/me/vouchers/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Look at one of your vouchers
     * @description In any state, as it is in the database.
     */
    get: operations['MerchantVoucherController_find'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/time': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What time it is here
     * @description For countdowns: take it once and count from there, as the clocks of devices are often wrong.
     */
    get: operations['VoucherController_time'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List published vouchers
     * @description Newest first, without drafts and archived ones. Up to a second old.
     */
    get: operations['VoucherController_list'];
    put?: never;
    /**
     * Create a draft
     * @description Nobody but you sees it yet. Check it, change it with `PATCH`, then `publish` it: from then on the stock is fixed. A window that has begun makes it live at once; `time_zone` is the merchant's unless given.
     */
    post: operations['MerchantVoucherController_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Look at a published voucher
     * @description Its merchant also sees drafts and archived ones, under `merchants/me/vouchers`.
     */
    get: operations['VoucherController_find'];
    put?: never;
    post?: never;
    /**
     * Delete a draft
     * @description A voucher that was published is ended and archived instead.
     */
    delete: operations['MerchantVoucherController_remove'];
    options?: never;
    head?: never;
    /**
     * Change a voucher
     * @description Send the fields to change, and in `If-Match` the `ETag` of what you saw, for example `"v1"`. A draft can be changed in everything; a scheduled one in all but stock and protection; a live or paused one in title, description, `closes_at` and `redeem_until`; after its end in nothing.
     */
    patch: operations['MerchantVoucherController_edit'];
    trace?: never;
  };
  '/v1/vouchers/{id}/archive': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Put away an ended voucher
     * @description Shoppers no longer see it; you do, under `merchants/me/vouchers`.
     */
    post: operations['MerchantVoucherController_archive'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The equations that must hold
     * @description Compares gate and ledger over consistent snapshots while claims go on. `ok` means that all hold.
     */
    get: operations['MerchantClaimsController_audit'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/availability': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How many units are left
     * @description Cheap enough to be asked all the time. At `as_of`, which is at most about half a second ago, so many units were left; whether you get one is decided by the claim. The tag is weak: after `304` status and `remaining` still are what you have, only its `as_of` is older than the last look.
     */
    get: operations['VoucherController_availability'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/captchas': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ask for a captcha
     * @description For a voucher whose `protection.captcha` is not `none`. One try, right or wrong; a new captcha takes the place of your last one. With `alternative` it is a question in words instead of a picture.
     */
    post: operations['ChallengeController_captcha'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/claim-links': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ask for a claim link
     * @description For a voucher whose `protection` asks for a link or a captcha: from opening on, with the answer to a captcha where it asks for one. `POST` to the `url` claims.
     */
    post: operations['ChallengeController_link'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/claims': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Claims on a voucher, newest first
     * @description Without their codes, and of whose they are the name and a contact that is mostly hidden. `q` looks for some of them.
     */
    get: operations['MerchantClaimsController_claims'];
    put?: never;
    /**
     * Claim one unit
     * @description Decided at once, first come, first served. `202` means that a unit is yours and is being issued: follow `Location` until the status is `issued`, then the claim has its `code`. A refusal has changed nothing. A voucher with `protection` is claimed through a claim link.
     */
    post: operations['ClaimController_claim'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/claims.csv': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * All claims on a voucher as CSV
     * @description RFC 4180, UTF-8 with a byte order mark, in the order of the line at the gate; the columns are those of the list. A field that a spreadsheet would take for a formula begins with an apostrophe. Streamed: an answer that breaks off is not whole.
     */
    get: operations['MerchantClaimsController_csv'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/end': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End a voucher now
     * @description Before it opens, while it is live, or paused. This cannot be taken back. Claims that were taken stay good.
     */
    post: operations['MerchantVoucherController_end'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How many units are left, as a stream
     * @description Server-sent events named `availability`, each with the body of `GET .../availability` as JSON: one at once, then one with each change, at most four a second; a comment every 15 seconds. A client that falls behind is cut off and connects again.
     */
    get: operations['AvailabilityEventsController_events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Pause a live voucher
     * @description Claims are refused with `paused` until you resume. The window goes on.
     */
    post: operations['MerchantVoucherController_pause'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/publish': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Publish a draft
     * @description Makes it `scheduled`, or `live` where its window has begun. Stock and protection are fixed from now on. The stock is at the gate before anybody can see the voucher.
     */
    post: operations['MerchantVoucherController_publish'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Resume a paused voucher
     * @description Claims are taken again, if there is stock and time left.
     */
    post: operations['MerchantVoucherController_resume'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/stock-adjustments': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Add or take away stock
     * @description While the voucher is scheduled, live or paused, and claims go on. Never below what is committed: then nothing is taken away. Send an `Idempotency-Key`: a repeated request then counts once, whatever happened to the first.
     */
    post: operations['StockAdjustmentController_adjust'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/summary': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Where a voucher stands
     * @description For a board that asks every second: stock, claims over time, how long it took to sell out, and how claims were answered, layer by layer, summed over all instances. What the gateway refused before is not in it.
     */
    get: operations['MerchantClaimsController_summary'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Problem: {
      /** @enum {string} */
      code:
        | 'malformed_request'
        | 'malformed_json'
        | 'unauthenticated'
        | 'token_expired'
        | 'invalid_credentials'
        | 'invalid_code'
        | 'invalid_refresh_token'
        | 'refresh_token_reused'
        | 'forbidden'
        | 'csrf_refused'
        | 'challenge_required'
        | 'captcha_required'
        | 'captcha_failed'
        | 'blocked'
        | 'not_found'
        | 'method_not_allowed'
        | 'email_taken'
        | 'invalid_transition'
        | 'not_editable'
        | 'stock_below_committed'
        | 'idempotency_in_progress'
        | 'not_started'
        | 'paused'
        | 'sold_out'
        | 'claim_limit_reached'
        | 'voucher_ended'
        | 'dead_letter_closed'
        | 'claim_unwritable'
        | 'block_list_full'
        | 'precondition_failed'
        | 'payload_too_large'
        | 'unsupported_media_type'
        | 'validation_failed'
        | 'idempotency_key_reused'
        | 'precondition_required'
        | 'headers_too_large'
        | 'rate_limited'
        | 'too_many_attempts'
        | 'too_many_codes'
        | 'internal_error'
        | 'phone_login_unavailable'
        | 'overloaded'
        | 'gate_recovering'
        | 'claim_unconfirmed'
        | 'dependency_unavailable';
      detail: string;
      errors?: {
        code: string;
        detail: string;
        pointer: string;
      }[];
      instance: string;
      request_id: string;
      retryable: boolean;
      status: number;
      title: string;
      type: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  HealthController_live: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It does */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'ok';
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  HealthController_ready: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description All parts are ready */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            parts: {
              [key: string]: {
                detail?: string;
                ready: boolean;
                required: boolean;
              };
            };
            ready: boolean;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Some part is not ready */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            parts: {
              [key: string]: {
                detail?: string;
                ready: boolean;
                required: boolean;
              };
            };
            ready: boolean;
          };
        };
      };
    };
  };
  BlocksController_list: {
    parameters: {
      query?: {
        ending_before?: string;
        kind?: 'address' | 'user';
        limit?: number;
        starting_after?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of blocks */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @description the address or range, in its shortest form */
              address: string | null;
              created_at: string;
              /** @description the administrator; null where it came by itself */
              created_by: string | null;
              /** @description null: no end */
              expires_at: string | null;
              id: string;
              /** @enum {string} */
              kind: 'address' | 'user';
              /** @enum {string} */
              object: 'block';
              reason: string;
              /** @enum {string} */
              source: 'admin' | 'automatic';
              user_id: string | null;
            }[];
            has_more: boolean;
            /** @enum {string} */
            object: 'list';
            url: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  BlocksController_add: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description an address or CIDR range; this or `user_id`
           * @example 203.0.113.0/24
           */
          address?: string;
          /** @description seconds from now */
          duration_s?: number;
          /**
           * Format: date-time
           * @description in the future; without it and `duration_s`: no end
           * @example 2030-01-01T12:00:00Z
           */
          expires_at?: string;
          /** @example sells claims in a forum */
          reason: string;
          user_id?: string;
        };
      };
    };
    responses: {
      /** @description The block */
      201: {
        headers: {
          /** @description where you read it */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description the address or range, in its shortest form */
            address: string | null;
            created_at: string;
            /** @description the administrator; null where it came by itself */
            created_by: string | null;
            /** @description null: no end */
            expires_at: string | null;
            id: string;
            /** @enum {string} */
            kind: 'address' | 'user';
            /** @enum {string} */
            object: 'block';
            reason: string;
            /** @enum {string} */
            source: 'admin' | 'automatic';
            user_id: string | null;
          };
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `block_list_full`: The block-list holds as many entries as allowed
       *
       *     `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `validation_failed`: Some fields are not valid
       *
       *     `idempotency_key_reused`: The Idempotency-Key was used for another request
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  BlocksController_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The block */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description the address or range, in its shortest form */
            address: string | null;
            created_at: string;
            /** @description the administrator; null where it came by itself */
            created_by: string | null;
            /** @description null: no end */
            expires_at: string | null;
            id: string;
            /** @enum {string} */
            kind: 'address' | 'user';
            /** @enum {string} */
            object: 'block';
            reason: string;
            /** @enum {string} */
            source: 'admin' | 'automatic';
            user_id: string | null;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  BlocksController_remove: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Removed */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  DeadLettersController_list: {
    parameters: {
      query?: {
        ending_before?: string;
        limit?: number;
        starting_after?: string;
        status?: 'open' | 'retried' | 'discarded';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of dead letters */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @description the claim that it holds pending; null: it holds none */
              claim_id: string | null;
              closed_at: string | null;
              closed_by: string | null;
              created_at: string;
              discard_reason: string | null;
              id: string;
              /** @enum {string} */
              object: 'dead_letter';
              /** @description of a retried one: `issued`, `rejected`, or `void` where nothing was owed */
              outcome: string | null;
              /** @description the record as it was, cut at 16,000 characters */
              payload: string;
              /** @description why it could not be read or written, at the last try */
              reason: string;
              retried_at: string | null;
              retries: number;
              /** @description where the record came from */
              source: string;
              /** @enum {string} */
              status: 'open' | 'retried' | 'discarded';
              voucher_id: string | null;
            }[];
            has_more: boolean;
            /** @enum {string} */
            object: 'list';
            url: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  DeadLettersController_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The dead letter */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description the claim that it holds pending; null: it holds none */
            claim_id: string | null;
            closed_at: string | null;
            closed_by: string | null;
            created_at: string;
            discard_reason: string | null;
            id: string;
            /** @enum {string} */
            object: 'dead_letter';
            /** @description of a retried one: `issued`, `rejected`, or `void` where nothing was owed */
            outcome: string | null;
            /** @description the record as it was, cut at 16,000 characters */
            payload: string;
            /** @description why it could not be read or written, at the last try */
            reason: string;
            retried_at: string | null;
            retries: number;
            /** @description where the record came from */
            source: string;
            /** @enum {string} */
            status: 'open' | 'retried' | 'discarded';
            voucher_id: string | null;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  DeadLettersController_discard: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @description kept with the letter */
          reason: string;
        };
      };
    };
    responses: {
      /** @description The dead letter afterwards */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description the claim that it holds pending; null: it holds none */
            claim_id: string | null;
            closed_at: string | null;
            closed_by: string | null;
            created_at: string;
            discard_reason: string | null;
            id: string;
            /** @enum {string} */
            object: 'dead_letter';
            /** @description of a retried one: `issued`, `rejected`, or `void` where nothing was owed */
            outcome: string | null;
            /** @description the record as it was, cut at 16,000 characters */
            payload: string;
            /** @description why it could not be read or written, at the last try */
            reason: string;
            retried_at: string | null;
            retries: number;
            /** @description where the record came from */
            source: string;
            /** @enum {string} */
            status: 'open' | 'retried' | 'discarded';
            voucher_id: string | null;
          };
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dead_letter_closed`: The dead letter was retried or discarded already
       *
       *     `claim_unwritable`: The database does not take the end of this claim; mend the cause first
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  DeadLettersController_retry: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The dead letter afterwards */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description the claim that it holds pending; null: it holds none */
            claim_id: string | null;
            closed_at: string | null;
            closed_by: string | null;
            created_at: string;
            discard_reason: string | null;
            id: string;
            /** @enum {string} */
            object: 'dead_letter';
            /** @description of a retried one: `issued`, `rejected`, or `void` where nothing was owed */
            outcome: string | null;
            /** @description the record as it was, cut at 16,000 characters */
            payload: string;
            /** @description why it could not be read or written, at the last try */
            reason: string;
            retried_at: string | null;
            retries: number;
            /** @description where the record came from */
            source: string;
            /** @enum {string} */
            status: 'open' | 'retried' | 'discarded';
            voucher_id: string | null;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `dead_letter_closed`: The dead letter was retried or discarded already */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  SystemController_instances: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description All of them, oldest first */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @description reads since the start by the level that answered; `load`: the loader */
              caches: {
                family: string;
                level: string;
                reads: number;
              }[];
              checks: {
                [key: string]: {
                  detail?: string;
                  ready: boolean;
                  required: boolean;
                };
              };
              consumer: {
                /** @description whether its role reads the log */
                consumes: boolean;
                /** @description of the log, assigned to it now; null where there is no broker */
                partitions: number | null;
              };
              /** @description delay of the event loop since the report before */
              event_loop_lag_ms: {
                max: number;
                mean: number;
                p99: number;
              };
              /** @description requests since the start by layer */
              funnel: {
                layer: string;
                outcome: string;
                reason: string;
                requests: number;
              }[];
              /** @description as this instance sees it */
              gate: {
                epoch: number;
                open: boolean;
              };
              id: string;
              /** @description last runs on this instance; each job runs on one at a time */
              jobs: {
                at: string;
                duration_ms: number;
                /** @description since the start */
                failures: number;
                job: string;
                /** @enum {string} */
                outcome: 'ok' | 'failed';
              }[];
              /** @description by the clock of the instance */
              last_seen: string;
              memory: {
                heap_used_bytes: number;
                rss_bytes: number;
              };
              /** @enum {string} */
              mode: 'embedded' | 'stack';
              /** @enum {string} */
              object: 'instance';
              ready: boolean;
              requests_in_flight: number;
              /** @description `all`, or the one role that it has by `APP_ROLE` */
              role: string;
              started_at: string;
              /** @description claims issued, accepted and the like since the start */
              totals: {
                [key: string]: number;
              };
              version: string;
            }[];
            has_more: boolean;
            /** @enum {string} */
            object: 'list';
            url: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  SystemController_policies: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The policies */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            caches: {
              family: string;
              jitter: number;
              local: {
                fresh_ms: number;
                stale_ms: number;
              };
              null_ms: number;
              shared: {
                fresh_ms: number;
                stale_ms: number;
              };
            }[];
            drain: {
              /** @description rate of the consumer; null: no limit */
              claims_per_second: number | null;
            };
            /** @enum {string} */
            object: 'policies';
            rate_limits: {
              /** @enum {string|null} */
              algorithm: 'sliding-window' | 'token-bucket' | null;
              enabled: boolean;
              limit: number | null;
              name: string;
              /** @enum {string|null} */
              scope: 'shared' | 'local' | null;
              /** @description the environment variable that sets it */
              setting: string;
              /**
               * @description what it does while the shared store is away
               * @enum {string|null}
               */
              when_away: 'refuse' | 'count-locally' | null;
              window_ms: number | null;
            }[];
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  SystemController_system: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The system now */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            as_of: string;
            /** @description dead letters that wait for a decision; null while its store does not answer */
            dead_letters_open: number | null;
            /** @description the epoch as the database has it; null while it does not answer */
            gate: {
              epoch: number;
              leader: string | null;
              scripts_version: number;
              /** @enum {string} */
              state: 'lost' | 'recovering' | 'open';
            } | null;
            /** @description whether the instance that answers takes claims */
            gate_open_here: boolean;
            /** @description claims that wait in the database; null while its store does not answer */
            intake_depth: number | null;
            /** @description the last run of each job on any living instance */
            jobs: {
              at: string;
              duration_ms: number;
              /** @description on all living instances since their start */
              failures: number;
              instance: string;
              job: string;
              /** @enum {string} */
              outcome: 'ok' | 'failed';
            }[];
            /** @description records of the log that are not yet consumed; null while its store does not answer */
            log_lag: number | null;
            /** @enum {string} */
            object: 'system';
            /** @description events that are not yet sent; null while its store does not answer */
            outbox_depth: number | null;
            /** @description claims that the gate took and that are no rows yet; null while its store does not answer */
            pending: number | null;
            /** @description age of the oldest of them */
            pending_oldest_ms: number | null;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  AuthController_login: {
    parameters: {
      query?: never;
      header?: {
        /** @description `cookie`: the tokens come as httpOnly cookies and not in the body; for pages in a browser. Requests that change something and rely on them must come from a page of this origin. */
        'X-Session'?: 'cookie';
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * Format: email
           * @description stored trimmed and in lower case
           * @example lin@example.com
           */
          email: string;
          password: string;
        };
      };
    };
    responses: {
      /** @description Logged in */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | {
                /** @description a JWT; send it as `Authorization: Bearer ...` */
                access_token: string;
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /** @description good for one call of POST /v1/auth/refresh */
                refresh_token: string;
                /** @enum {string} */
                token_type: 'Bearer';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              }
            | {
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_credentials`: E-mail or password is wrong */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `too_many_attempts`: Too many wrong tries; the next has to wait
       *
       *     `rate_limited`: Too many requests
       */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  AuthController_logout: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Logged out */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  AuthController_phoneCode: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description US or Chinese mobile number in international form; spaces and dashes are fine
           * @example +8613800138000
           */
          phone: string;
        };
      };
    };
    responses: {
      /** @description A code is on its way */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * @description seconds the code is valid
             * @example 300
             */
            expires_in: number;
            /** @enum {string} */
            object: 'phone_code';
          };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `too_many_codes`: Too many codes were asked for; the next has to wait
       *
       *     `rate_limited`: Too many requests
       */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `phone_login_unavailable`: Login by phone is not set up here */
      501: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  AuthController_phoneLogin: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
        /** @description `cookie`: the tokens come as httpOnly cookies and not in the body; for pages in a browser. Requests that change something and rely on them must come from a page of this origin. */
        'X-Session'?: 'cookie';
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @example 123456 */
          code: string;
          /**
           * @description US or Chinese mobile number in international form; spaces and dashes are fine
           * @example +8613800138000
           */
          phone: string;
        };
      };
    };
    responses: {
      /** @description Logged in */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | {
                /** @description a JWT; send it as `Authorization: Bearer ...` */
                access_token: string;
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /** @description good for one call of POST /v1/auth/refresh */
                refresh_token: string;
                /** @enum {string} */
                token_type: 'Bearer';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              }
            | {
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_code`: The code is wrong, used or over */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `too_many_attempts`: Too many wrong tries; the next has to wait
       *
       *     `rate_limited`: Too many requests
       */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `phone_login_unavailable`: Login by phone is not set up here */
      501: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  AuthController_refresh: {
    parameters: {
      query?: never;
      header?: {
        /** @description `cookie`: the tokens come as httpOnly cookies and not in the body; for pages in a browser. Requests that change something and rely on them must come from a page of this origin. */
        'X-Session'?: 'cookie';
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          refresh_token: string;
        } | null;
      };
    };
    responses: {
      /** @description New tokens of the same session */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | {
                /** @description a JWT; send it as `Authorization: Bearer ...` */
                access_token: string;
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /** @description good for one call of POST /v1/auth/refresh */
                refresh_token: string;
                /** @enum {string} */
                token_type: 'Bearer';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              }
            | {
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `invalid_refresh_token`: The refresh token is not valid
       *
       *     `refresh_token_reused`: The refresh token was used before; all logins of its family are revoked
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `csrf_refused`: A request with a session cookie must come from a page of this origin
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  AuthController_register: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
        /** @description `cookie`: the tokens come as httpOnly cookies and not in the body; for pages in a browser. Requests that change something and rely on them must come from a page of this origin. */
        'X-Session'?: 'cookie';
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * Format: email
           * @description stored trimmed and in lower case
           * @example lin@example.com
           */
          email: string;
          /** @example Lin Yue */
          name: string;
          /**
           * @description 8 to 128 characters, any
           * @example correct horse battery staple
           */
          password: string;
        };
      };
    };
    responses: {
      /** @description The account, logged in */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | {
                /** @description a JWT; send it as `Authorization: Bearer ...` */
                access_token: string;
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /** @description good for one call of POST /v1/auth/refresh */
                refresh_token: string;
                /** @enum {string} */
                token_type: 'Bearer';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              }
            | {
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       *
       *     `email_taken`: An account with this e-mail exists
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  ChallengeController_claim: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path: {
        token: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': Record<string, never> | null;
      };
    };
    responses: {
      /** @description A unit is taken */
      202: {
        headers: {
          /** @description `true` where this repeats the answer to an earlier request with the same key */
          'Idempotent-Replayed'?: string;
          /** @description where to ask for the status */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description What a cashier takes; once issued */
            code: string | null;
            created_at: string | null;
            id: string;
            issued_at: string | null;
            /** @enum {string} */
            object: 'claim';
            /** @description Which of the user's claims on this voucher, from 1 */
            ordinal: number;
            reject_reason: string | null;
            /** @description Place in line at the gate, from 1 */
            sequence: number | null;
            /** @enum {string} */
            status: 'pending' | 'issued' | 'rejected' | 'cancelled' | 'expired' | 'redeemed';
            user_id: string;
            voucher_id: string;
          };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `challenge_required`: The voucher is claimed through a claim link
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `not_started`: The voucher is not open yet
       *
       *     `paused`: The voucher is paused
       *
       *     `sold_out`: All units are taken
       *
       *     `claim_limit_reached`: This user holds as many as allowed
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `claim_unconfirmed`: The claim is taken but not yet confirmed; ask for its status
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  ClaimController_get: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The claim */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description What a cashier takes; once issued */
            code: string | null;
            created_at: string | null;
            id: string;
            issued_at: string | null;
            /** @enum {string} */
            object: 'claim';
            /** @description Which of the user's claims on this voucher, from 1 */
            ordinal: number;
            reject_reason: string | null;
            /** @description Place in line at the gate, from 1 */
            sequence: number | null;
            /** @enum {string} */
            status: 'pending' | 'issued' | 'rejected' | 'cancelled' | 'expired' | 'redeemed';
            user_id: string;
            voucher_id: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  ClaimController_events: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The stream */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example event: claim
           *     data: {"object":"claim"}
           */
          'text/event-stream': string;
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MeController_me: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The account */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            email: string | null;
            /** @example usr_01k9z3v8f0abcdef */
            id: string;
            name: string;
            /** @enum {string} */
            object: 'user';
            phone: string | null;
            /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
            roles: string[];
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MeController_change: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @example Lin Yue */
          name: string;
        };
      };
    };
    responses: {
      /** @description The account */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            email: string | null;
            /** @example usr_01k9z3v8f0abcdef */
            id: string;
            name: string;
            /** @enum {string} */
            object: 'user';
            phone: string | null;
            /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
            roles: string[];
          };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  ClaimController_mine: {
    parameters: {
      query?: {
        ending_before?: string;
        limit?: number;
        starting_after?: string;
        status?: 'issued' | 'rejected' | 'cancelled' | 'expired' | 'redeemed';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of claims */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @description What a cashier takes; once issued */
              code: string | null;
              created_at: string | null;
              id: string;
              issued_at: string | null;
              /** @enum {string} */
              object: 'claim';
              /** @description Which of the user's claims on this voucher, from 1 */
              ordinal: number;
              reject_reason: string | null;
              /** @description Place in line at the gate, from 1 */
              sequence: number | null;
              /** @enum {string} */
              status: 'pending' | 'issued' | 'rejected' | 'cancelled' | 'expired' | 'redeemed';
              user_id: string;
              voucher_id: string;
            }[];
            has_more: boolean;
            /** @enum {string} */
            object: 'list';
            url: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MeController_changePassword: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          current_password: string;
          /**
           * @description 8 to 128 characters, any
           * @example correct horse battery staple
           */
          new_password: string;
        };
      };
    };
    responses: {
      /** @description Logged in anew */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | {
                /** @description a JWT; send it as `Authorization: Bearer ...` */
                access_token: string;
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /** @description good for one call of POST /v1/auth/refresh */
                refresh_token: string;
                /** @enum {string} */
                token_type: 'Bearer';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              }
            | {
                /**
                 * @description seconds the access token is valid
                 * @example 900
                 */
                expires_in: number;
                /** @enum {string} */
                object: 'session';
                /**
                 * @example {
                 *       "object": "user",
                 *       "id": "usr_01k9z3v8f0abcdef",
                 *       "name": "Lin Yue",
                 *       "email": "lin@example.com",
                 *       "phone": null,
                 *       "roles": [
                 *         "shopper"
                 *       ]
                 *     }
                 */
                user: {
                  email: string | null;
                  /** @example usr_01k9z3v8f0abcdef */
                  id: string;
                  name: string;
                  /** @enum {string} */
                  object: 'user';
                  phone: string | null;
                  /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                  roles: string[];
                };
              };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       *
       *     `invalid_credentials`: E-mail or password is wrong
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `rate_limited`: Too many requests
       *
       *     `too_many_attempts`: Too many wrong tries; the next has to wait
       */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MeController_sessions: {
    parameters: {
      query?: {
        ending_before?: string;
        limit?: number;
        starting_after?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The logins */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /**
               * @description of the client that logged in
               * @example 203.0.113.7
               */
              address: string | null;
              /**
               * Format: date-time
               * @example 2030-01-01T12:00:00Z
               */
              created_at: string;
              /** @description whether it is the session of this request */
              current: boolean;
              /** @example ses_01k9z3v8f0abcdef */
              id: string;
              /**
               * Format: date-time
               * @description to about a minute
               * @example 2030-01-01T12:00:00Z
               */
              last_seen_at: string;
              /** @enum {string} */
              object: 'login_session';
              user_agent: string | null;
            }[];
            has_more: boolean;
            /** @enum {string} */
            object: 'list';
            url: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MeController_endAll: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Ended */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MeController_end: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Ended */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantController_register: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
        /** @description `cookie`: the tokens come as httpOnly cookies and not in the body; for pages in a browser. Requests that change something and rely on them must come from a page of this origin. */
        'X-Session'?: 'cookie';
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @example Tea House */
          name: string;
          owner: {
            /**
             * Format: email
             * @description stored trimmed and in lower case
             * @example lin@example.com
             */
            email: string;
            /** @example Lin Yue */
            name: string;
            /**
             * @description 8 to 128 characters, any
             * @example correct horse battery staple
             */
            password: string;
          };
          /** @example Asia/Shanghai */
          time_zone: string;
        };
      };
    };
    responses: {
      /** @description The merchant, with its owner logged in */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @example mer_01k9z3v8f0abcdef */
            id: string;
            /** @example Tea House */
            name: string;
            /** @enum {string} */
            object: 'merchant';
            /** @description the owner, logged in */
            session:
              | {
                  /** @description a JWT; send it as `Authorization: Bearer ...` */
                  access_token: string;
                  /**
                   * @description seconds the access token is valid
                   * @example 900
                   */
                  expires_in: number;
                  /** @enum {string} */
                  object: 'session';
                  /** @description good for one call of POST /v1/auth/refresh */
                  refresh_token: string;
                  /** @enum {string} */
                  token_type: 'Bearer';
                  /**
                   * @example {
                   *       "object": "user",
                   *       "id": "usr_01k9z3v8f0abcdef",
                   *       "name": "Lin Yue",
                   *       "email": "lin@example.com",
                   *       "phone": null,
                   *       "roles": [
                   *         "shopper"
                   *       ]
                   *     }
                   */
                  user: {
                    email: string | null;
                    /** @example usr_01k9z3v8f0abcdef */
                    id: string;
                    name: string;
                    /** @enum {string} */
                    object: 'user';
                    phone: string | null;
                    /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                    roles: string[];
                  };
                }
              | {
                  /**
                   * @description seconds the access token is valid
                   * @example 900
                   */
                  expires_in: number;
                  /** @enum {string} */
                  object: 'session';
                  /**
                   * @example {
                   *       "object": "user",
                   *       "id": "usr_01k9z3v8f0abcdef",
                   *       "name": "Lin Yue",
                   *       "email": "lin@example.com",
                   *       "phone": null,
                   *       "roles": [
                   *         "shopper"
                   *       ]
                   *     }
                   */
                  user: {
                    email: string | null;
                    /** @example usr_01k9z3v8f0abcdef */
                    id: string;
                    name: string;
                    /** @enum {string} */
                    object: 'user';
                    phone: string | null;
                    /** @description shopper, merchant or admin; a merchant also owner, editor or cashier */
                    roles: string[];
                  };
                };
            /** @example Asia/Shanghai */
            time_zone: string;
          };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       *
       *     `email_taken`: An account with this e-mail exists
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_list: {
    parameters: {
      query?: {
        ending_before?: string;
        limit?: number;
        starting_after?: string;
        status?: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of vouchers */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /**
               * Format: date-time
               * @example 2030-01-01T13:00:00.000Z
               */
              closes_at: string;
              /**
               * Format: date-time
               * @example 2029-12-01T09:00:00.000Z
               */
              created_at: string;
              description: string | null;
              face_value: {
                amount: number;
                currency: string;
              } | null;
              /** @example vch_01k9z3v8f0abcdef */
              id: string;
              /** @example mer_01k9z3v8f0abcdef */
              merchant_id: string;
              /** @enum {string} */
              object: 'voucher';
              /**
               * Format: date-time
               * @example 2030-01-01T12:00:00.000Z
               */
              opens_at: string;
              per_user_limit: number;
              protection: {
                /** @enum {string} */
                captcha: 'none' | 'math' | 'image';
                claim_link: boolean;
              };
              /**
               * Format: date-time
               * @example 2031-01-01T00:00:00.000Z
               */
              redeem_until: string | null;
              /** @enum {string} */
              status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
              time_zone: string;
              title: string;
              total_stock: number;
              /** @description rises by one with every change */
              version: number;
            }[];
            has_more: boolean;
            /** @enum {string} */
            object: 'list';
            url: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_find: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The voucher */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  VoucherController_time: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The time */
      200: {
        headers: {
          /** @description no-store */
          'Cache-Control'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            now: string;
            /** @enum {string} */
            object: 'time';
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  VoucherController_list: {
    parameters: {
      query?: {
        ending_before?: string;
        limit?: number;
        starting_after?: string;
        status?: 'scheduled' | 'live' | 'paused' | 'ended';
      };
      header?: {
        /** @description the ETag of the copy that you have */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of vouchers */
      200: {
        headers: {
          /** @description public, max-age=1 */
          'Cache-Control'?: string;
          /** @description of this page */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /**
               * Format: date-time
               * @example 2030-01-01T13:00:00.000Z
               */
              closes_at: string;
              /**
               * Format: date-time
               * @example 2029-12-01T09:00:00.000Z
               */
              created_at: string;
              description: string | null;
              face_value: {
                amount: number;
                currency: string;
              } | null;
              /** @example vch_01k9z3v8f0abcdef */
              id: string;
              /** @example mer_01k9z3v8f0abcdef */
              merchant_id: string;
              /** @enum {string} */
              object: 'voucher';
              /**
               * Format: date-time
               * @example 2030-01-01T12:00:00.000Z
               */
              opens_at: string;
              per_user_limit: number;
              protection: {
                /** @enum {string} */
                captcha: 'none' | 'math' | 'image';
                claim_link: boolean;
              };
              /**
               * Format: date-time
               * @example 2031-01-01T00:00:00.000Z
               */
              redeem_until: string | null;
              /** @enum {string} */
              status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
              time_zone: string;
              title: string;
              total_stock: number;
              /** @description rises by one with every change */
              version: number;
            }[];
            has_more: boolean;
            /** @enum {string} */
            object: 'list';
            url: string;
          };
        };
      };
      /** @description The copy that you have is up to date */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_create: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * Format: date-time
           * @description after opens_at, in the future
           * @example 2030-01-01T13:00:00Z
           */
          closes_at: string;
          /** @example One pot of any oolong, weekdays only. */
          description?: string | null;
          face_value?: {
            /**
             * @description in minor units
             * @example 1500
             */
            amount: number;
            /** @example CNY */
            currency: string;
          } | null;
          /**
           * Format: date-time
           * @example 2030-01-01T12:00:00Z
           */
          opens_at: string;
          /**
           * @description units one user may hold
           * @default 1
           * @example 1
           */
          per_user_limit?: number;
          /**
           * @default {
           *       "claim_link": false,
           *       "captcha": "none"
           *     }
           * @example {
           *       "claim_link": false,
           *       "captcha": "none"
           *     }
           */
          protection?: {
            /**
             * @description to be solved for a claim link; asks for a link by itself
             * @default none
             * @enum {string}
             */
            captcha?: 'none' | 'math' | 'image';
            /**
             * @description claimed through a claim link only
             * @default false
             */
            claim_link?: boolean;
          };
          /**
           * Format: date-time
           * @description not before closes_at; null is without end
           * @example 2031-01-01T00:00:00Z
           */
          redeem_until?: string | null;
          /** @example Asia/Shanghai */
          time_zone?: string;
          /** @example Half price oolong */
          title: string;
          /**
           * @description units there are
           * @example 1000
           */
          total_stock: number;
        };
      };
    };
    responses: {
      /** @description The draft */
      201: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          /** @description where you read it */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  VoucherController_find: {
    parameters: {
      query?: never;
      header?: {
        /** @description the ETag of the copy that you have */
        'If-None-Match'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The voucher */
      200: {
        headers: {
          /** @description public, max-age=1 */
          'Cache-Control'?: string;
          /** @description its version */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /** @description The copy that you have is up to date */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_remove: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Deleted */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_editable`: The voucher can no longer be changed in this way */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_edit: {
    parameters: {
      query?: never;
      header: {
        /** @description the ETag of the voucher */
        'If-Match': string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * Format: date-time
           * @example 2030-01-01T12:00:00Z
           */
          closes_at?: string;
          /** @example One pot of any oolong, weekdays only. */
          description?: string | null;
          face_value?: {
            /**
             * @description in minor units
             * @example 1500
             */
            amount: number;
            /** @example CNY */
            currency: string;
          } | null;
          /**
           * Format: date-time
           * @example 2030-01-01T12:00:00Z
           */
          opens_at?: string;
          /**
           * @description units one user may hold
           * @example 1
           */
          per_user_limit?: number;
          /**
           * @example {
           *       "claim_link": false,
           *       "captcha": "none"
           *     }
           */
          protection?: {
            /**
             * @description to be solved for a claim link; asks for a link by itself
             * @default none
             * @enum {string}
             */
            captcha?: 'none' | 'math' | 'image';
            /**
             * @description claimed through a claim link only
             * @default false
             */
            claim_link?: boolean;
          };
          /**
           * Format: date-time
           * @description not before closes_at; null is without end
           * @example 2031-01-01T00:00:00Z
           */
          redeem_until?: string | null;
          /** @example Asia/Shanghai */
          time_zone?: string;
          /** @example Half price oolong */
          title?: string;
          /**
           * @description units there are
           * @example 1000
           */
          total_stock?: number;
        };
      };
    };
    responses: {
      /** @description The voucher as it now is */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_editable`: The voucher can no longer be changed in this way */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition_failed`: The object was changed by someone else */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition_required`: If-Match with the ETag of the object is needed */
      428: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_archive: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The voucher as it now is */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       *
       *     `invalid_transition`: The voucher cannot make this move in its present state
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantClaimsController_audit: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The equations with their numbers */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            as_of: string;
            equations: {
              holds: boolean;
              left: number;
              name: string;
              right: number;
            }[];
            /** @enum {string} */
            object: 'audit';
            ok: boolean;
            voucher_id: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  VoucherController_availability: {
    parameters: {
      query?: never;
      header?: {
        /** @description the ETag of the copy that you have */
        'If-None-Match'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The remaining stock */
      200: {
        headers: {
          /** @description public, max-age=1 */
          'Cache-Control'?: string;
          /** @description of status and remaining, weak */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:01.250Z
             */
            as_of: string;
            /** @enum {string} */
            object: 'availability';
            /** @description units left when it was looked at */
            remaining: number;
            /** @enum {string} */
            status: 'scheduled' | 'live' | 'paused' | 'ended';
            /** @example vch_01k9z3v8f0abcdef */
            voucher_id: string;
          };
        };
      };
      /** @description The copy that you have is up to date */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  ChallengeController_captcha: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description a question in words instead of a picture, for screen readers
           * @default false
           */
          alternative?: boolean;
          /**
           * @description of the question in words
           * @default en
           * @enum {string}
           */
          language?: 'en' | 'zh';
        } | null;
      };
    };
    responses: {
      /** @description The captcha */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            expires_at: string;
            id: string;
            /** @description the picture as a data URI (PNG, 220 x 72) */
            image?: string;
            /**
             * @description `math`: answer with the result in digits; `image`: with the characters of the picture, in any case
             * @enum {string}
             */
            kind: 'math' | 'image';
            /** @enum {string} */
            object: 'captcha';
            /** @description the alternative, in words */
            question?: string;
          };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `not_started`: The voucher is not open yet
       *
       *     `paused`: The voucher is paused
       *
       *     `sold_out`: All units are taken
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  ChallengeController_link: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          captcha_answer?: string;
          captcha_id?: string;
        } | null;
      };
    };
    responses: {
      /** @description The link */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            expires_at: string;
            /** @enum {string} */
            object: 'claim_link';
            /** @description POST here claims; for you alone, once, until `expires_at` */
            url: string;
          };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `captcha_required`: A captcha has to be solved first
       *
       *     `captcha_failed`: The captcha was not solved
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `not_started`: The voucher is not open yet
       *
       *     `paused`: The voucher is paused
       *
       *     `sold_out`: All units are taken
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantClaimsController_claims: {
    parameters: {
      query?: {
        ending_before?: string;
        limit?: number;
        /** @description how the id of a claim or user begins, a whole code, a whole e-mail or phone number, or how a name begins */
        q?: string;
        starting_after?: string;
        status?: 'issued' | 'rejected' | 'cancelled' | 'expired' | 'redeemed';
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of claims */
      200: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {string|null} */
              code: null;
              created_at: string | null;
              customer: {
                /**
                 * @description e-mail or phone number, mostly hidden
                 * @example l***@example.com
                 */
                contact: string | null;
                name: string;
              } | null;
              id: string;
              issued_at: string | null;
              /** @enum {string} */
              object: 'claim';
              /** @description Which of the user's claims on this voucher, from 1 */
              ordinal: number;
              reject_reason: string | null;
              /** @description Place in line at the gate, from 1 */
              sequence: number | null;
              /** @enum {string} */
              status: 'pending' | 'issued' | 'rejected' | 'cancelled' | 'expired' | 'redeemed';
              user_id: string;
              voucher_id: string;
            }[];
            has_more: boolean;
            /** @enum {string} */
            object: 'list';
            url: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  ClaimController_claim: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': Record<string, never> | null;
      };
    };
    responses: {
      /** @description A unit is taken */
      202: {
        headers: {
          /** @description `true` where this repeats the answer to an earlier request with the same key */
          'Idempotent-Replayed'?: string;
          /** @description where to ask for the status */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description What a cashier takes; once issued */
            code: string | null;
            created_at: string | null;
            id: string;
            issued_at: string | null;
            /** @enum {string} */
            object: 'claim';
            /** @description Which of the user's claims on this voucher, from 1 */
            ordinal: number;
            reject_reason: string | null;
            /** @description Place in line at the gate, from 1 */
            sequence: number | null;
            /** @enum {string} */
            status: 'pending' | 'issued' | 'rejected' | 'cancelled' | 'expired' | 'redeemed';
            user_id: string;
            voucher_id: string;
          };
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `challenge_required`: The voucher is claimed through a claim link
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `not_started`: The voucher is not open yet
       *
       *     `paused`: The voucher is paused
       *
       *     `sold_out`: All units are taken
       *
       *     `claim_limit_reached`: This user holds as many as allowed
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `validation_failed`: Some fields are not valid
       *
       *     `idempotency_key_reused`: The Idempotency-Key was used for another request
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `claim_unconfirmed`: The claim is taken but not yet confirmed; ask for its status
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantClaimsController_csv: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The file */
      200: {
        headers: {
          /** @description its name */
          'Content-Disposition'?: string;
          [name: string]: unknown;
        };
        content: {
          'text/csv': string;
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_end: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The voucher as it now is */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       *
       *     `invalid_transition`: The voucher cannot make this move in its present state
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  AvailabilityEventsController_events: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The stream */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example event: availability
           *     data: {"object":"availability"}
           */
          'text/event-stream': string;
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_pause: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The voucher as it now is */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       *
       *     `invalid_transition`: The voucher cannot make this move in its present state
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_publish: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The voucher as it now is */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       *
       *     `invalid_transition`: The voucher cannot make this move in its present state
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantVoucherController_resume: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The voucher as it now is */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       *
       *     `invalid_transition`: The voucher cannot make this move in its present state
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `idempotency_key_reused`: The Idempotency-Key was used for another request
       *
       *     `validation_failed`: Some fields are not valid
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  StockAdjustmentController_adjust: {
    parameters: {
      query?: never;
      header?: {
        /** @description At most 255 characters. The same key and body within 24 h replay the first answer. */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description units to add; below 0 to take away
           * @example 100
           */
          delta: number;
          /** @example more seats in the afternoon */
          reason: string;
        };
      };
    };
    responses: {
      /** @description The voucher as it now is */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @example 2030-01-01T13:00:00.000Z
             */
            closes_at: string;
            /**
             * Format: date-time
             * @example 2029-12-01T09:00:00.000Z
             */
            created_at: string;
            description: string | null;
            face_value: {
              amount: number;
              currency: string;
            } | null;
            /** @example vch_01k9z3v8f0abcdef */
            id: string;
            /** @example mer_01k9z3v8f0abcdef */
            merchant_id: string;
            /** @enum {string} */
            object: 'voucher';
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.000Z
             */
            opens_at: string;
            per_user_limit: number;
            protection: {
              /** @enum {string} */
              captcha: 'none' | 'math' | 'image';
              claim_link: boolean;
            };
            /**
             * Format: date-time
             * @example 2031-01-01T00:00:00.000Z
             */
            redeem_until: string | null;
            /** @enum {string} */
            status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
            time_zone: string;
            title: string;
            total_stock: number;
            /** @description rises by one with every change */
            version: number;
          };
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `invalid_transition`: The voucher cannot make this move in its present state
       *
       *     `stock_below_committed`: Fewer units would be left than are committed
       *
       *     `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `validation_failed`: Some fields are not valid
       *
       *     `idempotency_key_reused`: The Idempotency-Key was used for another request
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  MerchantClaimsController_summary: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The numbers */
      200: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description Up to a second old, kept for 30 days; in embedded mode until the process ends. null while the counts cannot be read */
            answers: {
              accepted: number;
              /** @description outermost layer first */
              funnel: {
                /** @enum {string} */
                layer:
                  | 'service'
                  | 'block_list'
                  | 'address'
                  | 'request'
                  | 'user'
                  | 'challenge'
                  | 'sold_out_flag'
                  | 'gate'
                  | 'storage';
                reasons: {
                  count: number;
                  reason: string;
                }[];
                refused: number;
                /** @description what came through the layers before */
                seen: number;
              }[];
              /** @description inside the application, to within a tenth */
              latency_ms: {
                /** @description null where there was no such answer */
                accepted: {
                  count: number;
                  p50: number;
                  p90: number;
                  p99: number;
                } | null;
                /** @description null where there was no such answer */
                refused: {
                  count: number;
                  p50: number;
                  p90: number;
                  p99: number;
                } | null;
              };
              /** @description answers repeated for the same Idempotency-Key */
              replayed: number;
              total: number;
            } | null;
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.041Z
             */
            as_of: string;
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.041Z
             */
            first_issued_at: string | null;
            issued: number;
            /**
             * Format: date-time
             * @example 2030-01-01T12:00:00.041Z
             */
            last_issued_at: string | null;
            /** @enum {string} */
            object: 'voucher_summary';
            /**
             * Format: date-time
             * @description since when units were to be had
             * @example 2030-01-01T12:00:00.041Z
             */
            opened_at: string | null;
            /** @description taken at the gate, not yet in the ledger */
            pending: number;
            /** @description Claims over time, by the rows of the ledger */
            rate: {
              /** @description width of a bucket; grows with the length of the drop */
              bucket_s: number;
              /**
               * Format: date-time
               * @description start of the first bucket
               * @example 2030-01-01T12:00:00.041Z
               */
              from: string | null;
              /** @description claims written to the ledger */
              issued: number[];
              /** @description claims taken at the gate */
              taken: number[];
            };
            rejected: number;
            remaining: number;
            /** @description from opened_at to sold_out_at */
            sold_out_after_ms: number | null;
            /**
             * Format: date-time
             * @description when the last unit was taken, once all are issued
             * @example 2030-01-01T12:00:00.041Z
             */
            sold_out_at: string | null;
            status: string;
            total_stock: number;
            users: number;
            voucher_id: string;
          };
        };
      };
      /** @description `malformed_request`: The request is not well-formed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `unauthenticated`: A valid access token is needed
       *
       *     `token_expired`: The access token has expired
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `overloaded`: More requests than we can answer now
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       */
      503: {
        headers: {
          /** @description seconds to wait */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
