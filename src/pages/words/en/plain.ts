/** What the pages say that work without a script, and nothing else does. */
export default {
  needsScript: 'This page needs JavaScript. Drops can be seen and claimed without it.',
  zone: 'Times are in {zone}.',
  card: '{what}: {time}',
  seeDrop: 'See the drop',
  drop: {
    notOpen: 'Not open yet',
    notOpenText: 'Come back at the opening, or reload this page then.',
    soldOutText: 'If more units become available, you can claim them here.',
    pausedText: 'Reload this page in a moment.',
  },
  login: {
    byPhone: 'With your phone',
  },
  confirm: {
    title: 'One more step',
    text: 'Press once more to claim.',
  },
  claim: {
    pendingText: 'This page updates automatically.',
    heldText: 'It has to be confirmed in time. Your code then appears here.',
    takeBack: 'Stop sharing my contact',
  },
  renewing: 'One moment: your session is being renewed.',
  goOn: 'Continue',
  unsubscribe: {
    ask: 'Unsubscribe from these mails?',
    submit: 'Unsubscribe',
    done: 'You are unsubscribed from these mails',
    choices: 'Mail settings',
    lists: {
      opens_soon: 'All reminders before a drop opens',
      claim_issued: 'Mails when a claim of yours is issued',
      waiting_offer: 'Mails when a waiting list offers you a unit',
      sold_out: 'Mails when one of your business’s vouchers sells out',
      merchant_message: 'Messages from the merchant to people who hold its vouchers',
    },
  },
  proofs: {
    title: 'Confirm your address or number',
    lead: 'Some vouchers are for people with a confirmed e-mail address or phone number.',
    here: 'Confirm it here',
    confirmed: '{what}: confirmed',
    sendLink: 'Send a confirmation mail',
    mailedTo: 'A mail is on its way to {email}.',
    link: 'Link in the mail',
    linkHint: 'Copy the whole link from the mail and paste it here.',
    confirmEmail: 'Confirm the address',
    confirmPhone: 'Confirm the number',
  },
  forgotten: {
    haveLink: 'With the link from the mail',
  },
  problem: {
    title: 'That did not work',
    /** What to enter at a field that is wrong. */
    at: {
      password: 'Enter your password.',
      code: 'Enter the 6 digits.',
      token: 'Paste the whole link from the mail.',
    },
    /** What to do next where nothing on the page goes on by itself. */
    next: {
      validation_failed: 'Check what you typed and send it again.',
      challenge_required: 'Go back to the drop and press again.',
      not_found: 'The address may have been typed wrong, or the drop is no longer shown.',
      method_not_allowed: 'Go back and try again.',
      not_started: 'Nobody gets in earlier.',
      paused: 'Try again in a moment.',
      sold_out: 'This doesn’t count toward your limit.',
      rate_limited: 'Wait a moment; pressing more does not help.',
      too_many_attempts: 'Wait, then try again.',
      too_many_codes: 'Use the newest code you got, or wait.',
      overloaded: 'Nothing was taken. Try again in a moment.',
      gate_recovering: 'What you have is safe. Try again in a moment.',
      claim_unconfirmed: 'Press again: you cannot get two by accident.',
    },
  },
  inbox: {
    title: 'Mails and login codes',
    lead: 'What would have been sent since this process began, the newest first. Only in development, and only on this machine.',
    none: 'Nothing yet',
    noneText: 'Request a login code or a new password, then reload this page.',
    code: 'Login code',
    mail: 'Mail',
    to: 'to {whom}',
  },
};
