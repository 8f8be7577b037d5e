export default {
  title: '运维',
  signedInAs: '当前登录：{name}',
};
