export default {
  title: '商家后台',
  signedInAs: '当前登录：{name}',
};
