export default {
  title: 'Console',
  signedInAs: 'Signed in as {name}',
};
