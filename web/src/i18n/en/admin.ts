export default {
  title: 'Operations',
  signedInAs: 'Signed in as {name}',
};
