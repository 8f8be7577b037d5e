/** What the pages of the account say that work without a script as well. */
export default {
  password: {
    title: 'Password',
    lead: 'Changing it signs you out on all other devices.',
    current: 'Current password',
    next: 'New password',
    hint: 'At least 8 characters',
    change: 'Change password',
    changed: 'Your password is changed, and all other devices are signed out.',
    none: 'This account has no password; you sign in with your phone.',
    noneHint: 'With a confirmed e-mail address you can choose one.',
    choose: 'Choose a password by e-mail',
  },
  reset: {
    title: 'Choose a new password',
    lead: 'Enter the e-mail address of your account. If there is one, you get an e-mail with a link.',
    send: 'Send the link',
    sent: 'If there is an account with that address, an e-mail is on its way.',
    sentText: 'The link in it works for 30 minutes. Check your spam folder, too.',
    again: 'Use another address',
    newLead: 'You will be signed out everywhere. Sign in again with the new password.',
    password: 'New password',
    save: 'Save the new password',
    done: 'Your new password is saved.',
    signIn: 'Sign in',
    newLink: 'Request a new link',
    devInbox: 'Development: read the e-mail here',
  },
  delete: {
    title: 'Delete the account',
    text: 'Your name, e-mail address, phone number and password are deleted, and you are signed out everywhere.',
    stays:
      'Vouchers you claimed remain valid for anyone who shows their code, but you can no longer look them up: write the codes down first. Records of claims and redemptions are kept without your name.',
    password: 'Your password',
    submit: 'Delete the account',
    ask: 'Delete this account permanently?',
  },
};
