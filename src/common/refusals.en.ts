export interface Refusal {
  /** What happened, in plain words. */
  readonly text: string;
  /** What to do next; empty where nothing can be done. */
  readonly next: string;
}

/**
 * Every refusal in plain words, for all pages: those of the script and those that need none. Both hold it against the codes that
 * they know, so a code without words does not compile.
 */
const refusals = {
  malformed_request: {
    text: 'The request could not be understood.',
    next: 'Reload the page and try again.',
  },
  malformed_json: {
    text: 'The request could not be understood.',
    next: 'Reload the page and try again.',
  },
  unauthenticated: { text: 'You are not signed in.', next: 'Sign in to continue.' },
  token_expired: { text: 'Your session has ended.', next: 'Sign in again to continue where you left off.' },
  invalid_credentials: {
    text: 'E-mail or password is wrong.',
    next: 'Check both, including capital letters, and try again.',
  },
  invalid_code: {
    text: 'That code is wrong, was used, or is too old.',
    next: 'Enter the latest code you received, or request a new one.',
  },
  invalid_refresh_token: { text: 'Your session has ended.', next: 'Sign in again.' },
  refresh_token_reused: {
    text: 'Your session was ended for safety.',
    next: 'Sign in again. If you did not sign in elsewhere, change your password.',
  },
  forbidden: {
    text: 'This account is not allowed to do that.',
    next: 'Sign in with an account that may.',
  },
  csrf_refused: {
    text: 'The request did not come from this site.',
    next: 'Reload the page and try again here.',
  },
  challenge_required: {
    text: 'This drop requires one more step, and the previous one has expired.',
    next: 'Press the button again and complete the step.',
  },
  not_eligible: {
    text: 'This drop is for invited people only, and this account is not one of them.',
    next: 'Sign in with the e-mail address or phone number that was invited. An e-mail address counts once you have confirmed it in your account. If the merchant’s own site or app brought you here, open the drop from there again.',
  },
  captcha_required: {
    text: 'A short question has to be answered first.',
    next: 'Answer it to continue.',
  },
  captcha_failed: {
    text: 'That answer was not right, or it came too late.',
    next: 'Here is a new one. You can also switch to a text question.',
  },
  blocked: {
    text: 'This account or network is currently blocked.',
    next: 'If you think this is a mistake, contact support and quote the reference.',
  },
  dead_letter_closed: {
    text: 'This dead letter was already retried or discarded.',
    next: 'Reload it to see who did that, and the outcome.',
  },
  claim_unwritable: {
    text: 'The database rejects the outcome of this claim.',
    next: 'The dead letter stays open and its unit stays held. Fix the cause shown, then try again.',
  },
  not_found: {
    text: 'This page or item does not exist, or no longer does.',
    next: 'Check the address, or look for it in the list it belongs to.',
  },
  method_not_allowed: { text: 'That is not possible here.', next: 'Reload the page and try again.' },
  phone_taken: {
    text: 'This phone number belongs to another account.',
    next: 'Sign in with the number, or use another one.',
  },
  email_taken: {
    text: 'There is already an account with this e-mail address.',
    next: 'Sign in with it, or use another address.',
  },
  invalid_transition: {
    text: 'The voucher is in a state that does not allow this.',
    next: 'Check its current state: someone else may have changed it.',
  },
  not_editable: {
    text: 'This can no longer be changed.',
    next: 'Some fields are fixed once a voucher is published.',
  },
  confirmation_required: {
    text: 'People hold this voucher, and this change would give them less time.',
    next: 'Check how many it affects, then confirm.',
  },
  stock_below_committed: {
    text: 'You can’t go below the number of units already claimed.',
    next: 'Choose a smaller reduction.',
  },
  idempotency_in_progress: {
    text: 'The same request is still being processed.',
    next: 'Wait a moment. We try again automatically.',
  },
  live_drop: {
    text: 'A drop on this site is open or opens soon.',
    next: 'Rehearse when it is over, so that the rehearsal does not slow it down.',
  },
  rehearsal_under_way: {
    text: 'Another rehearsal is under way.',
    next: 'Only one can run at a time. Try again in a minute.',
  },
  not_started: {
    text: 'This drop is not open yet.',
    next: 'Wait for the countdown. Nobody gets in early.',
  },
  account_disabled: {
    text: 'This account was disabled by the operator.',
    next: 'Ask the operator of this site.',
  },
  taken_down: {
    text: 'This drop was taken down by the operator.',
    next: 'Ask the operator of this site. The audit log says why.',
  },
  already_open: { text: 'This drop is already open.', next: 'You can claim it now.' },
  phone_unverified: {
    text: 'Your account has no confirmed phone number.',
    next: 'Add your number on your account page, then try again.',
  },
  contact_not_asked: {
    text: 'This merchant does not ask for your contact.',
    next: 'There is nothing to allow.',
  },
  one_per_person: {
    text: 'You are already taking part in this drop with another account that has the same mailbox or phone number.',
    next: 'Sign in with that account: each person can use only one.',
  },
  email_unverified: {
    text: 'Your e-mail address is not confirmed yet.',
    next: 'Request a confirmation e-mail on your account page, and open the link in it.',
  },
  paused: {
    text: 'This drop is paused by the merchant.',
    next: 'Stay on this page: the button returns as soon as the drop resumes.',
  },
  sold_out: {
    text: 'Sold out.',
    next: 'This doesn’t count toward your limit. If more units become available, this page shows them at once.',
  },
  claim_limit_reached: {
    text: 'You have reached the limit per person.',
    next: 'Your vouchers are in your wallet.',
  },
  not_cancellable: {
    text: 'This claim cannot be cancelled.',
    next: 'Look at it again: it says what became of it.',
  },
  not_sold_out: { text: 'Units are available.', next: 'Claim one: there is no need to wait.' },
  no_offer: {
    text: 'There is no offer for you right now.',
    next: 'Check your place on the waiting list.',
  },
  offer_expired: {
    text: 'The time to accept this offer has passed.',
    next: 'The unit went to the next person. You can join the waiting list again while the drop is on.',
  },
  not_confirmable: {
    text: 'This claim cannot be confirmed.',
    next: 'Look at it again: it says what became of it.',
  },
  confirm_expired: {
    text: 'The time to confirm this claim has passed.',
    next: 'The unit was returned. Claim again while units last.',
  },
  voucher_ended: { text: 'This drop is over.', next: 'See which other drops are open.' },
  already_redeemed: {
    text: 'This code was used before.',
    next: 'Don’t hand anything out. See below when and where it was used.',
  },
  not_yet_redeemable: {
    text: 'This code cannot be used yet.',
    next: 'Come back once it is valid.',
  },
  cancelled: { text: 'This claim was cancelled.', next: 'It cannot be used any more.' },
  voucher_paused: {
    text: 'This voucher is paused; nothing can be redeemed until it resumes.',
    next: 'Ask the merchant when it resumes.',
  },
  expired: { text: 'The time to use this code has passed.', next: 'The merchant can extend the time.' },
  rollback_too_late: {
    text: 'It is too late to undo this.',
    next: 'How long a redemption can be undone is set on the voucher.',
  },
  already_rolled_back: { text: 'This has already been undone.', next: 'The code can be used again.' },
  block_list_full: {
    text: 'The block list is full.',
    next: 'Remove entries that are no longer needed.',
  },
  precondition_failed: {
    text: 'Someone else has changed this in the meantime.',
    next: 'Load the latest version and make your change again.',
  },
  payload_too_large: { text: 'That is too much data at once.', next: 'Shorten your text.' },
  unsupported_media_type: {
    text: 'The request could not be understood.',
    next: 'Reload the page and try again.',
  },
  validation_failed: {
    text: 'Some fields are not valid.',
    next: 'Please check the highlighted fields.',
  },
  idempotency_key_reused: {
    text: 'This request was sent before with other content.',
    next: 'Reload the page and start again.',
  },
  precondition_required: {
    text: 'The current state must be loaded before it is changed.',
    next: 'Reload the page and make your change again.',
  },
  headers_too_large: {
    text: 'Your browser sends too many cookies for this site.',
    next: 'Delete the cookies of this site and sign in again.',
  },
  rate_limited: {
    text: 'Too many attempts in a short time.',
    next: 'Wait for the countdown. Pressing again does not help.',
  },
  too_many_attempts: {
    text: 'Too many failed attempts.',
    next: 'Wait for the countdown before the next one.',
  },
  too_many_codes: {
    text: 'Too many codes were requested.',
    next: 'Wait for the countdown, or use the latest code you received.',
  },
  internal_error: {
    text: 'Something went wrong on our side.',
    next: 'Try again. If it keeps happening, contact support and quote the reference.',
  },
  too_many_mails: {
    text: 'Too many e-mails were requested.',
    next: 'Use the latest e-mail you received, or wait.',
  },
  too_many_messages: {
    text: 'Too many messages were sent to holders of this voucher.',
    next: 'Wait for the countdown before the next one.',
  },
  invalid_link: {
    text: 'This link is wrong, was used, or is too old.',
    next: 'Request a new one. Only the complete address from the e-mail works.',
  },
  invitation_for_another: {
    text: 'This invitation is for another e-mail address.',
    next: 'Sign in with the account for the address the e-mail was sent to.',
  },
  login_again: {
    text: 'This requires a login within the last 10 minutes.',
    next: 'Sign in again, then retry.',
  },
  last_owner: {
    text: 'This account is the last owner or administrator.',
    next: 'Make somebody else an owner or administrator first.',
  },
  mail_unavailable: {
    text: 'E-mail is not set up here.',
    next: 'Contact the operator of this site.',
  },
  phone_login_unavailable: {
    text: 'Signing in by phone is not set up here.',
    next: 'Use e-mail and password.',
  },
  overloaded: {
    text: 'More people are asking than we can answer right now.',
    next: 'Stay on this page. We try again automatically.',
  },
  gate_recovering: {
    text: 'The drop is recovering from a fault.',
    next: 'Stay on this page. It continues automatically in a moment.',
  },
  claim_unconfirmed: {
    text: 'Your claim was accepted but is not confirmed yet.',
    next: 'Stay on this page. We try again automatically.',
  },
  credential_in_url: {
    text: 'The address contains a secret key.',
    next: 'Send the key in a header instead, and replace it: it may have been seen.',
  },
  insufficient_scope: {
    text: 'This key is not allowed to do that.',
    next: 'Use a key with the scope that is needed.',
  },
  address_not_allowed: {
    text: 'This key can’t be used from this address.',
    next: 'Call from one of the addresses the key allows.',
  },
  api_key_ended: { text: 'This key was revoked or has expired.', next: 'Create another key.' },
  too_many_webhooks: {
    text: 'You have reached the maximum number of webhooks.',
    next: 'Delete webhooks that are no longer used.',
  },
  delivery_pending: { text: 'This delivery is still in progress.', next: 'It is retried automatically.' },
  already_merchant: {
    text: 'This account already belongs to a merchant or an administrator.',
    next: 'Use another account for another business.',
  },
  too_many_invitations: {
    text: 'You have reached the maximum number of open invitations.',
    next: 'Withdraw those that are no longer needed.',
  },
  too_many_test_shoppers: {
    text: 'You have reached today’s maximum of test shoppers.',
    next: 'Use the ones you have, or create more tomorrow.',
  },
  too_many_api_keys: {
    text: 'You have reached the maximum number of API keys.',
    next: 'Revoke keys that are no longer used.',
  },
  dependency_unavailable: {
    text: 'A required service cannot be reached right now.',
    next: 'Wait a moment; it is usually back within seconds.',
  },
};
export default refusals;
