import type en from '../en/account-forms.js';

const zh: typeof en = {
  password: {
    title: '密码',
    lead: '更改后，其他设备都会退出登录。',
    current: '当前密码',
    next: '新密码',
    hint: '至少 8 个字符',
    change: '更改密码',
    changed: '密码已更改，其他设备均已退出登录。',
    none: '此账号没有密码，你通过手机登录。',
    noneHint: '确认邮箱后即可设置密码。',
    choose: '通过邮件设置密码',
  },
  reset: {
    title: '设置新密码',
    lead: '请输入账号的邮箱。如果账号存在，你会收到带有链接的邮件。',
    send: '发送链接',
    sent: '如果该邮箱有对应账号，邮件已在路上。',
    sentText: '其中的链接 30 分钟内有效。也请查看垃圾邮件。',
    again: '换一个邮箱',
    newLead: '所有设备都会退出登录，请用新密码重新登录。',
    password: '新密码',
    save: '保存新密码',
    done: '新密码已保存。',
    signIn: '登录',
    newLink: '重新获取链接',
    devInbox: '开发环境：在此查看邮件',
  },
  delete: {
    title: '注销账号',
    text: '你的姓名、邮箱、手机号和密码将被删除，所有设备都会退出登录。',
    stays:
      '已领取的优惠券凭码仍可使用，但你将无法再查看，请先记下券码。领取和核销记录会保留，但不含你的姓名。',
    password: '请输入密码以确认',
    submit: '注销账号',
    ask: '确定永久注销此账号吗？',
  },
};
export default zh;
