// Written by `npm run web:types` from the OpenAPI document. Do not edit.

export interface paths {
  '/healthz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether the process lives
     * @description Asks nothing of any store: for a supervisor that restarts what has stopped.
     */
    get: operations['getLiveness'];
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
    /**
     * Whether every part is ready, and which is not
     * @description For a load balancer: `503` takes this instance out until its parts are ready again.
     */
    get: operations['getReadiness'];
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
    get: operations['listBlocks'];
    put?: never;
    /**
     * Block an address, a range or a user
     * @description In force on all instances at once. You cannot block yourself or the address you come from.
     */
    post: operations['createBlock'];
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
    /**
     * Look at a block
     * @description One that is over is not found.
     */
    get: operations['getBlock'];
    put?: never;
    post?: never;
    /**
     * Remove a block
     * @description Automatic ones too. Effective on all instances at once.
     */
    delete: operations['deleteBlock'];
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
    get: operations['listDeadLetters'];
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
    /**
     * Look at a dead letter
     * @description Open or closed, with the record as it was.
     */
    get: operations['getDeadLetter'];
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
    post: operations['discardDeadLetter'];
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
    post: operations['retryDeadLetter'];
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
    get: operations['listInstances'];
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
    get: operations['getPolicies'];
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
    get: operations['getSystemStatus'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List API keys, newest first
     * @description Those that were revoked or have expired too; without their secrets.
     */
    get: operations['listApiKeys'];
    put?: never;
    /**
     * Create an API key
     * @description For a program of yours. The secret is in this answer and nowhere else; it is sent as `Authorization: Bearer vck_live_...`.
     */
    post: operations['createApiKey'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Look at an API key
     * @description When it was last used, and whether a secret before still goes on.
     */
    get: operations['getApiKey'];
    put?: never;
    post?: never;
    /**
     * Revoke an API key
     * @description It is refused on all instances within a second, and stays in the list.
     */
    delete: operations['revokeApiKey'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys/{id}/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give an API key another secret
     * @description The secret before goes on for `overlap_s` seconds, so that your programs change over one by one; any older one ends now.
     */
    post: operations['rotateApiKey'];
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
    post: operations['loginWithPassword'];
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
    post: operations['endSession'];
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
    post: operations['requestPhoneCode'];
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
    post: operations['loginWithPhone'];
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
     * @description Keep the new refresh token of the answer. The old one may come again for half a minute and gets the same new one, so an answer that was lost, or several tabs at once, cost nothing. Later it means that a copy is about; it ends the session for everyone who holds its tokens, and the user logs in anew. Without a body the token of the session cookie is exchanged.
     */
    post: operations['refreshSession'];
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
    post: operations['registerShopper'];
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
    post: operations['claimByLink'];
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
    get: operations['getClaim'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/claims/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Cancel a claim
     * @description By its holder until `cancellable_until` of the voucher, or by the merchant (owner, editor) with a reason. The unit goes back to the stock of a voucher that still runs, and the user may claim again.
     *
     *     API keys need the scope `claims:write`.
     */
    post: operations['cancelClaim'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/claims/{id}/confirm': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Confirm a held claim
     * @description Makes it `issued`, until its `confirm_until`; afterwards its unit returns by itself. By its holder, or by the staff of the merchant (owner, editor, cashier), as `confirm_by` of the voucher says. The code is for its holder alone.
     *
     *     API keys need the scope `claims:write`.
     */
    post: operations['confirmClaim'];
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
     * @description Server-sent events named `claim`, each with the claim as JSON and its status as the event’s id; the stream ends with the claim’s end. A client that comes back with `Last-Event-ID` and has seen that end is answered `204`, and need not come again. The stream also ends within a second of the end of its session, and with its access token.
     */
    get: operations['streamClaim'];
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
    get: operations['getAccount'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /**
     * Change my name
     * @description Answers the account as it is afterwards.
     */
    patch: operations['updateAccount'];
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
     * @description With their codes. A claim appears from the moment it is taken, at first as `pending`; while the gate cannot be asked, pending claims are missing until they are issued.
     */
    get: operations['listClaims'];
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
    put: operations['changePassword'];
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
    get: operations['listLogins'];
    put?: never;
    post?: never;
    /**
     * End all my logins
     * @description The one of this request too. Their tokens are refused on all instances within a second.
     */
    delete: operations['endAllLogins'];
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
    delete: operations['endLogin'];
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
    post: operations['registerMerchant'];
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
     *
     *     API keys need the scope `vouchers:read`.
     */
    get: operations['listOwnVouchers'];
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
     *
     *     API keys need the scope `vouchers:read`.
     */
    get: operations['getOwnVoucher'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/redemptions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List redemptions, newest first
     * @description All of your merchant’s, or of one cashier; those that were rolled back too.
     *
     *     API keys need the scope `redemptions:read`.
     */
    get: operations['listRedemptions'];
    put?: never;
    /**
     * Redeem a claim
     * @description By its code, as it was scanned or typed, or by its id. Of any number of cashiers with one code one redeems it; the others are told when and where it was used. A claim on another merchant’s voucher is a 404.
     *
     *     API keys need the scope `redemptions:write`.
     */
    post: operations['redeemClaim'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/redemptions/{id}/rollback': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Roll a redemption back
     * @description Within `rollback_within_s` of the voucher. The claim is issued again, and can be redeemed once more.
     *
     *     API keys need the scope `redemptions:write`.
     */
    post: operations['rollbackRedemption'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/redemptions/preview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Look at a claim before it is redeemed
     * @description Says what a redemption would be answered now, and changes nothing.
     *
     *     API keys need the scope `redemptions:read`.
     */
    get: operations['previewRedemption'];
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
    get: operations['getTime'];
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
    get: operations['listVouchers'];
    put?: never;
    /**
     * Create a draft
     * @description Nobody but you sees it yet. Check it, change it with `PATCH`, then `publish` it: from then on the stock is fixed. A window that has begun makes it live at once; `time_zone` is the merchant's unless given.
     *
     *     API keys need the scope `vouchers:write`.
     */
    post: operations['createVoucher'];
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
    get: operations['getVoucher'];
    put?: never;
    post?: never;
    /**
     * Delete a draft
     * @description A voucher that was published is ended and archived instead.
     *
     *     API keys need the scope `vouchers:write`.
     */
    delete: operations['deleteVoucher'];
    options?: never;
    head?: never;
    /**
     * Change a voucher
     * @description Send the fields to change, and in `If-Match` the `ETag` of what you saw, for example `"v1"`. A draft can be changed in everything; a scheduled one in all but stock and protection; a live or paused one in title, description, `closes_at` and the times of redemption; one that is over in title, description and the times of redemption. Holders see what they were promised, and each change as an edit. A `redeem_until` that is earlier, while people hold claims, asks for `"confirm": true`; `claims_affected` of the refusal says how many there are. A later one makes expired claims good again.
     *
     *     API keys need the scope `vouchers:write`.
     */
    patch: operations['updateVoucher'];
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
     *
     *     API keys need the scope `vouchers:write`.
     */
    post: operations['archiveVoucher'];
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
    get: operations['auditVoucher'];
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
    get: operations['getAvailability'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/cancellations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the last cancellations of many claims
     * @description The last 20 of the voucher, newest first.
     *
     *     API keys need the scope `claims:read`.
     */
    get: operations['listCancellations'];
    put?: never;
    /**
     * Cancel many claims
     * @description Those named, or all issued ones that fit the filter at this moment. It goes on by itself; ask under `Location` how far it is.
     *
     *     API keys need the scope `claims:write`.
     */
    post: operations['createCancellation'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/cancellations/{cancellation}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How far a cancellation of many claims is
     * @description A cancellation that is `done` changes no more.
     *
     *     API keys need the scope `claims:read`.
     */
    get: operations['getCancellation'];
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
    post: operations['createCaptcha'];
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
    post: operations['createClaimLink'];
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
     *
     *     API keys need the scope `claims:read`.
     */
    get: operations['listVoucherClaims'];
    put?: never;
    /**
     * Claim one unit
     * @description Decided at once, first come, first served. `202` means that a unit is yours and is being issued: follow `Location` until the status is `issued`, then the claim has its `code`. A refusal has changed nothing. A voucher with `protection` is claimed through a claim link.
     */
    post: operations['claimVoucher'];
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
     *
     *     API keys need the scope `claims:read`.
     */
    get: operations['exportVoucherClaims'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/clone': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Make a draft with the terms of a voucher
     * @description In whatever state that is. The draft has the same texts, stock, limit and times: set others with `PATCH` before you publish it. Claims and stock adjustments stay with the first.
     *
     *     API keys need the scope `vouchers:write`.
     */
    post: operations['cloneVoucher'];
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
     *
     *     API keys need the scope `vouchers:write`.
     */
    post: operations['endVoucher'];
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
    get: operations['streamAvailability'];
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
     *
     *     API keys need the scope `vouchers:write`.
     */
    post: operations['pauseVoucher'];
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
     *
     *     API keys need the scope `vouchers:write`.
     */
    post: operations['publishVoucher'];
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
     *
     *     API keys need the scope `vouchers:write`.
     */
    post: operations['resumeVoucher'];
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
     *
     *     API keys need the scope `vouchers:write`.
     */
    post: operations['adjustStock'];
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
     *
     *     API keys need the scope `vouchers:read`.
     */
    get: operations['getVoucherSummary'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/waiting-list': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Your place in the waiting list
     * @description With your position while you wait, and until when an offer can be accepted.
     */
    get: operations['getWaitingListEntry'];
    put?: never;
    /**
     * Wait for a voucher that is sold out
     * @description Units that return or are added are offered to those who wait, in order, for a while each. From the answer on nobody who does not wait gets a unit before you. Who has a place keeps it.
     */
    post: operations['joinWaitingList'];
    /**
     * Leave the waiting list
     * @description With an offer, too: it goes to the next.
     */
    delete: operations['leaveWaitingList'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/waiting-list/accept': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Accept an offer
     * @description Takes the unit that was offered: a claim like any other.
     */
    post: operations['acceptOffer'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/vouchers/{id}/waiting-list/decline': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Decline an offer
     * @description It goes to the next.
     */
    post: operations['declineOffer'];
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
    /** @description 403: The API key is not used from this address */
    AddressNotAllowedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'address_not_allowed';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/address_not_allowed';
    };
    /** @description 409: The claim was redeemed before */
    AlreadyRedeemedProblem: {
      /** @description the claim that this is about */
      claim_id: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'already_redeemed';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      redemption: components['schemas']['RedemptionReference'] | null;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/already_redeemed';
    };
    /** @description 409: The redemption was rolled back before */
    AlreadyRolledBackProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'already_rolled_back';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      redemption: components['schemas']['RolledBackReference'];
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/already_rolled_back';
    };
    /**
     * @example {
     *       "object": "api_key",
     *       "id": "key_01k9z3v8f0abcdef",
     *       "name": "Shop backend",
     *       "status": "active",
     *       "scopes": [
     *         "vouchers:write",
     *         "claims:read"
     *       ],
     *       "addresses": [
     *         "203.0.113.0/24"
     *       ],
     *       "hint": "hjkm",
     *       "created_by": "usr_01k9z3v8f0000000",
     *       "created_at": "2030-01-01T09:00:00.000Z",
     *       "expires_at": "2031-01-01T00:00:00.000Z",
     *       "last_used_at": "2030-01-02T18:30:00.000Z",
     *       "rotated_at": null,
     *       "previous_secret_until": null,
     *       "revoked_at": null
     *     }
     */
    ApiKey: {
      addresses: string[];
      /**
       * Format: date-time
       * @example 2030-01-01T09:00:00.000Z
       */
      created_at: string;
      /** @description the user */
      created_by: string;
      /**
       * Format: date-time
       * @example 2031-01-01T00:00:00.000Z
       */
      expires_at: string | null;
      /** @description the last characters of its secret */
      hint: string;
      id: string;
      /**
       * Format: date-time
       * @description to the minute
       * @example 2030-01-02T18:30:00.000Z
       */
      last_used_at: string | null;
      name: string;
      /** @enum {string} */
      object: 'api_key';
      /**
       * Format: date-time
       * @description how long the secret before goes on
       * @example 2030-01-03T09:00:00.000Z
       */
      previous_secret_until: string | null;
      /**
       * Format: date-time
       * @example 2030-01-05T09:00:00.000Z
       */
      revoked_at: string | null;
      /**
       * Format: date-time
       * @description of its newest secret
       * @example 2030-01-02T09:00:00.000Z
       */
      rotated_at: string | null;
      scopes: components['schemas']['ApiScope'][];
      /** @enum {string} */
      status: 'active' | 'expired' | 'revoked';
    };
    /** @description 409: The API key was revoked or has expired */
    ApiKeyEndedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'api_key_ended';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/api_key_ended';
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/api-keys",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "api_key",
     *           "id": "key_01k9z3v8f0abcdef",
     *           "name": "Shop backend",
     *           "status": "active",
     *           "scopes": [
     *             "vouchers:write",
     *             "claims:read"
     *           ],
     *           "addresses": [
     *             "203.0.113.0/24"
     *           ],
     *           "hint": "hjkm",
     *           "created_by": "usr_01k9z3v8f0000000",
     *           "created_at": "2030-01-01T09:00:00.000Z",
     *           "expires_at": "2031-01-01T00:00:00.000Z",
     *           "last_used_at": "2030-01-02T18:30:00.000Z",
     *           "rotated_at": null,
     *           "previous_secret_until": null,
     *           "revoked_at": null
     *         }
     *       ]
     *     }
     */
    ApiKeyList: {
      data: components['schemas']['ApiKey'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    /**
     * @example {
     *       "name": "Shop backend",
     *       "scopes": [
     *         "vouchers:write",
     *         "claims:read"
     *       ],
     *       "addresses": [
     *         "203.0.113.0/24"
     *       ]
     *     }
     */
    ApiKeyRequest: {
      /** @description addresses and ranges that it is used from; any where there are none */
      addresses?: string[];
      /**
       * Format: date-time
       * @description from when on it is refused; never without it
       * @example 2030-01-01T12:00:00Z
       */
      expires_at?: string;
      /**
       * @description for people
       * @example Shop backend
       */
      name: string;
      /** @description what it may do; this does not change */
      scopes: components['schemas']['ApiScope'][];
    };
    /**
     * @example {
     *       "overlap_s": 86400
     *     }
     */
    ApiKeyRotationRequest: {
      /**
       * Format: int32
       * @description seconds for which the secret before goes on; 0 for one that leaked
       * @default 86400
       */
      overlap_s: number;
    };
    /**
     * @example {
     *       "object": "api_key",
     *       "id": "key_01k9z3v8f0abcdef",
     *       "name": "Shop backend",
     *       "status": "active",
     *       "scopes": [
     *         "vouchers:write",
     *         "claims:read"
     *       ],
     *       "addresses": [
     *         "203.0.113.0/24"
     *       ],
     *       "hint": "hjkm",
     *       "created_by": "usr_01k9z3v8f0000000",
     *       "created_at": "2030-01-01T09:00:00.000Z",
     *       "expires_at": "2031-01-01T00:00:00.000Z",
     *       "last_used_at": "2030-01-02T18:30:00.000Z",
     *       "rotated_at": null,
     *       "previous_secret_until": null,
     *       "revoked_at": null,
     *       "secret": "vck_live_3k9z3v8f0abcdefghjkmnpqrstvwxyz0123456789abcdefghjkm"
     *     }
     */
    ApiKeyWithSecret: {
      addresses: string[];
      /**
       * Format: date-time
       * @example 2030-01-01T09:00:00.000Z
       */
      created_at: string;
      /** @description the user */
      created_by: string;
      /**
       * Format: date-time
       * @example 2031-01-01T00:00:00.000Z
       */
      expires_at: string | null;
      /** @description the last characters of its secret */
      hint: string;
      id: string;
      /**
       * Format: date-time
       * @description to the minute
       * @example 2030-01-02T18:30:00.000Z
       */
      last_used_at: string | null;
      name: string;
      /** @enum {string} */
      object: 'api_key';
      /**
       * Format: date-time
       * @description how long the secret before goes on
       * @example 2030-01-03T09:00:00.000Z
       */
      previous_secret_until: string | null;
      /**
       * Format: date-time
       * @example 2030-01-05T09:00:00.000Z
       */
      revoked_at: string | null;
      /**
       * Format: date-time
       * @description of its newest secret
       * @example 2030-01-02T09:00:00.000Z
       */
      rotated_at: string | null;
      scopes: components['schemas']['ApiScope'][];
      /** @description shown in this answer alone: keep it where secrets are kept */
      secret: string;
      /** @enum {string} */
      status: 'active' | 'expired' | 'revoked';
    };
    /** @enum {string} */
    ApiScope:
      | 'vouchers:read'
      | 'vouchers:write'
      | 'claims:read'
      | 'claims:write'
      | 'redemptions:read'
      | 'redemptions:write';
    /**
     * @example {
     *       "object": "audit",
     *       "voucher_id": "vch_01k9z3v8f0abcdef",
     *       "ok": true,
     *       "equations": [
     *         {
     *           "name": "issued = taken - pending",
     *           "left": 17,
     *           "right": 17,
     *           "holds": true
     *         }
     *       ],
     *       "as_of": "2030-01-01T12:00:00.041Z"
     *     }
     */
    Audit: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      as_of: string;
      equations: components['schemas']['AuditEquation'][];
      /** @enum {string} */
      object: 'audit';
      /** @description whether all of them hold */
      ok: boolean;
      voucher_id: string;
    };
    AuditEquation: {
      holds: boolean;
      /** Format: int64 */
      left: number;
      name: string;
      /** Format: int64 */
      right: number;
    };
    /**
     * @example {
     *       "object": "availability",
     *       "voucher_id": "vch_01k9z3v8f0abcdef",
     *       "status": "live",
     *       "remaining": 417,
     *       "as_of": "2030-01-01T12:00:01.250Z"
     *     }
     */
    Availability: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:01.250Z
       */
      as_of: string;
      /** @enum {string} */
      object: 'availability';
      /**
       * Format: int32
       * @description units left when it was looked at
       */
      remaining: number;
      /** @enum {string} */
      status: 'scheduled' | 'live' | 'paused' | 'ended';
      /** @example vch_01k9z3v8f0abcdef */
      voucher_id: string;
    };
    /**
     * @example {
     *       "object": "block",
     *       "id": "blk_01k9z3v8f0abcdef",
     *       "kind": "address",
     *       "address": "203.0.113.0/24",
     *       "user_id": null,
     *       "reason": "sells claims in a forum",
     *       "source": "admin",
     *       "created_by": "usr_01k9z3v8f0000000",
     *       "created_at": "2030-01-01T12:00:00.000Z",
     *       "expires_at": "2030-01-02T12:00:00.000Z"
     *     }
     */
    Block: {
      /** @description the address or range, in its shortest form */
      address: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      /** @description the administrator; null where it came by itself */
      created_by: string | null;
      /**
       * Format: date-time
       * @description null: no end
       * @example 2030-01-01T12:00:00.041Z
       */
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
    /** @description 403: This account or address is blocked */
    BlockedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'blocked';
      /** @description for people; may change */
      detail: string;
      /**
       * Format: date-time
       * @description when the block ends, where it does
       * @example 2030-01-01T12:00:00.041Z
       */
      ends_at?: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/blocked';
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/admin/blocks",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "block",
     *           "id": "blk_01k9z3v8f0abcdef",
     *           "kind": "address",
     *           "address": "203.0.113.0/24",
     *           "user_id": null,
     *           "reason": "sells claims in a forum",
     *           "source": "admin",
     *           "created_by": "usr_01k9z3v8f0000000",
     *           "created_at": "2030-01-01T12:00:00.000Z",
     *           "expires_at": "2030-01-02T12:00:00.000Z"
     *         }
     *       ]
     *     }
     */
    BlockList: {
      data: components['schemas']['Block'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    /** @description 409: The block-list holds as many entries as allowed */
    BlockListFullProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'block_list_full';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/block_list_full';
    };
    CacheLifetime: {
      /** Format: int64 */
      fresh_ms: number;
      /** Format: int64 */
      stale_ms: number;
    };
    CachePolicy: {
      family: string;
      jitter: number;
      local: components['schemas']['CacheLifetime'];
      /** Format: int64 */
      null_ms: number;
      shared: components['schemas']['CacheLifetime'];
    };
    CacheReads: {
      family: string;
      level: string;
      /** Format: int64 */
      reads: number;
    };
    /**
     * @example {
     *       "reason": "I cannot come"
     *     }
     */
    CancelClaimRequest: {
      /**
       * @description a merchant gives one
       * @example the show was called off
       */
      reason?: string;
    };
    /**
     * @example {
     *       "object": "cancellation",
     *       "id": "can_01k9z3v8f0abcdef",
     *       "voucher_id": "vch_01k9z3v8f0abcdef",
     *       "reason": "the show was called off",
     *       "status": "running",
     *       "total": 100000,
     *       "cancelled": 41500,
     *       "refused": 12,
     *       "created_at": "2030-01-01T12:30:00.000Z",
     *       "finished_at": null
     *     }
     */
    Cancellation: {
      /** Format: int64 */
      cancelled: number;
      /**
       * Format: date-time
       * @example 2030-01-01T12:30:00.000Z
       */
      created_at: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:31:00.000Z
       */
      finished_at: string | null;
      id: string;
      /** @enum {string} */
      object: 'cancellation';
      reason: string;
      /**
       * Format: int64
       * @description were no longer issued when their turn came
       */
      refused: number;
      /** @enum {string} */
      status: 'running' | 'done';
      /**
       * Format: int64
       * @description claims that were chosen when it began
       */
      total: number;
      voucher_id: string;
    };
    /**
     * @description issued claims that fit; with nothing in it, all of them
     * @example {}
     */
    CancellationFilterInput: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00Z
       */
      issued_before?: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00Z
       */
      issued_from?: string;
      /** Format: int64 */
      sequence_from?: number;
      /** Format: int64 */
      sequence_to?: number;
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/vouchers/vch_01k9z3v8f0abcdef/cancellations",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "cancellation",
     *           "id": "can_01k9z3v8f0abcdef",
     *           "voucher_id": "vch_01k9z3v8f0abcdef",
     *           "reason": "the show was called off",
     *           "status": "running",
     *           "total": 100000,
     *           "cancelled": 41500,
     *           "refused": 12,
     *           "created_at": "2030-01-01T12:30:00.000Z",
     *           "finished_at": null
     *         }
     *       ]
     *     }
     */
    CancellationList: {
      data: components['schemas']['Cancellation'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    /**
     * @example {
     *       "filter": {
     *         "issued_before": "2030-01-01T12:30:00Z"
     *       },
     *       "reason": "the show was called off"
     *     }
     */
    CancellationRequest: {
      /**
       * @example [
       *       "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3"
       *     ]
       */
      claim_ids?: string[];
      filter?: components['schemas']['CancellationFilterInput'];
      /**
       * @description told to the holder
       * @example the show was called off
       */
      reason: string;
    };
    /** @description 409: The claim was cancelled */
    CancelledProblem: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      changed_at: string | null;
      /** @description the claim that this is about */
      claim_id: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'cancelled';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/cancelled';
    };
    /**
     * @example {
     *       "object": "captcha",
     *       "id": "cap_01k9z3v8f0abcdef",
     *       "kind": "math",
     *       "question": "What is forty-three plus eight? Answer in digits.",
     *       "expires_at": "2030-01-01T12:02:00.000Z"
     *     }
     */
    Captcha: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:02:00.000Z
       */
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
    /** @description 403: The captcha was not solved */
    CaptchaFailedProblem: {
      /**
       * @description the captcha that a link asks for
       * @enum {string}
       */
      captcha: 'none' | 'math' | 'image';
      /** @description POST here for a captcha, where one is asked for */
      captchas_url?: string;
      /** @description POST here for a claim link */
      claim_links_url: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'captcha_failed';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/captcha_failed';
    };
    /**
     * @example {
     *       "alternative": false
     *     }
     */
    CaptchaRequest: {
      /**
       * @description a question in words instead of a picture, for screen readers
       * @default false
       */
      alternative: boolean;
      /**
       * @description of the question in words
       * @default en
       * @enum {string}
       */
      language: 'en' | 'zh';
    };
    /** @description 403: A captcha has to be solved first */
    CaptchaRequiredProblem: {
      /**
       * @description the captcha that a link asks for
       * @enum {string}
       */
      captcha: 'none' | 'math' | 'image';
      /** @description POST here for a captcha, where one is asked for */
      captchas_url?: string;
      /** @description POST here for a claim link */
      claim_links_url: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'captcha_required';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/captcha_required';
    };
    Cashier: {
      id: string;
      name: string | null;
    };
    /** @description 403: The voucher is claimed through a claim link */
    ChallengeRequiredProblem: {
      /**
       * @description the captcha that a link asks for
       * @enum {string}
       */
      captcha?: 'none' | 'math' | 'image';
      /** @description POST here for a captcha, where one is asked for */
      captchas_url?: string;
      claim?: components['schemas']['ClaimReference'];
      /** @description the claim that this is about */
      claim_id?: string;
      /** @description POST here for a claim link */
      claim_links_url?: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'challenge_required';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/challenge_required';
    };
    /**
     * @example {
     *       "current_password": "correct horse battery staple",
     *       "new_password": "a newer, longer password"
     *     }
     */
    ChangePasswordRequest: {
      current_password: string;
      /**
       * @description 8 to 128 characters, any
       * @example correct horse battery staple
       */
      new_password: string;
    };
    /**
     * @example {
     *       "object": "claim",
     *       "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *       "voucher_id": "vch_01k9z3v8f0abcdef",
     *       "user_id": "usr_01k9z3v8f0000000",
     *       "status": "issued",
     *       "sequence": 17,
     *       "ordinal": 1,
     *       "code": "7K2M-9QXV-0B4T-HD5W",
     *       "reject_reason": null,
     *       "created_at": "2030-01-01T12:00:00.003Z",
     *       "issued_at": "2030-01-01T12:00:00.041Z",
     *       "changed_at": null,
     *       "redeem_from": null,
     *       "redeem_until": "2031-02-01T00:00:00.000Z",
     *       "terms": {
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "redeem_from": null,
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "time_zone": "Asia/Shanghai",
     *         "merchant_name": "Tea House"
     *       },
     *       "edits": {
     *         "redeem_until": "2031-02-01T00:00:00.000Z"
     *       }
     *     }
     */
    Claim: {
      cancellation?: components['schemas']['ClaimCancellation'];
      /**
       * Format: date-time
       * @description when it was last confirmed, released, redeemed, rolled back, cancelled or expired; null: never
       * @example 2030-01-02T18:30:00.000Z
       */
      changed_at?: string | null;
      /** @description What a cashier takes; once issued */
      code: string | null;
      /**
       * @description of a held claim: who confirms it
       * @enum {string}
       */
      confirm_by?: 'user' | 'merchant';
      /**
       * Format: date-time
       * @description of a claim that had to be confirmed: until then it could be
       * @example 2030-01-01T12:15:00.041Z
       */
      confirm_until?: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.003Z
       */
      created_at: string | null;
      edits?: components['schemas']['ClaimEdits'] | null;
      id: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      issued_at: string | null;
      /** @enum {string} */
      object: 'claim';
      /**
       * Format: int64
       * @description Which of the user's claims on this voucher, from 1
       */
      ordinal: number;
      /**
       * Format: date-time
       * @description as it is now
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_from?: string | null;
      /**
       * Format: date-time
       * @description as it is now
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_until?: string | null;
      reject_reason: string | null;
      /**
       * Format: int64
       * @description Place in line at the gate, from 1
       */
      sequence: number | null;
      /** @enum {string} */
      status: 'pending' | 'held' | 'issued' | 'rejected' | 'released' | 'cancelled' | 'expired' | 'redeemed';
      terms?: components['schemas']['ClaimTerms'];
      user_id: string;
      voucher_id: string;
    };
    ClaimAnswers: {
      /** Format: int64 */
      accepted: number;
      /** @description outermost layer first */
      funnel: components['schemas']['FunnelLayer'][];
      latency_ms: components['schemas']['ClaimLatency'];
      /**
       * Format: int64
       * @description answers repeated for the same Idempotency-Key
       */
      replayed: number;
      /** Format: int64 */
      total: number;
    };
    ClaimCancellation: {
      /**
       * Format: date-time
       * @example 2030-01-03T09:00:00.000Z
       */
      at: string | null;
      /** @enum {string} */
      by: 'holder' | 'merchant';
      reason: string | null;
    };
    ClaimCustomer: {
      /**
       * @description e-mail or phone number, mostly hidden
       * @example l***@example.com
       */
      contact: string | null;
      name: string;
    };
    /** @description what the merchant changed since, as it is now; null: nothing */
    ClaimEdits: {
      description?: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_from?: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_until?: string | null;
      title?: string;
    };
    /** @description inside the application, to within a tenth */
    ClaimLatency: {
      /** @description null where there was no such answer */
      accepted: components['schemas']['LatencyQuantiles'] | null;
      /** @description null where there was no such answer */
      refused: components['schemas']['LatencyQuantiles'] | null;
    };
    /** @description 409: This user holds as many as allowed */
    ClaimLimitReachedProblem: {
      claim?: components['schemas']['ClaimReference'];
      /** @description the claim that this is about */
      claim_id?: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'claim_limit_reached';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/claim_limit_reached';
    };
    /**
     * @example {
     *       "object": "claim_link",
     *       "url": "/v1/claim-links/01k9z3v8f0abcdefAZzP4Kz0q1rE7dW2m9hXv5tYc3nBj6uLs8gQo4iRaKfTeUwDxHyMpVbCzNlG",
     *       "expires_at": "2030-01-01T12:01:00.000Z"
     *     }
     */
    ClaimLink: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:02:00.000Z
       */
      expires_at: string;
      /** @enum {string} */
      object: 'claim_link';
      /** @description POST here claims; for you alone, once, until `expires_at` */
      url: string;
    };
    /**
     * @example {
     *       "captcha_id": "cap_01k9z3v8f0abcdef",
     *       "captcha_answer": "51"
     *     }
     */
    ClaimLinkRequest: {
      captcha_answer?: string;
      captcha_id?: string;
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/me/claims",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "claim",
     *           "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *           "voucher_id": "vch_01k9z3v8f0abcdef",
     *           "user_id": "usr_01k9z3v8f0000000",
     *           "status": "issued",
     *           "sequence": 17,
     *           "ordinal": 1,
     *           "code": "7K2M-9QXV-0B4T-HD5W",
     *           "reject_reason": null,
     *           "created_at": "2030-01-01T12:00:00.003Z",
     *           "issued_at": "2030-01-01T12:00:00.041Z",
     *           "changed_at": null,
     *           "redeem_from": null,
     *           "redeem_until": "2031-02-01T00:00:00.000Z",
     *           "terms": {
     *             "title": "Half price oolong",
     *             "description": "One pot of any oolong, weekdays only.",
     *             "face_value": {
     *               "amount": 1500,
     *               "currency": "CNY"
     *             },
     *             "redeem_from": null,
     *             "redeem_until": "2031-01-01T00:00:00.000Z",
     *             "time_zone": "Asia/Shanghai",
     *             "merchant_name": "Tea House"
     *           },
     *           "edits": {
     *             "redeem_until": "2031-02-01T00:00:00.000Z"
     *           }
     *         }
     *       ]
     *     }
     */
    ClaimList: {
      data: components['schemas']['Claim'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    /** @description Claims over time, by the rows of the ledger */
    ClaimRate: {
      /**
       * Format: int64
       * @description width of a bucket; grows with the length of the drop
       */
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
    ClaimReference: {
      id: string;
      /** @enum {string} */
      object: 'claim';
      url: string;
    };
    /** @description what was promised when the claim was taken; kept whatever becomes of the voucher */
    ClaimTerms: {
      description: string | null;
      face_value: components['schemas']['FaceValue'] | null;
      merchant_name: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_from: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_until: string | null;
      time_zone: string;
      title: string;
    };
    /** @description 503: The claim is taken but not yet confirmed; ask for its status */
    ClaimUnconfirmedProblem: {
      /** @description the claim to ask for */
      claim_id?: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'claim_unconfirmed';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/claim_unconfirmed';
      /** @description where to ask for it */
      url?: string;
    };
    /** @description 409: The database does not take the end of this claim; mend the cause first */
    ClaimUnwritableProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'claim_unwritable';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/claim_unwritable';
    };
    /** @description 409: Claims that people hold would be touched */
    ConfirmationRequiredProblem: {
      /**
       * Format: int64
       * @description claims that are good and not redeemed yet
       */
      claims_affected: number;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'confirmation_required';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/confirmation_required';
    };
    /** @description 409: The time to confirm the claim is over */
    ConfirmExpiredProblem: {
      /** @enum {string} */
      claim_status: 'released';
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'confirm_expired';
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      confirm_until?: string;
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/confirm_expired';
    };
    /**
     * @example {
     *       "address": "203.0.113.0/24",
     *       "reason": "sells claims in a forum",
     *       "duration_s": 86400
     *     }
     */
    CreateBlockRequest: {
      /**
       * @description an address or CIDR range; this or `user_id`
       * @example 203.0.113.0/24
       */
      address?: string;
      /**
       * Format: int32
       * @description seconds from now
       */
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
    /**
     * @example {
     *       "title": "Half price oolong",
     *       "description": "One pot of any oolong, weekdays only.",
     *       "total_stock": 1000,
     *       "per_user_limit": 1,
     *       "opens_at": "2025-01-01T00:00:00Z",
     *       "closes_at": "2030-01-01T00:00:00Z",
     *       "redeem_until": "2031-01-01T00:00:00Z",
     *       "time_zone": "Asia/Shanghai",
     *       "face_value": {
     *         "amount": 1500,
     *         "currency": "CNY"
     *       }
     *     }
     */
    CreateVoucherRequest: {
      /**
       * Format: date-time
       * @description holders may cancel before it; null: they may not
       * @example 2030-06-01T00:00:00Z
       */
      cancellable_until?: string | null;
      /**
       * Format: date-time
       * @description after opens_at, in the future
       * @example 2030-01-01T13:00:00Z
       */
      closes_at: string;
      /**
       * @description who confirms
       * @example merchant
       * @enum {string}
       */
      confirm_by?: 'user' | 'merchant';
      /**
       * Format: int32
       * @description seconds in which a claim is to be confirmed, else its unit returns; null: it is issued at once
       * @example 900
       */
      confirm_within_s?: number | null;
      /** @example One pot of any oolong, weekdays only. */
      description?: string | null;
      face_value?: components['schemas']['FaceValueInput'] | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00Z
       */
      opens_at: string;
      /**
       * Format: int32
       * @description units one user may hold
       * @default 1
       * @example 1
       */
      per_user_limit: number;
      protection?: components['schemas']['ProtectionInput'];
      /**
       * Format: date-time
       * @description before redeem_until; null: as soon as it is issued
       * @example 2030-01-02T00:00:00Z
       */
      redeem_from?: string | null;
      /**
       * Format: date-time
       * @description not before closes_at; null is without end
       * @example 2031-01-01T00:00:00Z
       */
      redeem_until?: string | null;
      /**
       * Format: int32
       * @description seconds in which a redemption can be rolled back, 600 unless given; 0: not at all
       * @example 600
       */
      rollback_within_s?: number;
      /** @example Asia/Shanghai */
      time_zone?: string;
      /** @example Half price oolong */
      title: string;
      /**
       * Format: int32
       * @description units there are
       * @example 1000
       */
      total_stock: number;
    };
    /** @description 400: An API key must not be part of a URL */
    CredentialInUrlProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'credential_in_url';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/credential_in_url';
    };
    /** @description 403: A request with a session cookie must come from a page of this origin */
    CsrfRefusedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'csrf_refused';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/csrf_refused';
    };
    /**
     * @example {
     *       "object": "dead_letter",
     *       "id": "dlt_7h2v4m8q0x5c9t1w",
     *       "status": "open",
     *       "source": "log/3/1041",
     *       "payload": "{\"v\":1}",
     *       "reason": "Data too long for column",
     *       "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *       "voucher_id": "vch_01k9z3v8f0abcdef",
     *       "retries": 0,
     *       "created_at": "2030-01-01T12:00:00.000Z",
     *       "retried_at": null,
     *       "closed_at": null,
     *       "closed_by": null,
     *       "outcome": null,
     *       "discard_reason": null
     *     }
     */
    DeadLetter: {
      /** @description the claim that it holds pending; null: it holds none */
      claim_id: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      closed_at: string | null;
      closed_by: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
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
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      retried_at: string | null;
      /** Format: int64 */
      retries: number;
      /** @description where the record came from */
      source: string;
      /** @enum {string} */
      status: 'open' | 'retried' | 'discarded';
      voucher_id: string | null;
    };
    /** @description 409: The dead letter was retried or discarded already */
    DeadLetterClosedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'dead_letter_closed';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/dead_letter_closed';
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/admin/dead-letters",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "dead_letter",
     *           "id": "dlt_7h2v4m8q0x5c9t1w",
     *           "status": "open",
     *           "source": "log/3/1041",
     *           "payload": "{\"v\":1}",
     *           "reason": "Data too long for column",
     *           "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *           "voucher_id": "vch_01k9z3v8f0abcdef",
     *           "retries": 0,
     *           "created_at": "2030-01-01T12:00:00.000Z",
     *           "retried_at": null,
     *           "closed_at": null,
     *           "closed_by": null,
     *           "outcome": null,
     *           "discard_reason": null
     *         }
     *       ]
     *     }
     */
    DeadLetterList: {
      data: components['schemas']['DeadLetter'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    /** @description 503: A part that this needs is not reachable */
    DependencyUnavailableProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'dependency_unavailable';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/dependency_unavailable';
    };
    /**
     * @example {
     *       "reason": "refunded by hand"
     *     }
     */
    DiscardDeadLetterRequest: {
      /** @description kept with the letter */
      reason: string;
    };
    DrainPolicy: {
      /**
       * Format: int64
       * @description rate of the consumer; null: no limit
       */
      claims_per_second: number | null;
    };
    /** @description 409: An account with this e-mail exists */
    EmailTakenProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'email_taken';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/email_taken';
    };
    /** @description delay of the event loop since the report before */
    EventLoopLag: {
      max: number;
      mean: number;
      p99: number;
    };
    /** @description 410: The time to redeem the claim is over */
    ExpiredProblem: {
      /** @description the claim that this is about */
      claim_id: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'expired';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_until: string | null;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/expired';
    };
    FaceValue: {
      /**
       * Format: int64
       * @description in minor units
       * @example 1500
       */
      amount: number;
      /**
       * @description ISO 4217
       * @example CNY
       */
      currency: string;
    };
    FaceValueInput: {
      /**
       * Format: int64
       * @description in minor units
       * @example 1500
       */
      amount: number;
      /** @example CNY */
      currency: string;
    };
    FieldProblem: {
      /** @example invalid_format */
      code: string;
      /** @example Invalid ISO datetime */
      detail: string;
      /**
       * @description RFC 6901 pointer into the body, or the name of a query or header field
       * @example /closes_at
       */
      pointer: string;
    };
    /** @description 403: This account may not do that */
    ForbiddenProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'forbidden';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/forbidden';
    };
    FunnelCount: {
      layer: string;
      outcome: string;
      reason: string;
      /** Format: int64 */
      requests: number;
    };
    FunnelLayer: {
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
      reasons: components['schemas']['RefusalCount'][];
      /** Format: int64 */
      refused: number;
      /**
       * Format: int64
       * @description what came through the layers before
       */
      seen: number;
    };
    /** @description 503: The voucher is being made safe after a fault */
    GateRecoveringProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'gate_recovering';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/gate_recovering';
    };
    GateStatus: {
      /** Format: int64 */
      epoch: number;
      leader: string | null;
      /** Format: int64 */
      scripts_version: number;
      /** @enum {string} */
      state: 'lost' | 'recovering' | 'open';
    };
    /** @description 431: The request headers are too large */
    HeadersTooLargeProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'headers_too_large';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/headers_too_large';
    };
    /** @description 409: A request with this Idempotency-Key is being answered */
    IdempotencyInProgressProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'idempotency_in_progress';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/idempotency_in_progress';
    };
    /** @description 422: The Idempotency-Key was used for another request */
    IdempotencyKeyReusedProblem: {
      claim?: components['schemas']['ClaimReference'];
      /** @description the claim that this is about */
      claim_id?: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'idempotency_key_reused';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/idempotency_key_reused';
    };
    /**
     * @example {
     *       "object": "instance",
     *       "id": "ins_01k9z3v8f0abcdef",
     *       "version": "1.0.0",
     *       "role": "all",
     *       "mode": "stack",
     *       "started_at": "2030-01-01T11:00:00.000Z",
     *       "last_seen": "2030-01-01T12:00:00.041Z",
     *       "ready": true,
     *       "checks": {
     *         "database": {
     *           "ready": true,
     *           "required": true
     *         }
     *       },
     *       "gate": {
     *         "open": true,
     *         "epoch": 3
     *       },
     *       "memory": {
     *         "rss_bytes": 183500800,
     *         "heap_used_bytes": 83886080
     *       },
     *       "event_loop_lag_ms": {
     *         "mean": 0.4,
     *         "p99": 2.1,
     *         "max": 7.8
     *       },
     *       "requests_in_flight": 3,
     *       "consumer": {
     *         "consumes": true,
     *         "partitions": 6
     *       },
     *       "caches": [
     *         {
     *           "family": "voucher",
     *           "level": "local",
     *           "reads": 1200
     *         }
     *       ],
     *       "funnel": [
     *         {
     *           "layer": "address",
     *           "outcome": "passed",
     *           "reason": "",
     *           "requests": 1500
     *         }
     *       ],
     *       "jobs": [
     *         {
     *           "job": "reconcile",
     *           "outcome": "ok",
     *           "at": "2030-01-01T11:59:58.000Z",
     *           "duration_ms": 12,
     *           "failures": 0
     *         }
     *       ],
     *       "totals": {
     *         "issued": 17,
     *         "accepted": 17
     *       }
     *     }
     */
    Instance: {
      /** @description reads since the start by the level that answered; `load`: the loader */
      caches: components['schemas']['CacheReads'][];
      checks: {
        [key: string]: components['schemas']['InstanceCheck'];
      };
      consumer: components['schemas']['InstanceConsumer'];
      event_loop_lag_ms: components['schemas']['EventLoopLag'];
      /** @description requests since the start by layer */
      funnel: components['schemas']['FunnelCount'][];
      gate: components['schemas']['InstanceGate'];
      id: string;
      /** @description last runs on this instance; each job runs on one at a time */
      jobs: components['schemas']['InstanceJobRun'][];
      /**
       * Format: date-time
       * @description by the clock of the instance
       * @example 2030-01-01T12:00:00.041Z
       */
      last_seen: string;
      memory: components['schemas']['InstanceMemory'];
      /** @enum {string} */
      mode: 'embedded' | 'stack';
      /** @enum {string} */
      object: 'instance';
      ready: boolean;
      /** Format: int64 */
      requests_in_flight: number;
      /** @description `all`, or the one role that it has by `APP_ROLE` */
      role: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      started_at: string;
      /** @description claims issued, accepted and the like since the start */
      totals: {
        [key: string]: number;
      };
      version: string;
    };
    InstanceCheck: {
      detail?: string;
      ready: boolean;
      required: boolean;
    };
    InstanceConsumer: {
      /** @description whether its role reads the log */
      consumes: boolean;
      /**
       * Format: int64
       * @description of the log, assigned to it now; null where there is no broker
       */
      partitions: number | null;
    };
    /** @description as this instance sees it */
    InstanceGate: {
      /** Format: int64 */
      epoch: number;
      open: boolean;
    };
    InstanceJobRun: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      at: string;
      /** Format: int64 */
      duration_ms: number;
      /**
       * Format: int64
       * @description since the start
       */
      failures: number;
      job: string;
      /** @enum {string} */
      outcome: 'ok' | 'failed';
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/admin/instances",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "instance",
     *           "id": "ins_01k9z3v8f0abcdef",
     *           "version": "1.0.0",
     *           "role": "all",
     *           "mode": "stack",
     *           "started_at": "2030-01-01T11:00:00.000Z",
     *           "last_seen": "2030-01-01T12:00:00.041Z",
     *           "ready": true,
     *           "checks": {
     *             "database": {
     *               "ready": true,
     *               "required": true
     *             }
     *           },
     *           "gate": {
     *             "open": true,
     *             "epoch": 3
     *           },
     *           "memory": {
     *             "rss_bytes": 183500800,
     *             "heap_used_bytes": 83886080
     *           },
     *           "event_loop_lag_ms": {
     *             "mean": 0.4,
     *             "p99": 2.1,
     *             "max": 7.8
     *           },
     *           "requests_in_flight": 3,
     *           "consumer": {
     *             "consumes": true,
     *             "partitions": 6
     *           },
     *           "caches": [
     *             {
     *               "family": "voucher",
     *               "level": "local",
     *               "reads": 1200
     *             }
     *           ],
     *           "funnel": [
     *             {
     *               "layer": "address",
     *               "outcome": "passed",
     *               "reason": "",
     *               "requests": 1500
     *             }
     *           ],
     *           "jobs": [
     *             {
     *               "job": "reconcile",
     *               "outcome": "ok",
     *               "at": "2030-01-01T11:59:58.000Z",
     *               "duration_ms": 12,
     *               "failures": 0
     *             }
     *           ],
     *           "totals": {
     *             "issued": 17,
     *             "accepted": 17
     *           }
     *         }
     *       ]
     *     }
     */
    InstanceList: {
      data: components['schemas']['Instance'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    InstanceMemory: {
      /** Format: int64 */
      heap_used_bytes: number;
      /** Format: int64 */
      rss_bytes: number;
    };
    /** @description 403: The API key lacks the scope that this needs */
    InsufficientScopeProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'insufficient_scope';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /**
       * @description the scope that is lacking
       * @example claims:read
       */
      required_scope: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/insufficient_scope';
    };
    /** @description 500: Something broke on our side */
    InternalErrorProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'internal_error';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/internal_error';
    };
    /** @description 401: The code is wrong, used or over */
    InvalidCodeProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'invalid_code';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/invalid_code';
    };
    /** @description 401: E-mail or password is wrong */
    InvalidCredentialsProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'invalid_credentials';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/invalid_credentials';
    };
    /** @description 401: The refresh token is not valid */
    InvalidRefreshTokenProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'invalid_refresh_token';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/invalid_refresh_token';
    };
    /** @description 409: The voucher cannot make this move in its present state */
    InvalidTransitionProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'invalid_transition';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/invalid_transition';
      /**
       * @description where the voucher stands
       * @example ended
       */
      voucher_status: string;
    };
    JobRun: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      at: string;
      /** Format: int64 */
      duration_ms: number;
      /**
       * Format: int64
       * @description on all living instances since their start
       */
      failures: number;
      instance: string;
      job: string;
      /** @enum {string} */
      outcome: 'ok' | 'failed';
    };
    LatencyQuantiles: {
      /** Format: int64 */
      count: number;
      p50: number;
      p90: number;
      p99: number;
    };
    /**
     * @example {
     *       "status": "ok"
     *     }
     */
    Liveness: {
      /** @enum {string} */
      status: 'ok';
    };
    /**
     * @example {
     *       "email": "lin@example.com",
     *       "password": "correct horse battery staple"
     *     }
     */
    LoginRequest: {
      /**
       * @description at most 254 bytes; stored in lower case, an international domain as `xn--...`
       * @example lin@example.com
       */
      email: string;
      password: string;
    };
    /**
     * @example {
     *       "object": "login_session",
     *       "id": "ses_01k9z3v8f0abcdef",
     *       "current": true,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "last_seen_at": "2030-01-01T12:05:00.000Z",
     *       "address": "203.0.113.7",
     *       "user_agent": "Mozilla/5.0"
     *     }
     */
    LoginSession: {
      /**
       * @description of the client that logged in
       * @example 203.0.113.7
       */
      address: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      /** @description whether it is the session of this request */
      current: boolean;
      /** @example ses_01k9z3v8f0abcdef */
      id: string;
      /**
       * Format: date-time
       * @description to about a minute
       * @example 2030-01-01T12:00:00.041Z
       */
      last_seen_at: string;
      /** @enum {string} */
      object: 'login_session';
      user_agent: string | null;
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/me/sessions",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "login_session",
     *           "id": "ses_01k9z3v8f0abcdef",
     *           "current": true,
     *           "created_at": "2030-01-01T12:00:00.041Z",
     *           "last_seen_at": "2030-01-01T12:05:00.000Z",
     *           "address": "203.0.113.7",
     *           "user_agent": "Mozilla/5.0"
     *         }
     *       ]
     *     }
     */
    LoginSessionList: {
      data: components['schemas']['LoginSession'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    /** @description 400: The body is not valid JSON */
    MalformedJsonProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'malformed_json';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/malformed_json';
    };
    /** @description 400: The request is not well-formed */
    MalformedRequestProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'malformed_request';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/malformed_request';
    };
    MaskedCustomer: {
      /**
       * @description e-mail or phone number, mostly hidden
       * @example l***@example.com
       */
      contact: string | null;
      name: string;
    };
    /**
     * @example {
     *       "object": "merchant",
     *       "id": "mer_01k9z3v8f0abcdef",
     *       "name": "Tea House",
     *       "time_zone": "Asia/Shanghai",
     *       "session": {
     *         "object": "session",
     *         "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFrOSJ9.c2lnbmF0dXJl",
     *         "token_type": "Bearer",
     *         "expires_in": 900,
     *         "refresh_token": "ses_01k9z3v8f0abcdef.q0Hf...",
     *         "user": {
     *           "object": "user",
     *           "id": "usr_01k9z3v8f0abcdef",
     *           "name": "Lin Yue",
     *           "email": "lin@example.com",
     *           "phone": null,
     *           "roles": [
     *             "merchant",
     *             "owner"
     *           ]
     *         }
     *       }
     *     }
     */
    Merchant: {
      /** @example mer_01k9z3v8f0abcdef */
      id: string;
      /** @example Tea House */
      name: string;
      /** @enum {string} */
      object: 'merchant';
      /** @description the owner, logged in */
      session: components['schemas']['Session'];
      /** @example Asia/Shanghai */
      time_zone: string;
    };
    /**
     * @example {
     *       "object": "claim",
     *       "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *       "voucher_id": "vch_01k9z3v8f0abcdef",
     *       "user_id": "usr_01k9z3v8f0000000",
     *       "status": "issued",
     *       "sequence": 17,
     *       "ordinal": 1,
     *       "code": null,
     *       "reject_reason": null,
     *       "created_at": "2030-01-01T12:00:00.003Z",
     *       "issued_at": "2030-01-01T12:00:00.041Z",
     *       "changed_at": null,
     *       "redeem_from": null,
     *       "redeem_until": "2031-02-01T00:00:00.000Z",
     *       "terms": {
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "redeem_from": null,
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "time_zone": "Asia/Shanghai",
     *         "merchant_name": "Tea House"
     *       },
     *       "edits": {
     *         "redeem_until": "2031-02-01T00:00:00.000Z"
     *       },
     *       "customer": {
     *         "name": "Lin Yue",
     *         "contact": "l***@example.com"
     *       }
     *     }
     */
    MerchantClaim: {
      cancellation?: components['schemas']['ClaimCancellation'];
      /**
       * Format: date-time
       * @description when it was last confirmed, released, redeemed, rolled back, cancelled or expired; null: never
       * @example 2030-01-02T18:30:00.000Z
       */
      changed_at?: string | null;
      /** @description null: it is for its holder alone */
      code: string | null;
      /**
       * @description of a held claim: who confirms it
       * @enum {string}
       */
      confirm_by?: 'user' | 'merchant';
      /**
       * Format: date-time
       * @description of a claim that had to be confirmed: until then it could be
       * @example 2030-01-01T12:15:00.041Z
       */
      confirm_until?: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.003Z
       */
      created_at: string | null;
      customer: components['schemas']['ClaimCustomer'] | null;
      edits?: components['schemas']['ClaimEdits'] | null;
      id: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      issued_at: string | null;
      /** @enum {string} */
      object: 'claim';
      /**
       * Format: int64
       * @description Which of the user's claims on this voucher, from 1
       */
      ordinal: number;
      /**
       * Format: date-time
       * @description as it is now
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_from?: string | null;
      /**
       * Format: date-time
       * @description as it is now
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_until?: string | null;
      reject_reason: string | null;
      /**
       * Format: int64
       * @description Place in line at the gate, from 1
       */
      sequence: number | null;
      /** @enum {string} */
      status: 'pending' | 'held' | 'issued' | 'rejected' | 'released' | 'cancelled' | 'expired' | 'redeemed';
      terms?: components['schemas']['ClaimTerms'];
      user_id: string;
      voucher_id: string;
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/vouchers/vch_01k9z3v8f0abcdef/claims",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "claim",
     *           "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *           "voucher_id": "vch_01k9z3v8f0abcdef",
     *           "user_id": "usr_01k9z3v8f0000000",
     *           "status": "issued",
     *           "sequence": 17,
     *           "ordinal": 1,
     *           "code": null,
     *           "reject_reason": null,
     *           "created_at": "2030-01-01T12:00:00.003Z",
     *           "issued_at": "2030-01-01T12:00:00.041Z",
     *           "changed_at": null,
     *           "redeem_from": null,
     *           "redeem_until": "2031-02-01T00:00:00.000Z",
     *           "terms": {
     *             "title": "Half price oolong",
     *             "description": "One pot of any oolong, weekdays only.",
     *             "face_value": {
     *               "amount": 1500,
     *               "currency": "CNY"
     *             },
     *             "redeem_from": null,
     *             "redeem_until": "2031-01-01T00:00:00.000Z",
     *             "time_zone": "Asia/Shanghai",
     *             "merchant_name": "Tea House"
     *           },
     *           "edits": {
     *             "redeem_until": "2031-02-01T00:00:00.000Z"
     *           },
     *           "customer": {
     *             "name": "Lin Yue",
     *             "contact": "l***@example.com"
     *           }
     *         }
     *       ]
     *     }
     */
    MerchantClaimList: {
      data: components['schemas']['MerchantClaim'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    MerchantOwner: {
      /**
       * @description at most 254 bytes; stored in lower case, an international domain as `xn--...`
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
    /** @description 405: The method is not allowed here */
    MethodNotAllowedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'method_not_allowed';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/method_not_allowed';
    };
    /** @description 409: There is no offer to this user */
    NoOfferProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'no_offer';
      /** @description for people; may change */
      detail: string;
      /** @description what the place in the list is */
      entry_status?: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/no_offer';
    };
    /** @description 409: The claim cannot be cancelled */
    NotCancellableProblem: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      cancellable_until?: string;
      /** @description what the claim is */
      claim_status?: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'not_cancellable';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      since?: string;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/not_cancellable';
    };
    /** @description 409: The claim cannot be confirmed */
    NotConfirmableProblem: {
      /** @description what the claim is */
      claim_status?: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'not_confirmable';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      since?: string;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/not_confirmable';
    };
    /** @description 409: The voucher can no longer be changed in this way */
    NotEditableProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'not_editable';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/not_editable';
      /**
       * @description where the voucher stands
       * @example ended
       */
      voucher_status?: string;
    };
    /** @description 404: There is nothing here */
    NotFoundProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'not_found';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/not_found';
    };
    /** @description 409: There are units to be claimed; nobody has to wait */
    NotSoldOutProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'not_sold_out';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/not_sold_out';
    };
    /** @description 409: The voucher is not open yet */
    NotStartedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'not_started';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      opens_at: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/not_started';
    };
    /** @description 409: The claim cannot be redeemed yet */
    NotYetRedeemableProblem: {
      /** @description the claim that this is about */
      claim_id: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'not_yet_redeemable';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      redeem_from: string | null;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/not_yet_redeemable';
    };
    /** @description 409: The time to accept the offer is over */
    OfferExpiredProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'offer_expired';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/offer_expired';
    };
    /** @description 503: More requests than we can answer now */
    OverloadedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'overloaded';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/overloaded';
    };
    /** @description 409: The voucher is paused */
    PausedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'paused';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/paused';
    };
    /** @description 413: The body is too large */
    PayloadTooLargeProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'payload_too_large';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/payload_too_large';
    };
    /**
     * @example {
     *       "object": "phone_code",
     *       "expires_in": 300
     *     }
     */
    PhoneCode: {
      /**
       * Format: int32
       * @description seconds the code is valid
       * @example 300
       */
      expires_in: number;
      /** @enum {string} */
      object: 'phone_code';
    };
    /**
     * @example {
     *       "phone": "+8613800138000"
     *     }
     */
    PhoneCodeRequest: {
      /**
       * @description US or Chinese mobile number as people write it: in international form, a Chinese one also without its country
       * @example +8613800138000
       */
      phone: string;
    };
    /**
     * @example {
     *       "phone": "+8613800138000",
     *       "code": "123456"
     *     }
     */
    PhoneLoginRequest: {
      /** @example 123456 */
      code: string;
      /**
       * @description US or Chinese mobile number as people write it: in international form, a Chinese one also without its country
       * @example +8613800138000
       */
      phone: string;
    };
    /** @description 501: Login by phone is not set up here */
    PhoneLoginUnavailableProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'phone_login_unavailable';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/phone_login_unavailable';
    };
    /**
     * @example {
     *       "object": "policies",
     *       "rate_limits": [
     *         {
     *           "name": "claim",
     *           "enabled": true,
     *           "algorithm": "sliding-window",
     *           "limit": 5,
     *           "window_ms": 5000,
     *           "scope": "shared",
     *           "when_away": "refuse",
     *           "setting": "RATE_LIMIT_CLAIM"
     *         }
     *       ],
     *       "drain": {
     *         "claims_per_second": null
     *       },
     *       "caches": [
     *         {
     *           "family": "voucher",
     *           "local": {
     *             "fresh_ms": 1000,
     *             "stale_ms": 10000
     *           },
     *           "shared": {
     *             "fresh_ms": 10000,
     *             "stale_ms": 60000
     *           },
     *           "null_ms": 1000,
     *           "jitter": 0.1
     *         }
     *       ]
     *     }
     */
    Policies: {
      caches: components['schemas']['CachePolicy'][];
      drain: components['schemas']['DrainPolicy'];
      /** @enum {string} */
      object: 'policies';
      rate_limits: components['schemas']['RateLimitPolicy'][];
    };
    /** @description 412: The object was changed by someone else */
    PreconditionFailedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'precondition_failed';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/precondition_failed';
    };
    /** @description 428: If-Match with the ETag of the object is needed */
    PreconditionRequiredProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'precondition_required';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/precondition_required';
    };
    Problem:
      | components['schemas']['MalformedRequestProblem']
      | components['schemas']['MalformedJsonProblem']
      | components['schemas']['CredentialInUrlProblem']
      | components['schemas']['UnauthenticatedProblem']
      | components['schemas']['TokenExpiredProblem']
      | components['schemas']['InvalidCredentialsProblem']
      | components['schemas']['InvalidCodeProblem']
      | components['schemas']['InvalidRefreshTokenProblem']
      | components['schemas']['RefreshTokenReusedProblem']
      | components['schemas']['ForbiddenProblem']
      | components['schemas']['InsufficientScopeProblem']
      | components['schemas']['AddressNotAllowedProblem']
      | components['schemas']['CsrfRefusedProblem']
      | components['schemas']['ChallengeRequiredProblem']
      | components['schemas']['CaptchaRequiredProblem']
      | components['schemas']['CaptchaFailedProblem']
      | components['schemas']['BlockedProblem']
      | components['schemas']['NotFoundProblem']
      | components['schemas']['MethodNotAllowedProblem']
      | components['schemas']['EmailTakenProblem']
      | components['schemas']['InvalidTransitionProblem']
      | components['schemas']['NotEditableProblem']
      | components['schemas']['ConfirmationRequiredProblem']
      | components['schemas']['StockBelowCommittedProblem']
      | components['schemas']['IdempotencyInProgressProblem']
      | components['schemas']['NotStartedProblem']
      | components['schemas']['PausedProblem']
      | components['schemas']['SoldOutProblem']
      | components['schemas']['ClaimLimitReachedProblem']
      | components['schemas']['NotCancellableProblem']
      | components['schemas']['NotSoldOutProblem']
      | components['schemas']['NoOfferProblem']
      | components['schemas']['OfferExpiredProblem']
      | components['schemas']['NotConfirmableProblem']
      | components['schemas']['ConfirmExpiredProblem']
      | components['schemas']['VoucherEndedProblem']
      | components['schemas']['AlreadyRedeemedProblem']
      | components['schemas']['NotYetRedeemableProblem']
      | components['schemas']['CancelledProblem']
      | components['schemas']['VoucherPausedProblem']
      | components['schemas']['ExpiredProblem']
      | components['schemas']['RollbackTooLateProblem']
      | components['schemas']['AlreadyRolledBackProblem']
      | components['schemas']['ApiKeyEndedProblem']
      | components['schemas']['TooManyApiKeysProblem']
      | components['schemas']['DeadLetterClosedProblem']
      | components['schemas']['ClaimUnwritableProblem']
      | components['schemas']['BlockListFullProblem']
      | components['schemas']['PreconditionFailedProblem']
      | components['schemas']['PayloadTooLargeProblem']
      | components['schemas']['UnsupportedMediaTypeProblem']
      | components['schemas']['ValidationFailedProblem']
      | components['schemas']['IdempotencyKeyReusedProblem']
      | components['schemas']['PreconditionRequiredProblem']
      | components['schemas']['HeadersTooLargeProblem']
      | components['schemas']['RateLimitedProblem']
      | components['schemas']['TooManyAttemptsProblem']
      | components['schemas']['TooManyCodesProblem']
      | components['schemas']['InternalErrorProblem']
      | components['schemas']['PhoneLoginUnavailableProblem']
      | components['schemas']['OverloadedProblem']
      | components['schemas']['GateRecoveringProblem']
      | components['schemas']['ClaimUnconfirmedProblem']
      | components['schemas']['DependencyUnavailableProblem'];
    Protection: {
      /** @enum {string} */
      captcha: 'none' | 'math' | 'image';
      claim_link: boolean;
    };
    /**
     * @example {
     *       "claim_link": false,
     *       "captcha": "none"
     *     }
     */
    ProtectionInput: {
      /**
       * @description to be solved for a claim link; asks for a link by itself
       * @default none
       * @enum {string}
       */
      captcha: 'none' | 'math' | 'image';
      /**
       * @description claimed through a claim link only
       * @default false
       */
      claim_link: boolean;
    };
    /** @description 429: Too many requests */
    RateLimitedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'rate_limited';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/rate_limited';
    };
    RateLimitPolicy: {
      /** @enum {string|null} */
      algorithm: 'sliding-window' | 'token-bucket' | null;
      enabled: boolean;
      /** Format: int64 */
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
      /** Format: int64 */
      window_ms: number | null;
    };
    /**
     * @example {
     *       "ready": true,
     *       "parts": {
     *         "database": {
     *           "ready": true,
     *           "required": true
     *         }
     *       }
     *     }
     */
    Readiness: {
      parts: {
        [key: string]: components['schemas']['ReadinessPart'];
      };
      ready: boolean;
    };
    ReadinessPart: {
      detail?: string;
      ready: boolean;
      required: boolean;
    };
    RedeemedVoucher: {
      description: string | null;
      face_value: components['schemas']['FaceValue'] | null;
      id: string;
      /**
       * Format: date-time
       * @description as it is now
       * @example 2030-01-02T00:00:00.000Z
       */
      redeem_from: string | null;
      /**
       * Format: date-time
       * @description as it is now
       * @example 2031-01-01T00:00:00.000Z
       */
      redeem_until: string | null;
      time_zone: string;
      /** @description as it was when the claim was taken, as all of this */
      title: string;
    };
    /**
     * @example {
     *       "object": "redemption",
     *       "id": "rdm_01k9z3v8f0abcdef",
     *       "status": "redeemed",
     *       "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *       "redeemed_at": "2030-01-02T18:30:00.000Z",
     *       "location": "Main street, till 2",
     *       "cashier": {
     *         "id": "usr_01k9z3v8f0000000",
     *         "name": "Chen Bo"
     *       },
     *       "rollback_until": "2030-01-02T18:40:00.000Z",
     *       "rolled_back_at": null,
     *       "rollback_reason": null,
     *       "voucher": {
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "time_zone": "Asia/Shanghai",
     *         "redeem_from": null,
     *         "redeem_until": "2031-01-01T00:00:00.000Z"
     *       },
     *       "customer": {
     *         "name": "Lin",
     *         "contact": "l***@example.com"
     *       }
     *     }
     */
    Redemption: {
      cashier: components['schemas']['Cashier'];
      claim_id: string;
      customer: components['schemas']['MaskedCustomer'] | null;
      id: string;
      location: string | null;
      /** @enum {string} */
      object: 'redemption';
      /**
       * Format: date-time
       * @example 2030-01-02T18:30:00.000Z
       */
      redeemed_at: string;
      rollback_reason: string | null;
      /**
       * Format: date-time
       * @example 2030-01-02T18:40:00.000Z
       */
      rollback_until: string | null;
      /**
       * Format: date-time
       * @example 2030-01-02T18:35:00.000Z
       */
      rolled_back_at: string | null;
      /** @enum {string} */
      status: 'redeemed' | 'rolled_back';
      voucher: components['schemas']['RedeemedVoucher'];
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/redemptions",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "redemption",
     *           "id": "rdm_01k9z3v8f0abcdef",
     *           "status": "redeemed",
     *           "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *           "redeemed_at": "2030-01-02T18:30:00.000Z",
     *           "location": "Main street, till 2",
     *           "cashier": {
     *             "id": "usr_01k9z3v8f0000000",
     *             "name": "Chen Bo"
     *           },
     *           "rollback_until": "2030-01-02T18:40:00.000Z",
     *           "rolled_back_at": null,
     *           "rollback_reason": null,
     *           "voucher": {
     *             "id": "vch_01k9z3v8f0abcdef",
     *             "title": "Half price oolong",
     *             "description": "One pot of any oolong, weekdays only.",
     *             "face_value": {
     *               "amount": 1500,
     *               "currency": "CNY"
     *             },
     *             "time_zone": "Asia/Shanghai",
     *             "redeem_from": null,
     *             "redeem_until": "2031-01-01T00:00:00.000Z"
     *           },
     *           "customer": {
     *             "name": "Lin",
     *             "contact": "l***@example.com"
     *           }
     *         }
     *       ]
     *     }
     */
    RedemptionList: {
      data: components['schemas']['Redemption'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    /**
     * @example {
     *       "object": "redemption_preview",
     *       "redeemable": false,
     *       "refusal": "already_redeemed",
     *       "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *       "claim_status": "redeemed",
     *       "changed_at": "2030-01-02T18:30:00.000Z",
     *       "redemption": {
     *         "id": "rdm_01k9z3v8f0abcdef",
     *         "redeemed_at": "2030-01-02T18:30:00.000Z",
     *         "location": "Main street, till 2"
     *       },
     *       "voucher": {
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": null,
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "time_zone": "Asia/Shanghai",
     *         "redeem_from": null,
     *         "redeem_until": null
     *       },
     *       "customer": {
     *         "name": "Lin",
     *         "contact": "l***@example.com"
     *       }
     *     }
     */
    RedemptionPreview: {
      /**
       * Format: date-time
       * @description of the last move of the claim
       * @example 2030-01-02T18:30:00.000Z
       */
      changed_at: string | null;
      claim_id: string;
      /** @enum {string} */
      claim_status: 'held' | 'issued' | 'redeemed' | 'expired' | 'cancelled';
      customer: components['schemas']['MaskedCustomer'] | null;
      /** @enum {string} */
      object: 'redemption_preview';
      redeemable: boolean;
      /** @description the one that holds, if there is one */
      redemption: components['schemas']['RedemptionReference'] | null;
      /**
       * @description the code that a redemption would be refused with
       * @enum {string|null}
       */
      refusal: 'already_redeemed' | 'cancelled' | 'expired' | 'not_yet_redeemable' | 'voucher_paused' | null;
      voucher: components['schemas']['RedeemedVoucher'];
    };
    RedemptionReference: {
      id: string;
      location: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      redeemed_at: string;
    };
    /**
     * @example {
     *       "code": "7K2M-9QXV-0B4T-HD5W",
     *       "location": "Main street, till 2"
     *     }
     */
    RedemptionRequest: {
      /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
      claim_id?: string;
      /**
       * @description as it was scanned or typed: any case, width and dashes
       * @example 7K2M-9QXV-0B4T-HD5W
       */
      code?: string;
      /**
       * @description where the cashier stands
       * @example Main street, till 2
       */
      location?: string;
    };
    /**
     * @example {
     *       "refresh_token": "ses_01k9z3v8f0abcdef.q0Hf..."
     *     }
     */
    RefreshRequest: {
      refresh_token: string;
    };
    /** @description 401: The refresh token was used before; all logins of its family are revoked */
    RefreshTokenReusedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'refresh_token_reused';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/refresh_token_reused';
    };
    RefusalCount: {
      /** Format: int64 */
      count: number;
      reason: string;
    };
    /**
     * @example {
     *       "name": "Tea House",
     *       "time_zone": "Asia/Shanghai",
     *       "owner": {
     *         "email": "owner@example.com",
     *         "password": "correct horse battery staple",
     *         "name": "Chen Bo"
     *       }
     *     }
     */
    RegisterMerchantRequest: {
      /** @example Tea House */
      name: string;
      owner: components['schemas']['MerchantOwner'];
      /** @example Asia/Shanghai */
      time_zone: string;
    };
    /**
     * @example {
     *       "email": "lin@example.com",
     *       "password": "correct horse battery staple",
     *       "name": "Lin Yue"
     *     }
     */
    RegisterRequest: {
      /**
       * @description at most 254 bytes; stored in lower case, an international domain as `xn--...`
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
    /**
     * @example {
     *       "reason": "wrong order"
     *     }
     */
    RollbackRequest: {
      /**
       * @description kept with it
       * @example wrong order
       */
      reason: string;
    };
    /** @description 409: The time to roll the redemption back is over */
    RollbackTooLateProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'rollback_too_late';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      rollback_until: string;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/rollback_too_late';
    };
    RolledBackReference: {
      id: string;
      reason: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      rolled_back_at: string | null;
    };
    /**
     * @example {
     *       "object": "time",
     *       "now": "2030-01-01T12:00:00.000Z"
     *     }
     */
    ServerTime: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.000Z
       */
      now: string;
      /** @enum {string} */
      object: 'time';
    };
    /**
     * @description The three members of tokens are absent with `X-Session: cookie`: then they are cookies.
     * @example {
     *       "object": "session",
     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFrOSJ9.c2lnbmF0dXJl",
     *       "token_type": "Bearer",
     *       "expires_in": 900,
     *       "refresh_token": "ses_01k9z3v8f0abcdef.q0Hf...",
     *       "user": {
     *         "object": "user",
     *         "id": "usr_01k9z3v8f0abcdef",
     *         "name": "Lin Yue",
     *         "email": "lin@example.com",
     *         "phone": null,
     *         "roles": [
     *           "shopper"
     *         ]
     *       }
     *     }
     */
    Session: {
      /** @description a JWT; send it as `Authorization: Bearer ...` */
      access_token?: string;
      /**
       * Format: int32
       * @description seconds the access token is valid
       * @example 900
       */
      expires_in: number;
      /** @enum {string} */
      object: 'session';
      /** @description for POST /v1/auth/refresh, which answers the next one */
      refresh_token?: string;
      /** @enum {string} */
      token_type?: 'Bearer';
      user: components['schemas']['User'];
    };
    /** @description 409: All units are taken */
    SoldOutProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'sold_out';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/sold_out';
    };
    /**
     * @example {
     *       "delta": 100,
     *       "reason": "more seats in the afternoon"
     *     }
     */
    StockAdjustmentRequest: {
      /**
       * Format: int32
       * @description units to add; below 0 to take away
       * @example 100
       */
      delta: number;
      /** @example more seats in the afternoon */
      reason: string;
    };
    /** @description 409: Fewer units would be left than are committed */
    StockBelowCommittedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'stock_below_committed';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/stock_below_committed';
    };
    /**
     * @example {
     *       "object": "system",
     *       "as_of": "2030-01-01T12:00:00.041Z",
     *       "gate": {
     *         "epoch": 3,
     *         "state": "open",
     *         "scripts_version": 12,
     *         "leader": null
     *       },
     *       "gate_open_here": true,
     *       "log_lag": 0,
     *       "pending": 0,
     *       "pending_oldest_ms": null,
     *       "intake_depth": 0,
     *       "outbox_depth": 0,
     *       "dead_letters_open": 0,
     *       "jobs": [
     *         {
     *           "job": "reconcile",
     *           "outcome": "ok",
     *           "at": "2030-01-01T11:59:58.000Z",
     *           "duration_ms": 12,
     *           "instance": "ins_01k9z3v8f0abcdef",
     *           "failures": 0
     *         }
     *       ]
     *     }
     */
    SystemStatus: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      as_of: string;
      /**
       * Format: int64
       * @description dead letters that wait for a decision; null while its store does not answer
       */
      dead_letters_open: number | null;
      /** @description the epoch as the database has it; null while it does not answer */
      gate: components['schemas']['GateStatus'] | null;
      /** @description whether the instance that answers takes claims */
      gate_open_here: boolean;
      /**
       * Format: int64
       * @description claims that wait in the database; null while its store does not answer
       */
      intake_depth: number | null;
      /** @description the last run of each job on any living instance */
      jobs: components['schemas']['JobRun'][];
      /**
       * Format: int64
       * @description records of the log that are not yet consumed; null while its store does not answer
       */
      log_lag: number | null;
      /** @enum {string} */
      object: 'system';
      /**
       * Format: int64
       * @description events that are not yet sent; null while its store does not answer
       */
      outbox_depth: number | null;
      /**
       * Format: int64
       * @description claims that the gate took and that are no rows yet; null while its store does not answer
       */
      pending: number | null;
      /**
       * Format: int64
       * @description age of the oldest of them
       */
      pending_oldest_ms: number | null;
    };
    /** @description 401: The access token has expired */
    TokenExpiredProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'token_expired';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/token_expired';
    };
    /** @description 409: The merchant has as many API keys as allowed */
    TooManyApiKeysProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'too_many_api_keys';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/too_many_api_keys';
    };
    /** @description 429: Too many wrong tries; the next has to wait */
    TooManyAttemptsProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'too_many_attempts';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/too_many_attempts';
    };
    /** @description 429: Too many codes were asked for; the next has to wait */
    TooManyCodesProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'too_many_codes';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/too_many_codes';
    };
    /** @description 401: A valid access token is needed */
    UnauthenticatedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'unauthenticated';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/unauthenticated';
    };
    /** @description 415: The body must be application/json */
    UnsupportedMediaTypeProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'unsupported_media_type';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/unsupported_media_type';
    };
    /**
     * @example {
     *       "name": "Lin Yue"
     *     }
     */
    UpdateAccountRequest: {
      /** @example Lin Yue */
      name: string;
    };
    /**
     * @example {
     *       "title": "Half price oolong, today only"
     *     }
     */
    UpdateVoucherRequest: {
      /**
       * Format: date-time
       * @description holders may cancel before it; null: they may not
       * @example 2030-06-01T00:00:00Z
       */
      cancellable_until?: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00Z
       */
      closes_at?: string;
      /**
       * @description true: a redeem_until that is earlier is meant, though people hold claims
       * @example true
       */
      confirm?: boolean;
      /**
       * @description who confirms
       * @example merchant
       * @enum {string}
       */
      confirm_by?: 'user' | 'merchant';
      /**
       * Format: int32
       * @description seconds in which a claim is to be confirmed, else its unit returns; null: it is issued at once
       * @example 900
       */
      confirm_within_s?: number | null;
      /** @example One pot of any oolong, weekdays only. */
      description?: string | null;
      face_value?: components['schemas']['FaceValueInput'] | null;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00Z
       */
      opens_at?: string;
      /**
       * Format: int32
       * @description units one user may hold
       * @example 1
       */
      per_user_limit?: number;
      protection?: components['schemas']['ProtectionInput'];
      /**
       * Format: date-time
       * @description before redeem_until; null: as soon as it is issued
       * @example 2030-01-02T00:00:00Z
       */
      redeem_from?: string | null;
      /**
       * Format: date-time
       * @description not before closes_at; null is without end
       * @example 2031-01-01T00:00:00Z
       */
      redeem_until?: string | null;
      /**
       * Format: int32
       * @description seconds in which a redemption can be rolled back, 600 unless given; 0: not at all
       * @example 600
       */
      rollback_within_s?: number;
      /** @example Asia/Shanghai */
      time_zone?: string;
      /** @example Half price oolong */
      title?: string;
      /**
       * Format: int32
       * @description units there are
       * @example 1000
       */
      total_stock?: number;
    };
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
    User: {
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
    /** @description 422: Some fields are not valid */
    ValidationFailedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'validation_failed';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/validation_failed';
    };
    /**
     * @example {
     *       "object": "voucher",
     *       "id": "vch_01k9z3v8f0abcdef",
     *       "merchant_id": "mer_01k9z3v8f0abcdef",
     *       "title": "Half price oolong",
     *       "description": "One pot of any oolong, weekdays only.",
     *       "status": "live",
     *       "total_stock": 1000,
     *       "per_user_limit": 1,
     *       "opens_at": "2030-01-01T12:00:00.000Z",
     *       "closes_at": "2030-01-01T13:00:00.000Z",
     *       "redeem_from": "2030-01-02T00:00:00.000Z",
     *       "redeem_until": "2031-01-01T00:00:00.000Z",
     *       "rollback_within_s": 900,
     *       "cancellable_until": "2030-06-01T00:00:00.000Z",
     *       "confirm_within_s": 900,
     *       "confirm_by": "user",
     *       "time_zone": "Asia/Shanghai",
     *       "face_value": {
     *         "amount": 1500,
     *         "currency": "CNY"
     *       },
     *       "protection": {
     *         "claim_link": false,
     *         "captcha": "none"
     *       },
     *       "version": 2,
     *       "created_at": "2029-12-01T09:00:00.000Z"
     *     }
     */
    Voucher: {
      /**
       * Format: date-time
       * @example 2030-06-01T00:00:00.000Z
       */
      cancellable_until: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T13:00:00.000Z
       */
      closes_at: string;
      /** @enum {string} */
      confirm_by: 'user' | 'merchant';
      /** Format: int32 */
      confirm_within_s: number | null;
      /**
       * Format: date-time
       * @example 2029-12-01T09:00:00.000Z
       */
      created_at: string;
      description: string | null;
      face_value: components['schemas']['FaceValue'] | null;
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
      /** Format: int32 */
      per_user_limit: number;
      protection: components['schemas']['Protection'];
      /**
       * Format: date-time
       * @example 2030-01-02T00:00:00.000Z
       */
      redeem_from: string | null;
      /**
       * Format: date-time
       * @example 2031-01-01T00:00:00.000Z
       */
      redeem_until: string | null;
      /** Format: int32 */
      rollback_within_s: number;
      /** @enum {string} */
      status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
      /** @example Asia/Shanghai */
      time_zone: string;
      title: string;
      /** Format: int32 */
      total_stock: number;
      /**
       * Format: int64
       * @description rises by one with every change
       */
      version: number;
    };
    /** @description 410: The voucher has ended */
    VoucherEndedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'voucher_ended';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/voucher_ended';
    };
    /**
     * @example {
     *       "object": "list",
     *       "url": "/v1/vouchers",
     *       "has_more": false,
     *       "data": [
     *         {
     *           "object": "voucher",
     *           "id": "vch_01k9z3v8f0abcdef",
     *           "merchant_id": "mer_01k9z3v8f0abcdef",
     *           "title": "Half price oolong",
     *           "description": "One pot of any oolong, weekdays only.",
     *           "status": "live",
     *           "total_stock": 1000,
     *           "per_user_limit": 1,
     *           "opens_at": "2030-01-01T12:00:00.000Z",
     *           "closes_at": "2030-01-01T13:00:00.000Z",
     *           "redeem_from": "2030-01-02T00:00:00.000Z",
     *           "redeem_until": "2031-01-01T00:00:00.000Z",
     *           "rollback_within_s": 900,
     *           "cancellable_until": "2030-06-01T00:00:00.000Z",
     *           "confirm_within_s": 900,
     *           "confirm_by": "user",
     *           "time_zone": "Asia/Shanghai",
     *           "face_value": {
     *             "amount": 1500,
     *             "currency": "CNY"
     *           },
     *           "protection": {
     *             "claim_link": false,
     *             "captcha": "none"
     *           },
     *           "version": 2,
     *           "created_at": "2029-12-01T09:00:00.000Z"
     *         }
     *       ]
     *     }
     */
    VoucherList: {
      data: components['schemas']['Voucher'][];
      /** @description whether there are more on the next page */
      has_more: boolean;
      /** @enum {string} */
      object: 'list';
      /** @description where the list is read */
      url: string;
    };
    /** @description 409: The voucher is paused, and nothing of it is redeemed meanwhile */
    VoucherPausedProblem: {
      /** @description the claim that this is about */
      claim_id: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'voucher_paused';
      /** @description for people; may change */
      detail: string;
      /** @description which fields it is about */
      errors?: components['schemas']['FieldProblem'][];
      /** @description the path that was asked for */
      instance: string;
      /** @description that of `X-Request-Id` */
      request_id: string;
      /** @description whether the same call may succeed later */
      retryable: boolean;
      /** Format: int32 */
      status: number;
      title: string;
      /** @enum {string} */
      type: '/problems/voucher_paused';
    };
    /**
     * @example {
     *       "object": "voucher_summary",
     *       "voucher_id": "vch_01k9z3v8f0abcdef",
     *       "status": "live",
     *       "total_stock": 1000,
     *       "remaining": 998,
     *       "pending": 0,
     *       "held": 0,
     *       "offered": 0,
     *       "waiting": 0,
     *       "issued": 2,
     *       "rejected": 0,
     *       "users": 2,
     *       "first_issued_at": "2030-01-01T12:00:00.041Z",
     *       "last_issued_at": "2030-01-01T12:00:01.250Z",
     *       "opened_at": "2030-01-01T12:00:00.000Z",
     *       "sold_out_at": null,
     *       "sold_out_after_ms": null,
     *       "rate": {
     *         "bucket_s": 1,
     *         "from": "2030-01-01T12:00:00.000Z",
     *         "taken": [
     *           1,
     *           1
     *         ],
     *         "issued": [
     *           1,
     *           1
     *         ]
     *       },
     *       "answers": {
     *         "total": 3,
     *         "accepted": 2,
     *         "replayed": 0,
     *         "funnel": [
     *           {
     *             "layer": "gate",
     *             "seen": 3,
     *             "refused": 1,
     *             "reasons": [
     *               {
     *                 "reason": "claim_limit_reached",
     *                 "count": 1
     *               }
     *             ]
     *           }
     *         ],
     *         "latency_ms": {
     *           "accepted": {
     *             "count": 2,
     *             "p50": 1.2,
     *             "p90": 2.4,
     *             "p99": 2.4
     *           },
     *           "refused": {
     *             "count": 1,
     *             "p50": 0.8,
     *             "p90": 0.8,
     *             "p99": 0.8
     *           }
     *         }
     *       },
     *       "as_of": "2030-01-01T12:00:02.000Z"
     *     }
     */
    VoucherSummary: {
      /** @description Up to a second old, kept for 30 days; in embedded mode until the process ends. null while the counts cannot be read */
      answers: components['schemas']['ClaimAnswers'] | null;
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
      /**
       * Format: int64
       * @description waiting for their confirmation
       */
      held: number;
      /** Format: int64 */
      issued: number;
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.041Z
       */
      last_issued_at: string | null;
      /** @enum {string} */
      object: 'voucher_summary';
      /**
       * Format: int64
       * @description offers to people who waited
       */
      offered: number;
      /**
       * Format: date-time
       * @description since when units were to be had
       * @example 2030-01-01T12:00:00.041Z
       */
      opened_at: string | null;
      /**
       * Format: int64
       * @description taken at the gate, not yet in the ledger
       */
      pending: number;
      rate: components['schemas']['ClaimRate'];
      /** Format: int64 */
      rejected: number;
      /** Format: int64 */
      remaining: number;
      /**
       * Format: int64
       * @description from opened_at to sold_out_at
       */
      sold_out_after_ms: number | null;
      /**
       * Format: date-time
       * @description when the last unit was taken, once all are issued
       * @example 2030-01-01T12:00:00.041Z
       */
      sold_out_at: string | null;
      status: string;
      /** Format: int64 */
      total_stock: number;
      /** Format: int64 */
      users: number;
      voucher_id: string;
      /**
       * Format: int64
       * @description people in the waiting list
       */
      waiting: number;
    };
    /**
     * @example {
     *       "object": "waiting_list_entry",
     *       "voucher_id": "vch_01k9z3v8f0abcdef",
     *       "status": "offered",
     *       "position": null,
     *       "offered_until": "2030-01-01T12:10:00.000Z",
     *       "joined_at": "2030-01-01T12:00:05.000Z"
     *     }
     */
    WaitingListEntry: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:05.000Z
       */
      joined_at: string;
      /** @enum {string} */
      object: 'waiting_list_entry';
      /**
       * Format: date-time
       * @description until then the offer can be accepted
       * @example 2030-01-01T12:10:00.000Z
       */
      offered_until: string | null;
      /**
       * Format: int64
       * @description of those who wait, from 1; null for who does not
       */
      position: number | null;
      /**
       * @description `lapsed`: the offer was over before it was accepted; `closed`: the voucher ended first
       * @enum {string}
       */
      status: 'waiting' | 'offered' | 'accepted' | 'declined' | 'lapsed' | 'left' | 'closed';
      voucher_id: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: {
    /** @description `true` where this repeats the answer to an earlier request with the same key */
    IdempotentReplayed: 'true';
    /** @description What is left of each limit, `r`, and in how many seconds all is there again, `t` */
    RateLimit: string;
    /** @description For clients that read an older form of these headers: requests that the tightest of the limits allows in its window */
    RateLimitLimit: number;
    /** @description The limits that this request counted against: `q` requests in `w` seconds */
    RateLimitPolicy: string;
    /** @description For clients that read an older form of these headers: what is left of it */
    RateLimitRemaining: number;
    /** @description For clients that read an older form of these headers: seconds until all of it is there again */
    RateLimitReset: number;
    /** @description Names this request in logs; that of the request where it sent a good one */
    RequestId: string;
    /** @description Seconds to wait before the request is worth repeating */
    RetryAfter: number;
  };
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  getLiveness: {
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
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "ok"
           *     }
           */
          'application/json': components['schemas']['Liveness'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
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
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getReadiness: {
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
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "ready": true,
           *       "parts": {
           *         "database": {
           *           "ready": true,
           *           "required": true
           *         }
           *       }
           *     }
           */
          'application/json': components['schemas']['Readiness'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Some part is not ready */
      503: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "ready": true,
           *       "parts": {
           *         "database": {
           *           "ready": true,
           *           "required": true
           *         }
           *       }
           *     }
           */
          'application/json': components['schemas']['Readiness'];
        };
      };
    };
  };
  listBlocks: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/admin/blocks",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "block",
           *           "id": "blk_01k9z3v8f0abcdef",
           *           "kind": "address",
           *           "address": "203.0.113.0/24",
           *           "user_id": null,
           *           "reason": "sells claims in a forum",
           *           "source": "admin",
           *           "created_by": "usr_01k9z3v8f0000000",
           *           "created_at": "2030-01-01T12:00:00.000Z",
           *           "expires_at": "2030-01-02T12:00:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['BlockList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createBlock: {
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
        'application/json': components['schemas']['CreateBlockRequest'];
      };
    };
    responses: {
      /** @description The block */
      201: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          /** @description where you read it */
          Location?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "block",
           *       "id": "blk_01k9z3v8f0abcdef",
           *       "kind": "address",
           *       "address": "203.0.113.0/24",
           *       "user_id": null,
           *       "reason": "sells claims in a forum",
           *       "source": "admin",
           *       "created_by": "usr_01k9z3v8f0000000",
           *       "created_at": "2030-01-01T12:00:00.000Z",
           *       "expires_at": "2030-01-02T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Block'];
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getBlock: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "block",
           *       "id": "blk_01k9z3v8f0abcdef",
           *       "kind": "address",
           *       "address": "203.0.113.0/24",
           *       "user_id": null,
           *       "reason": "sells claims in a forum",
           *       "source": "admin",
           *       "created_by": "usr_01k9z3v8f0000000",
           *       "created_at": "2030-01-01T12:00:00.000Z",
           *       "expires_at": "2030-01-02T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Block'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  deleteBlock: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listDeadLetters: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/admin/dead-letters",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "dead_letter",
           *           "id": "dlt_7h2v4m8q0x5c9t1w",
           *           "status": "open",
           *           "source": "log/3/1041",
           *           "payload": "{\"v\":1}",
           *           "reason": "Data too long for column",
           *           "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *           "voucher_id": "vch_01k9z3v8f0abcdef",
           *           "retries": 0,
           *           "created_at": "2030-01-01T12:00:00.000Z",
           *           "retried_at": null,
           *           "closed_at": null,
           *           "closed_by": null,
           *           "outcome": null,
           *           "discard_reason": null
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['DeadLetterList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getDeadLetter: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "dead_letter",
           *       "id": "dlt_7h2v4m8q0x5c9t1w",
           *       "status": "open",
           *       "source": "log/3/1041",
           *       "payload": "{\"v\":1}",
           *       "reason": "Data too long for column",
           *       "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "retries": 0,
           *       "created_at": "2030-01-01T12:00:00.000Z",
           *       "retried_at": null,
           *       "closed_at": null,
           *       "closed_by": null,
           *       "outcome": null,
           *       "discard_reason": null
           *     }
           */
          'application/json': components['schemas']['DeadLetter'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  discardDeadLetter: {
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
        'application/json': components['schemas']['DiscardDeadLetterRequest'];
      };
    };
    responses: {
      /** @description The dead letter afterwards */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "dead_letter",
           *       "id": "dlt_7h2v4m8q0x5c9t1w",
           *       "status": "open",
           *       "source": "log/3/1041",
           *       "payload": "{\"v\":1}",
           *       "reason": "Data too long for column",
           *       "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "retries": 0,
           *       "created_at": "2030-01-01T12:00:00.000Z",
           *       "retried_at": null,
           *       "closed_at": null,
           *       "closed_by": null,
           *       "outcome": null,
           *       "discard_reason": null
           *     }
           */
          'application/json': components['schemas']['DeadLetter'];
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  retryDeadLetter: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "dead_letter",
           *       "id": "dlt_7h2v4m8q0x5c9t1w",
           *       "status": "open",
           *       "source": "log/3/1041",
           *       "payload": "{\"v\":1}",
           *       "reason": "Data too long for column",
           *       "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "retries": 0,
           *       "created_at": "2030-01-01T12:00:00.000Z",
           *       "retried_at": null,
           *       "closed_at": null,
           *       "closed_by": null,
           *       "outcome": null,
           *       "discard_reason": null
           *     }
           */
          'application/json': components['schemas']['DeadLetter'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `dead_letter_closed`: The dead letter was retried or discarded already */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listInstances: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/admin/instances",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "instance",
           *           "id": "ins_01k9z3v8f0abcdef",
           *           "version": "1.0.0",
           *           "role": "all",
           *           "mode": "stack",
           *           "started_at": "2030-01-01T11:00:00.000Z",
           *           "last_seen": "2030-01-01T12:00:00.041Z",
           *           "ready": true,
           *           "checks": {
           *             "database": {
           *               "ready": true,
           *               "required": true
           *             }
           *           },
           *           "gate": {
           *             "open": true,
           *             "epoch": 3
           *           },
           *           "memory": {
           *             "rss_bytes": 183500800,
           *             "heap_used_bytes": 83886080
           *           },
           *           "event_loop_lag_ms": {
           *             "mean": 0.4,
           *             "p99": 2.1,
           *             "max": 7.8
           *           },
           *           "requests_in_flight": 3,
           *           "consumer": {
           *             "consumes": true,
           *             "partitions": 6
           *           },
           *           "caches": [
           *             {
           *               "family": "voucher",
           *               "level": "local",
           *               "reads": 1200
           *             }
           *           ],
           *           "funnel": [
           *             {
           *               "layer": "address",
           *               "outcome": "passed",
           *               "reason": "",
           *               "requests": 1500
           *             }
           *           ],
           *           "jobs": [
           *             {
           *               "job": "reconcile",
           *               "outcome": "ok",
           *               "at": "2030-01-01T11:59:58.000Z",
           *               "duration_ms": 12,
           *               "failures": 0
           *             }
           *           ],
           *           "totals": {
           *             "issued": 17,
           *             "accepted": 17
           *           }
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['InstanceList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getPolicies: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "policies",
           *       "rate_limits": [
           *         {
           *           "name": "claim",
           *           "enabled": true,
           *           "algorithm": "sliding-window",
           *           "limit": 5,
           *           "window_ms": 5000,
           *           "scope": "shared",
           *           "when_away": "refuse",
           *           "setting": "RATE_LIMIT_CLAIM"
           *         }
           *       ],
           *       "drain": {
           *         "claims_per_second": null
           *       },
           *       "caches": [
           *         {
           *           "family": "voucher",
           *           "local": {
           *             "fresh_ms": 1000,
           *             "stale_ms": 10000
           *           },
           *           "shared": {
           *             "fresh_ms": 10000,
           *             "stale_ms": 60000
           *           },
           *           "null_ms": 1000,
           *           "jitter": 0.1
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['Policies'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getSystemStatus: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "system",
           *       "as_of": "2030-01-01T12:00:00.041Z",
           *       "gate": {
           *         "epoch": 3,
           *         "state": "open",
           *         "scripts_version": 12,
           *         "leader": null
           *       },
           *       "gate_open_here": true,
           *       "log_lag": 0,
           *       "pending": 0,
           *       "pending_oldest_ms": null,
           *       "intake_depth": 0,
           *       "outbox_depth": 0,
           *       "dead_letters_open": 0,
           *       "jobs": [
           *         {
           *           "job": "reconcile",
           *           "outcome": "ok",
           *           "at": "2030-01-01T11:59:58.000Z",
           *           "duration_ms": 12,
           *           "instance": "ins_01k9z3v8f0abcdef",
           *           "failures": 0
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['SystemStatus'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listApiKeys: {
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
      /** @description A page of keys */
      200: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/api-keys",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "api_key",
           *           "id": "key_01k9z3v8f0abcdef",
           *           "name": "Shop backend",
           *           "status": "active",
           *           "scopes": [
           *             "vouchers:write",
           *             "claims:read"
           *           ],
           *           "addresses": [
           *             "203.0.113.0/24"
           *           ],
           *           "hint": "hjkm",
           *           "created_by": "usr_01k9z3v8f0000000",
           *           "created_at": "2030-01-01T09:00:00.000Z",
           *           "expires_at": "2031-01-01T00:00:00.000Z",
           *           "last_used_at": "2030-01-02T18:30:00.000Z",
           *           "rotated_at": null,
           *           "previous_secret_until": null,
           *           "revoked_at": null
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['ApiKeyList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createApiKey: {
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
        'application/json': components['schemas']['ApiKeyRequest'];
      };
    };
    responses: {
      /** @description The key with its secret */
      201: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          /** @description where you read it */
          Location?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "api_key",
           *       "id": "key_01k9z3v8f0abcdef",
           *       "name": "Shop backend",
           *       "status": "active",
           *       "scopes": [
           *         "vouchers:write",
           *         "claims:read"
           *       ],
           *       "addresses": [
           *         "203.0.113.0/24"
           *       ],
           *       "hint": "hjkm",
           *       "created_by": "usr_01k9z3v8f0000000",
           *       "created_at": "2030-01-01T09:00:00.000Z",
           *       "expires_at": "2031-01-01T00:00:00.000Z",
           *       "last_used_at": "2030-01-02T18:30:00.000Z",
           *       "rotated_at": null,
           *       "previous_secret_until": null,
           *       "revoked_at": null,
           *       "secret": "vck_live_3k9z3v8f0abcdefghjkmnpqrstvwxyz0123456789abcdefghjkm"
           *     }
           */
          'application/json': components['schemas']['ApiKeyWithSecret'];
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `too_many_api_keys`: The merchant has as many API keys as allowed
       *
       *     `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getApiKey: {
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
      /** @description The key */
      200: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "api_key",
           *       "id": "key_01k9z3v8f0abcdef",
           *       "name": "Shop backend",
           *       "status": "active",
           *       "scopes": [
           *         "vouchers:write",
           *         "claims:read"
           *       ],
           *       "addresses": [
           *         "203.0.113.0/24"
           *       ],
           *       "hint": "hjkm",
           *       "created_by": "usr_01k9z3v8f0000000",
           *       "created_at": "2030-01-01T09:00:00.000Z",
           *       "expires_at": "2031-01-01T00:00:00.000Z",
           *       "last_used_at": "2030-01-02T18:30:00.000Z",
           *       "rotated_at": null,
           *       "previous_secret_until": null,
           *       "revoked_at": null
           *     }
           */
          'application/json': components['schemas']['ApiKey'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  revokeApiKey: {
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
      /** @description Revoked */
      204: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  rotateApiKey: {
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
    requestBody?: {
      content: {
        'application/json': components['schemas']['ApiKeyRotationRequest'];
      };
    };
    responses: {
      /** @description The key with its new secret */
      200: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "api_key",
           *       "id": "key_01k9z3v8f0abcdef",
           *       "name": "Shop backend",
           *       "status": "active",
           *       "scopes": [
           *         "vouchers:write",
           *         "claims:read"
           *       ],
           *       "addresses": [
           *         "203.0.113.0/24"
           *       ],
           *       "hint": "hjkm",
           *       "created_by": "usr_01k9z3v8f0000000",
           *       "created_at": "2030-01-01T09:00:00.000Z",
           *       "expires_at": "2031-01-01T00:00:00.000Z",
           *       "last_used_at": "2030-01-02T18:30:00.000Z",
           *       "rotated_at": null,
           *       "previous_secret_until": null,
           *       "revoked_at": null,
           *       "secret": "vck_live_3k9z3v8f0abcdefghjkmnpqrstvwxyz0123456789abcdefghjkm"
           *     }
           */
          'application/json': components['schemas']['ApiKeyWithSecret'];
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `api_key_ended`: The API key was revoked or has expired
       *
       *     `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  loginWithPassword: {
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
        'application/json': components['schemas']['LoginRequest'];
      };
    };
    responses: {
      /** @description Logged in */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "session",
           *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFrOSJ9.c2lnbmF0dXJl",
           *       "token_type": "Bearer",
           *       "expires_in": 900,
           *       "refresh_token": "ses_01k9z3v8f0abcdef.q0Hf...",
           *       "user": {
           *         "object": "user",
           *         "id": "usr_01k9z3v8f0abcdef",
           *         "name": "Lin Yue",
           *         "email": "lin@example.com",
           *         "phone": null,
           *         "roles": [
           *           "shopper"
           *         ]
           *       }
           *     }
           */
          'application/json': components['schemas']['Session'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_credentials`: E-mail or password is wrong */
      401: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  endSession: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  requestPhoneCode: {
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
        'application/json': components['schemas']['PhoneCodeRequest'];
      };
    };
    responses: {
      /** @description A code is on its way */
      202: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "phone_code",
           *       "expires_in": 300
           *     }
           */
          'application/json': components['schemas']['PhoneCode'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `phone_login_unavailable`: Login by phone is not set up here */
      501: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  loginWithPhone: {
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
        'application/json': components['schemas']['PhoneLoginRequest'];
      };
    };
    responses: {
      /** @description Logged in */
      200: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "session",
           *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFrOSJ9.c2lnbmF0dXJl",
           *       "token_type": "Bearer",
           *       "expires_in": 900,
           *       "refresh_token": "ses_01k9z3v8f0abcdef.q0Hf...",
           *       "user": {
           *         "object": "user",
           *         "id": "usr_01k9z3v8f0abcdef",
           *         "name": "Lin Yue",
           *         "email": "lin@example.com",
           *         "phone": null,
           *         "roles": [
           *           "shopper"
           *         ]
           *       }
           *     }
           */
          'application/json': components['schemas']['Session'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_code`: The code is wrong, used or over */
      401: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `phone_login_unavailable`: Login by phone is not set up here */
      501: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  refreshSession: {
    parameters: {
      query?: never;
      header?: {
        /** @description `cookie`: the tokens come as httpOnly cookies and not in the body; for pages in a browser. Requests that change something and rely on them must come from a page of this origin. */
        'X-Session'?: 'cookie';
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RefreshRequest'];
      };
    };
    responses: {
      /** @description New tokens of the same session */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "session",
           *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFrOSJ9.c2lnbmF0dXJl",
           *       "token_type": "Bearer",
           *       "expires_in": 900,
           *       "refresh_token": "ses_01k9z3v8f0abcdef.q0Hf...",
           *       "user": {
           *         "object": "user",
           *         "id": "usr_01k9z3v8f0abcdef",
           *         "name": "Lin Yue",
           *         "email": "lin@example.com",
           *         "phone": null,
           *         "roles": [
           *           "shopper"
           *         ]
           *       }
           *     }
           */
          'application/json': components['schemas']['Session'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  registerShopper: {
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
        'application/json': components['schemas']['RegisterRequest'];
      };
    };
    responses: {
      /** @description The account, logged in */
      201: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "session",
           *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFrOSJ9.c2lnbmF0dXJl",
           *       "token_type": "Bearer",
           *       "expires_in": 900,
           *       "refresh_token": "ses_01k9z3v8f0abcdef.q0Hf...",
           *       "user": {
           *         "object": "user",
           *         "id": "usr_01k9z3v8f0abcdef",
           *         "name": "Lin Yue",
           *         "email": "lin@example.com",
           *         "phone": null,
           *         "roles": [
           *           "shopper"
           *         ]
           *       }
           *     }
           */
          'application/json': components['schemas']['Session'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  claimByLink: {
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
    requestBody?: never;
    responses: {
      /** @description A unit is taken */
      202: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          /** @description where to ask for the status */
          Location?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "claim",
           *       "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "user_id": "usr_01k9z3v8f0000000",
           *       "status": "issued",
           *       "sequence": 17,
           *       "ordinal": 1,
           *       "code": "7K2M-9QXV-0B4T-HD5W",
           *       "reject_reason": null,
           *       "created_at": "2030-01-01T12:00:00.003Z",
           *       "issued_at": "2030-01-01T12:00:00.041Z",
           *       "changed_at": null,
           *       "redeem_from": null,
           *       "redeem_until": "2031-02-01T00:00:00.000Z",
           *       "terms": {
           *         "title": "Half price oolong",
           *         "description": "One pot of any oolong, weekdays only.",
           *         "face_value": {
           *           "amount": 1500,
           *           "currency": "CNY"
           *         },
           *         "redeem_from": null,
           *         "redeem_until": "2031-01-01T00:00:00.000Z",
           *         "time_zone": "Asia/Shanghai",
           *         "merchant_name": "Tea House"
           *       },
           *       "edits": {
           *         "redeem_until": "2031-02-01T00:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['Claim'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `challenge_required`: The voucher is claimed through a claim link
       *
       *     `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getClaim: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "claim",
           *       "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "user_id": "usr_01k9z3v8f0000000",
           *       "status": "issued",
           *       "sequence": 17,
           *       "ordinal": 1,
           *       "code": "7K2M-9QXV-0B4T-HD5W",
           *       "reject_reason": null,
           *       "created_at": "2030-01-01T12:00:00.003Z",
           *       "issued_at": "2030-01-01T12:00:00.041Z",
           *       "changed_at": null,
           *       "redeem_from": null,
           *       "redeem_until": "2031-02-01T00:00:00.000Z",
           *       "terms": {
           *         "title": "Half price oolong",
           *         "description": "One pot of any oolong, weekdays only.",
           *         "face_value": {
           *           "amount": 1500,
           *           "currency": "CNY"
           *         },
           *         "redeem_from": null,
           *         "redeem_until": "2031-01-01T00:00:00.000Z",
           *         "time_zone": "Asia/Shanghai",
           *         "merchant_name": "Tea House"
           *       },
           *       "edits": {
           *         "redeem_until": "2031-02-01T00:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['Claim'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cancelClaim: {
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
    requestBody?: {
      content: {
        'application/json': components['schemas']['CancelClaimRequest'];
      };
    };
    responses: {
      /** @description The claim, cancelled */
      200: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "claim",
           *       "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "user_id": "usr_01k9z3v8f0000000",
           *       "status": "issued",
           *       "sequence": 17,
           *       "ordinal": 1,
           *       "code": "7K2M-9QXV-0B4T-HD5W",
           *       "reject_reason": null,
           *       "created_at": "2030-01-01T12:00:00.003Z",
           *       "issued_at": "2030-01-01T12:00:00.041Z",
           *       "changed_at": null,
           *       "redeem_from": null,
           *       "redeem_until": "2031-02-01T00:00:00.000Z",
           *       "terms": {
           *         "title": "Half price oolong",
           *         "description": "One pot of any oolong, weekdays only.",
           *         "face_value": {
           *           "amount": 1500,
           *           "currency": "CNY"
           *         },
           *         "redeem_from": null,
           *         "redeem_until": "2031-01-01T00:00:00.000Z",
           *         "time_zone": "Asia/Shanghai",
           *         "merchant_name": "Tea House"
           *       },
           *       "edits": {
           *         "redeem_until": "2031-02-01T00:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['Claim'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `not_cancellable`: The claim cannot be cancelled
       *
       *     `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  confirmClaim: {
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
      /** @description The claim, issued */
      200: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "claim",
           *       "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "user_id": "usr_01k9z3v8f0000000",
           *       "status": "issued",
           *       "sequence": 17,
           *       "ordinal": 1,
           *       "code": "7K2M-9QXV-0B4T-HD5W",
           *       "reject_reason": null,
           *       "created_at": "2030-01-01T12:00:00.003Z",
           *       "issued_at": "2030-01-01T12:00:00.041Z",
           *       "changed_at": null,
           *       "redeem_from": null,
           *       "redeem_until": "2031-02-01T00:00:00.000Z",
           *       "terms": {
           *         "title": "Half price oolong",
           *         "description": "One pot of any oolong, weekdays only.",
           *         "face_value": {
           *           "amount": 1500,
           *           "currency": "CNY"
           *         },
           *         "redeem_from": null,
           *         "redeem_until": "2031-01-01T00:00:00.000Z",
           *         "time_zone": "Asia/Shanghai",
           *         "merchant_name": "Tea House"
           *       },
           *       "edits": {
           *         "redeem_until": "2031-02-01T00:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['Claim'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `not_confirmable`: The claim cannot be confirmed
       *
       *     `confirm_expired`: The time to confirm the claim is over
       *
       *     `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  streamClaim: {
    parameters: {
      query?: never;
      header?: {
        /** @description the id of the last event that the client has seen; browsers send it by themselves */
        'Last-Event-ID'?: string;
      };
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example event: claim
           *     id: issued
           *     data: {"object":"claim"}
           */
          'text/event-stream': string;
        };
      };
      /** @description The client has seen how the claim ended */
      204: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getAccount: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
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
          'application/json': components['schemas']['User'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  updateAccount: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateAccountRequest'];
      };
    };
    responses: {
      /** @description The account */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
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
          'application/json': components['schemas']['User'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listClaims: {
    parameters: {
      query?: {
        ending_before?: string;
        limit?: number;
        starting_after?: string;
        status?:
          'pending' | 'held' | 'issued' | 'rejected' | 'released' | 'cancelled' | 'expired' | 'redeemed';
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/me/claims",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "claim",
           *           "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *           "voucher_id": "vch_01k9z3v8f0abcdef",
           *           "user_id": "usr_01k9z3v8f0000000",
           *           "status": "issued",
           *           "sequence": 17,
           *           "ordinal": 1,
           *           "code": "7K2M-9QXV-0B4T-HD5W",
           *           "reject_reason": null,
           *           "created_at": "2030-01-01T12:00:00.003Z",
           *           "issued_at": "2030-01-01T12:00:00.041Z",
           *           "changed_at": null,
           *           "redeem_from": null,
           *           "redeem_until": "2031-02-01T00:00:00.000Z",
           *           "terms": {
           *             "title": "Half price oolong",
           *             "description": "One pot of any oolong, weekdays only.",
           *             "face_value": {
           *               "amount": 1500,
           *               "currency": "CNY"
           *             },
           *             "redeem_from": null,
           *             "redeem_until": "2031-01-01T00:00:00.000Z",
           *             "time_zone": "Asia/Shanghai",
           *             "merchant_name": "Tea House"
           *           },
           *           "edits": {
           *             "redeem_until": "2031-02-01T00:00:00.000Z"
           *           }
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['ClaimList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  changePassword: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangePasswordRequest'];
      };
    };
    responses: {
      /** @description Logged in anew */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "session",
           *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFrOSJ9.c2lnbmF0dXJl",
           *       "token_type": "Bearer",
           *       "expires_in": 900,
           *       "refresh_token": "ses_01k9z3v8f0abcdef.q0Hf...",
           *       "user": {
           *         "object": "user",
           *         "id": "usr_01k9z3v8f0abcdef",
           *         "name": "Lin Yue",
           *         "email": "lin@example.com",
           *         "phone": null,
           *         "roles": [
           *           "shopper"
           *         ]
           *       }
           *     }
           */
          'application/json': components['schemas']['Session'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listLogins: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/me/sessions",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "login_session",
           *           "id": "ses_01k9z3v8f0abcdef",
           *           "current": true,
           *           "created_at": "2030-01-01T12:00:00.041Z",
           *           "last_seen_at": "2030-01-01T12:05:00.000Z",
           *           "address": "203.0.113.7",
           *           "user_agent": "Mozilla/5.0"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['LoginSessionList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  endAllLogins: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  endLogin: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  registerMerchant: {
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
        'application/json': components['schemas']['RegisterMerchantRequest'];
      };
    };
    responses: {
      /** @description The merchant, with its owner logged in */
      201: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "merchant",
           *       "id": "mer_01k9z3v8f0abcdef",
           *       "name": "Tea House",
           *       "time_zone": "Asia/Shanghai",
           *       "session": {
           *         "object": "session",
           *         "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFrOSJ9.c2lnbmF0dXJl",
           *         "token_type": "Bearer",
           *         "expires_in": 900,
           *         "refresh_token": "ses_01k9z3v8f0abcdef.q0Hf...",
           *         "user": {
           *           "object": "user",
           *           "id": "usr_01k9z3v8f0abcdef",
           *           "name": "Lin Yue",
           *           "email": "lin@example.com",
           *           "phone": null,
           *           "roles": [
           *             "merchant",
           *             "owner"
           *           ]
           *         }
           *       }
           *     }
           */
          'application/json': components['schemas']['Merchant'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listOwnVouchers: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/vouchers",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "voucher",
           *           "id": "vch_01k9z3v8f0abcdef",
           *           "merchant_id": "mer_01k9z3v8f0abcdef",
           *           "title": "Half price oolong",
           *           "description": "One pot of any oolong, weekdays only.",
           *           "status": "live",
           *           "total_stock": 1000,
           *           "per_user_limit": 1,
           *           "opens_at": "2030-01-01T12:00:00.000Z",
           *           "closes_at": "2030-01-01T13:00:00.000Z",
           *           "redeem_from": "2030-01-02T00:00:00.000Z",
           *           "redeem_until": "2031-01-01T00:00:00.000Z",
           *           "rollback_within_s": 900,
           *           "cancellable_until": "2030-06-01T00:00:00.000Z",
           *           "confirm_within_s": 900,
           *           "confirm_by": "user",
           *           "time_zone": "Asia/Shanghai",
           *           "face_value": {
           *             "amount": 1500,
           *             "currency": "CNY"
           *           },
           *           "protection": {
           *             "claim_link": false,
           *             "captcha": "none"
           *           },
           *           "version": 2,
           *           "created_at": "2029-12-01T09:00:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['VoucherList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getOwnVoucher: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listRedemptions: {
    parameters: {
      query?: {
        /** @description `me`: by this cashier alone */
        by?: 'me';
        ending_before?: string;
        limit?: number;
        /** @description redeemed at this time or later */
        since?: string;
        starting_after?: string;
        /** @description redeemed before this time */
        until?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of redemptions */
      200: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/redemptions",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "redemption",
           *           "id": "rdm_01k9z3v8f0abcdef",
           *           "status": "redeemed",
           *           "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *           "redeemed_at": "2030-01-02T18:30:00.000Z",
           *           "location": "Main street, till 2",
           *           "cashier": {
           *             "id": "usr_01k9z3v8f0000000",
           *             "name": "Chen Bo"
           *           },
           *           "rollback_until": "2030-01-02T18:40:00.000Z",
           *           "rolled_back_at": null,
           *           "rollback_reason": null,
           *           "voucher": {
           *             "id": "vch_01k9z3v8f0abcdef",
           *             "title": "Half price oolong",
           *             "description": "One pot of any oolong, weekdays only.",
           *             "face_value": {
           *               "amount": 1500,
           *               "currency": "CNY"
           *             },
           *             "time_zone": "Asia/Shanghai",
           *             "redeem_from": null,
           *             "redeem_until": "2031-01-01T00:00:00.000Z"
           *           },
           *           "customer": {
           *             "name": "Lin",
           *             "contact": "l***@example.com"
           *           }
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['RedemptionList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  redeemClaim: {
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
        'application/json': components['schemas']['RedemptionRequest'];
      };
    };
    responses: {
      /** @description Redeemed */
      201: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "redemption",
           *       "id": "rdm_01k9z3v8f0abcdef",
           *       "status": "redeemed",
           *       "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "redeemed_at": "2030-01-02T18:30:00.000Z",
           *       "location": "Main street, till 2",
           *       "cashier": {
           *         "id": "usr_01k9z3v8f0000000",
           *         "name": "Chen Bo"
           *       },
           *       "rollback_until": "2030-01-02T18:40:00.000Z",
           *       "rolled_back_at": null,
           *       "rollback_reason": null,
           *       "voucher": {
           *         "id": "vch_01k9z3v8f0abcdef",
           *         "title": "Half price oolong",
           *         "description": "One pot of any oolong, weekdays only.",
           *         "face_value": {
           *           "amount": 1500,
           *           "currency": "CNY"
           *         },
           *         "time_zone": "Asia/Shanghai",
           *         "redeem_from": null,
           *         "redeem_until": "2031-01-01T00:00:00.000Z"
           *       },
           *       "customer": {
           *         "name": "Lin",
           *         "contact": "l***@example.com"
           *       }
           *     }
           */
          'application/json': components['schemas']['Redemption'];
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `already_redeemed`: The claim was redeemed before
       *
       *     `cancelled`: The claim was cancelled
       *
       *     `not_yet_redeemable`: The claim cannot be redeemed yet
       *
       *     `voucher_paused`: The voucher is paused, and nothing of it is redeemed meanwhile
       *
       *     `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `expired`: The time to redeem the claim is over */
      410: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  rollbackRedemption: {
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
        'application/json': components['schemas']['RollbackRequest'];
      };
    };
    responses: {
      /** @description The redemption, rolled back */
      200: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "redemption",
           *       "id": "rdm_01k9z3v8f0abcdef",
           *       "status": "redeemed",
           *       "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "redeemed_at": "2030-01-02T18:30:00.000Z",
           *       "location": "Main street, till 2",
           *       "cashier": {
           *         "id": "usr_01k9z3v8f0000000",
           *         "name": "Chen Bo"
           *       },
           *       "rollback_until": "2030-01-02T18:40:00.000Z",
           *       "rolled_back_at": null,
           *       "rollback_reason": null,
           *       "voucher": {
           *         "id": "vch_01k9z3v8f0abcdef",
           *         "title": "Half price oolong",
           *         "description": "One pot of any oolong, weekdays only.",
           *         "face_value": {
           *           "amount": 1500,
           *           "currency": "CNY"
           *         },
           *         "time_zone": "Asia/Shanghai",
           *         "redeem_from": null,
           *         "redeem_until": "2031-01-01T00:00:00.000Z"
           *       },
           *       "customer": {
           *         "name": "Lin",
           *         "contact": "l***@example.com"
           *       }
           *     }
           */
          'application/json': components['schemas']['Redemption'];
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `rollback_too_late`: The time to roll the redemption back is over
       *
       *     `already_rolled_back`: The redemption was rolled back before
       *
       *     `idempotency_in_progress`: A request with this Idempotency-Key is being answered
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  previewRedemption: {
    parameters: {
      query?: {
        claim_id?: string;
        /** @description as it was scanned or typed: any case, width and dashes */
        code?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The claim, and whether it can be redeemed */
      200: {
        headers: {
          /** @description private, no-store */
          'Cache-Control'?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "redemption_preview",
           *       "redeemable": false,
           *       "refusal": "already_redeemed",
           *       "claim_id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "claim_status": "redeemed",
           *       "changed_at": "2030-01-02T18:30:00.000Z",
           *       "redemption": {
           *         "id": "rdm_01k9z3v8f0abcdef",
           *         "redeemed_at": "2030-01-02T18:30:00.000Z",
           *         "location": "Main street, till 2"
           *       },
           *       "voucher": {
           *         "id": "vch_01k9z3v8f0abcdef",
           *         "title": "Half price oolong",
           *         "description": null,
           *         "face_value": {
           *           "amount": 1500,
           *           "currency": "CNY"
           *         },
           *         "time_zone": "Asia/Shanghai",
           *         "redeem_from": null,
           *         "redeem_until": null
           *       },
           *       "customer": {
           *         "name": "Lin",
           *         "contact": "l***@example.com"
           *       }
           *     }
           */
          'application/json': components['schemas']['RedemptionPreview'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getTime: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "time",
           *       "now": "2030-01-01T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['ServerTime'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listVouchers: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/vouchers",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "voucher",
           *           "id": "vch_01k9z3v8f0abcdef",
           *           "merchant_id": "mer_01k9z3v8f0abcdef",
           *           "title": "Half price oolong",
           *           "description": "One pot of any oolong, weekdays only.",
           *           "status": "live",
           *           "total_stock": 1000,
           *           "per_user_limit": 1,
           *           "opens_at": "2030-01-01T12:00:00.000Z",
           *           "closes_at": "2030-01-01T13:00:00.000Z",
           *           "redeem_from": "2030-01-02T00:00:00.000Z",
           *           "redeem_until": "2031-01-01T00:00:00.000Z",
           *           "rollback_within_s": 900,
           *           "cancellable_until": "2030-06-01T00:00:00.000Z",
           *           "confirm_within_s": 900,
           *           "confirm_by": "user",
           *           "time_zone": "Asia/Shanghai",
           *           "face_value": {
           *             "amount": 1500,
           *             "currency": "CNY"
           *           },
           *           "protection": {
           *             "claim_link": false,
           *             "captcha": "none"
           *           },
           *           "version": 2,
           *           "created_at": "2029-12-01T09:00:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['VoucherList'];
        };
      };
      /** @description The copy that you have is up to date */
      304: {
        headers: {
          /** @description public, max-age=1 */
          'Cache-Control'?: string;
          /** @description the same */
          ETag?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createVoucher: {
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
        'application/json': components['schemas']['CreateVoucherRequest'];
      };
    };
    responses: {
      /** @description The draft */
      201: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          /** @description where you read it */
          Location?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getVoucher: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /** @description The copy that you have is up to date */
      304: {
        headers: {
          /** @description public, max-age=1 */
          'Cache-Control'?: string;
          /** @description the same */
          ETag?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  deleteVoucher: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_editable`: The voucher can no longer be changed in this way */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  updateVoucher: {
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
        'application/json': components['schemas']['UpdateVoucherRequest'];
      };
    };
    responses: {
      /** @description The voucher as it now is */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `not_editable`: The voucher can no longer be changed in this way
       *
       *     `confirmation_required`: Claims that people hold would be touched
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition_failed`: The object was changed by someone else */
      412: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `precondition_required`: If-Match with the ETag of the object is needed */
      428: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  archiveVoucher: {
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
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  auditVoucher: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "audit",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "ok": true,
           *       "equations": [
           *         {
           *           "name": "issued = taken - pending",
           *           "left": 17,
           *           "right": 17,
           *           "holds": true
           *         }
           *       ],
           *       "as_of": "2030-01-01T12:00:00.041Z"
           *     }
           */
          'application/json': components['schemas']['Audit'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getAvailability: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "availability",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "status": "live",
           *       "remaining": 417,
           *       "as_of": "2030-01-01T12:00:01.250Z"
           *     }
           */
          'application/json': components['schemas']['Availability'];
        };
      };
      /** @description The copy that you have is up to date */
      304: {
        headers: {
          /** @description public, max-age=1 */
          'Cache-Control'?: string;
          /** @description the same */
          ETag?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listCancellations: {
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
      /** @description Newest first */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/vouchers/vch_01k9z3v8f0abcdef/cancellations",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "cancellation",
           *           "id": "can_01k9z3v8f0abcdef",
           *           "voucher_id": "vch_01k9z3v8f0abcdef",
           *           "reason": "the show was called off",
           *           "status": "running",
           *           "total": 100000,
           *           "cancelled": 41500,
           *           "refused": 12,
           *           "created_at": "2030-01-01T12:30:00.000Z",
           *           "finished_at": null
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['CancellationList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createCancellation: {
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
        'application/json': components['schemas']['CancellationRequest'];
      };
    };
    responses: {
      /** @description The cancellation, under way */
      202: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          /** @description where to ask how far it is */
          Location?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "cancellation",
           *       "id": "can_01k9z3v8f0abcdef",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "reason": "the show was called off",
           *       "status": "running",
           *       "total": 100000,
           *       "cancelled": 41500,
           *       "refused": 12,
           *       "created_at": "2030-01-01T12:30:00.000Z",
           *       "finished_at": null
           *     }
           */
          'application/json': components['schemas']['Cancellation'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getCancellation: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        cancellation: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The cancellation */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "cancellation",
           *       "id": "can_01k9z3v8f0abcdef",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "reason": "the show was called off",
           *       "status": "running",
           *       "total": 100000,
           *       "cancelled": 41500,
           *       "refused": 12,
           *       "created_at": "2030-01-01T12:30:00.000Z",
           *       "finished_at": null
           *     }
           */
          'application/json': components['schemas']['Cancellation'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createCaptcha: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['CaptchaRequest'];
      };
    };
    responses: {
      /** @description The captcha */
      201: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "captcha",
           *       "id": "cap_01k9z3v8f0abcdef",
           *       "kind": "math",
           *       "question": "What is forty-three plus eight? Answer in digits.",
           *       "expires_at": "2030-01-01T12:02:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Captcha'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createClaimLink: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['ClaimLinkRequest'];
      };
    };
    responses: {
      /** @description The link */
      201: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "claim_link",
           *       "url": "/v1/claim-links/01k9z3v8f0abcdefAZzP4Kz0q1rE7dW2m9hXv5tYc3nBj6uLs8gQo4iRaKfTeUwDxHyMpVbCzNlG",
           *       "expires_at": "2030-01-01T12:01:00.000Z"
           *     }
           */
          'application/json': components['schemas']['ClaimLink'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
       *     `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listVoucherClaims: {
    parameters: {
      query?: {
        ending_before?: string;
        limit?: number;
        /** @description how the id of a claim or user begins, a whole code, a whole e-mail or phone number, or how a name begins */
        q?: string;
        starting_after?: string;
        status?: 'held' | 'issued' | 'rejected' | 'released' | 'cancelled' | 'expired' | 'redeemed';
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "list",
           *       "url": "/v1/vouchers/vch_01k9z3v8f0abcdef/claims",
           *       "has_more": false,
           *       "data": [
           *         {
           *           "object": "claim",
           *           "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *           "voucher_id": "vch_01k9z3v8f0abcdef",
           *           "user_id": "usr_01k9z3v8f0000000",
           *           "status": "issued",
           *           "sequence": 17,
           *           "ordinal": 1,
           *           "code": null,
           *           "reject_reason": null,
           *           "created_at": "2030-01-01T12:00:00.003Z",
           *           "issued_at": "2030-01-01T12:00:00.041Z",
           *           "changed_at": null,
           *           "redeem_from": null,
           *           "redeem_until": "2031-02-01T00:00:00.000Z",
           *           "terms": {
           *             "title": "Half price oolong",
           *             "description": "One pot of any oolong, weekdays only.",
           *             "face_value": {
           *               "amount": 1500,
           *               "currency": "CNY"
           *             },
           *             "redeem_from": null,
           *             "redeem_until": "2031-01-01T00:00:00.000Z",
           *             "time_zone": "Asia/Shanghai",
           *             "merchant_name": "Tea House"
           *           },
           *           "edits": {
           *             "redeem_until": "2031-02-01T00:00:00.000Z"
           *           },
           *           "customer": {
           *             "name": "Lin Yue",
           *             "contact": "l***@example.com"
           *           }
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['MerchantClaimList'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `validation_failed`: Some fields are not valid */
      422: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  claimVoucher: {
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
      /** @description A unit is taken */
      202: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          /** @description where to ask for the status */
          Location?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "claim",
           *       "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "user_id": "usr_01k9z3v8f0000000",
           *       "status": "issued",
           *       "sequence": 17,
           *       "ordinal": 1,
           *       "code": "7K2M-9QXV-0B4T-HD5W",
           *       "reject_reason": null,
           *       "created_at": "2030-01-01T12:00:00.003Z",
           *       "issued_at": "2030-01-01T12:00:00.041Z",
           *       "changed_at": null,
           *       "redeem_from": null,
           *       "redeem_until": "2031-02-01T00:00:00.000Z",
           *       "terms": {
           *         "title": "Half price oolong",
           *         "description": "One pot of any oolong, weekdays only.",
           *         "face_value": {
           *           "amount": 1500,
           *           "currency": "CNY"
           *         },
           *         "redeem_from": null,
           *         "redeem_until": "2031-01-01T00:00:00.000Z",
           *         "time_zone": "Asia/Shanghai",
           *         "merchant_name": "Tea House"
           *       },
           *       "edits": {
           *         "redeem_until": "2031-02-01T00:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['Claim'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `challenge_required`: The voucher is claimed through a claim link
       *
       *     `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  exportVoucherClaims: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'text/csv': string;
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cloneVoucher: {
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
      /** @description The draft */
      201: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          /** @description where you read it */
          Location?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_in_progress`: A request with this Idempotency-Key is being answered */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  endVoucher: {
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
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  streamAvailability: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `blocked`: This account or address is blocked */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  pauseVoucher: {
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
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  publishVoucher: {
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
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  resumeVoucher: {
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
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `forbidden`: This account may not do that
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  adjustStock: {
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
        'application/json': components['schemas']['StockAdjustmentRequest'];
      };
    };
    responses: {
      /** @description The voucher as it now is */
      200: {
        headers: {
          /** @description its version; send it back as If-Match */
          ETag?: string;
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher",
           *       "id": "vch_01k9z3v8f0abcdef",
           *       "merchant_id": "mer_01k9z3v8f0abcdef",
           *       "title": "Half price oolong",
           *       "description": "One pot of any oolong, weekdays only.",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "per_user_limit": 1,
           *       "opens_at": "2030-01-01T12:00:00.000Z",
           *       "closes_at": "2030-01-01T13:00:00.000Z",
           *       "redeem_from": "2030-01-02T00:00:00.000Z",
           *       "redeem_until": "2031-01-01T00:00:00.000Z",
           *       "rollback_within_s": 900,
           *       "cancellable_until": "2030-06-01T00:00:00.000Z",
           *       "confirm_within_s": 900,
           *       "confirm_by": "user",
           *       "time_zone": "Asia/Shanghai",
           *       "face_value": {
           *         "amount": 1500,
           *         "currency": "CNY"
           *       },
           *       "protection": {
           *         "claim_link": false,
           *         "captcha": "none"
           *       },
           *       "version": 2,
           *       "created_at": "2029-12-01T09:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Voucher'];
        };
      };
      /**
       * @description `malformed_json`: The body is not valid JSON
       *
       *     `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       *
       *     `csrf_refused`: A request with a session cookie must come from a page of this origin
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getVoucherSummary: {
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "voucher_summary",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "status": "live",
           *       "total_stock": 1000,
           *       "remaining": 998,
           *       "pending": 0,
           *       "held": 0,
           *       "offered": 0,
           *       "waiting": 0,
           *       "issued": 2,
           *       "rejected": 0,
           *       "users": 2,
           *       "first_issued_at": "2030-01-01T12:00:00.041Z",
           *       "last_issued_at": "2030-01-01T12:00:01.250Z",
           *       "opened_at": "2030-01-01T12:00:00.000Z",
           *       "sold_out_at": null,
           *       "sold_out_after_ms": null,
           *       "rate": {
           *         "bucket_s": 1,
           *         "from": "2030-01-01T12:00:00.000Z",
           *         "taken": [
           *           1,
           *           1
           *         ],
           *         "issued": [
           *           1,
           *           1
           *         ]
           *       },
           *       "answers": {
           *         "total": 3,
           *         "accepted": 2,
           *         "replayed": 0,
           *         "funnel": [
           *           {
           *             "layer": "gate",
           *             "seen": 3,
           *             "refused": 1,
           *             "reasons": [
           *               {
           *                 "reason": "claim_limit_reached",
           *                 "count": 1
           *               }
           *             ]
           *           }
           *         ],
           *         "latency_ms": {
           *           "accepted": {
           *             "count": 2,
           *             "p50": 1.2,
           *             "p90": 2.4,
           *             "p99": 2.4
           *           },
           *           "refused": {
           *             "count": 1,
           *             "p50": 0.8,
           *             "p90": 0.8,
           *             "p99": 0.8
           *           }
           *         }
           *       },
           *       "as_of": "2030-01-01T12:00:02.000Z"
           *     }
           */
          'application/json': components['schemas']['VoucherSummary'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `forbidden`: This account may not do that
       *
       *     `insufficient_scope`: The API key lacks the scope that this needs
       *
       *     `address_not_allowed`: The API key is not used from this address
       *
       *     `blocked`: This account or address is blocked
       */
      403: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getWaitingListEntry: {
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
      /** @description Your last place */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "waiting_list_entry",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "status": "offered",
           *       "position": null,
           *       "offered_until": "2030-01-01T12:10:00.000Z",
           *       "joined_at": "2030-01-01T12:00:05.000Z"
           *     }
           */
          'application/json': components['schemas']['WaitingListEntry'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  joinWaitingList: {
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
      /** @description Your place */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "waiting_list_entry",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "status": "offered",
           *       "position": null,
           *       "offered_until": "2030-01-01T12:10:00.000Z",
           *       "joined_at": "2030-01-01T12:00:05.000Z"
           *     }
           */
          'application/json': components['schemas']['WaitingListEntry'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `not_sold_out`: There are units to be claimed; nobody has to wait
       *
       *     `paused`: The voucher is paused
       *
       *     `claim_limit_reached`: This user holds as many as allowed
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `gate_recovering`: The voucher is being made safe after a fault
       *
       *     `dependency_unavailable`: A part that this needs is not reachable
       *
       *     `overloaded`: More requests than we can answer now
       */
      503: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  leaveWaitingList: {
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
      /** @description You wait no longer */
      204: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: There is nothing here */
      404: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  acceptOffer: {
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
      /** @description A unit is taken */
      202: {
        headers: {
          'Idempotent-Replayed': components['headers']['IdempotentReplayed'];
          /** @description where to ask for the status */
          Location?: string;
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "claim",
           *       "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "user_id": "usr_01k9z3v8f0000000",
           *       "status": "issued",
           *       "sequence": 17,
           *       "ordinal": 1,
           *       "code": "7K2M-9QXV-0B4T-HD5W",
           *       "reject_reason": null,
           *       "created_at": "2030-01-01T12:00:00.003Z",
           *       "issued_at": "2030-01-01T12:00:00.041Z",
           *       "changed_at": null,
           *       "redeem_from": null,
           *       "redeem_until": "2031-02-01T00:00:00.000Z",
           *       "terms": {
           *         "title": "Half price oolong",
           *         "description": "One pot of any oolong, weekdays only.",
           *         "face_value": {
           *           "amount": 1500,
           *           "currency": "CNY"
           *         },
           *         "redeem_from": null,
           *         "redeem_until": "2031-01-01T00:00:00.000Z",
           *         "time_zone": "Asia/Shanghai",
           *         "merchant_name": "Tea House"
           *       },
           *       "edits": {
           *         "redeem_until": "2031-02-01T00:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['Claim'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `no_offer`: There is no offer to this user
       *
       *     `offer_expired`: The time to accept the offer is over
       *
       *     `claim_limit_reached`: This user holds as many as allowed
       *
       *     `paused`: The voucher is paused
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `voucher_ended`: The voucher has ended */
      410: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  declineOffer: {
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
      /** @description Your place, given up */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "object": "waiting_list_entry",
           *       "voucher_id": "vch_01k9z3v8f0abcdef",
           *       "status": "offered",
           *       "position": null,
           *       "offered_until": "2030-01-01T12:10:00.000Z",
           *       "joined_at": "2030-01-01T12:00:05.000Z"
           *     }
           */
          'application/json': components['schemas']['WaitingListEntry'];
        };
      };
      /**
       * @description `malformed_request`: The request is not well-formed
       *
       *     `credential_in_url`: An API key must not be part of a URL
       *
       *     `malformed_json`: The body is not valid JSON
       */
      400: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `method_not_allowed`: The method is not allowed here */
      405: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description `no_offer`: There is no offer to this user
       *
       *     `offer_expired`: The time to accept the offer is over
       */
      409: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The body is too large */
      413: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The body must be application/json */
      415: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `headers_too_large`: The request headers are too large */
      431: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error`: Something broke on our side */
      500: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'X-Request-Id': components['headers']['RequestId'];
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
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Limit': components['headers']['RateLimitLimit'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          'RateLimit-Remaining': components['headers']['RateLimitRemaining'];
          'RateLimit-Reset': components['headers']['RateLimitReset'];
          'Retry-After': components['headers']['RetryAfter'];
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
