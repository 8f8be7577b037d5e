import type en from '../en/plain.js';

const zh: typeof en = {
  needsScript: '此页面需要 JavaScript。查看和领取优惠券则不需要。',
  zone: '时间按 {zone} 显示。',
  card: '{what}：{time}',
  seeDrop: '查看活动',
  drop: {
    notOpen: '尚未开始',
    notOpenText: '请在开始时回到此页，或届时刷新页面。',
    soldOutText: '如有新的名额，可在此领取。',
    pausedText: '请稍后刷新此页。',
  },
  login: {
    byPhone: '使用手机登录',
  },
  confirm: {
    title: '还有一步',
    text: '请再点一次以领取。',
  },
  claim: {
    pendingText: '本页会自动再次查询。',
    heldText: '需在时限内确认，确认后即归你所有，券码会显示在这里。',
    takeBack: '不再允许商家查看',
  },
  renewing: '请稍候，正在续期登录。',
  goOn: '继续',
  unsubscribe: {
    ask: '不再接收此类邮件？',
    submit: '确认，不再接收',
    done: '你不会再收到此类邮件',
    choices: '管理邮件设置',
    lists: {
      opens_soon: '开始前的提醒，包括你设置的全部提醒',
      claim_issued: '领取成功时的邮件',
      waiting_offer: '候补名单有名额给你时的邮件',
      sold_out: '你商家的优惠券领完时的邮件',
      merchant_message: '该商家发给优惠券持有人的邮件',
    },
  },
  proofs: {
    title: '确认邮箱或手机号',
    lead: '部分优惠券仅限已确认邮箱或手机号的用户。',
    here: '前往确认',
    confirmed: '{what}：已确认',
    sendLink: '发送确认邮件',
    mailedTo: '邮件正发往 {email}。',
    link: '邮件中的链接',
    linkHint: '请复制邮件中的完整链接并粘贴到这里。',
    confirmEmail: '确认邮箱',
    confirmPhone: '确认手机号',
  },
  forgotten: {
    haveLink: '已收到邮件中的链接',
  },
  problem: {
    title: '操作未成功',
    at: {
      password: '请填写密码。',
      code: '请填写 6 位数字验证码。',
      token: '请粘贴邮件中的完整链接。',
    },
    next: {
      validation_failed: '请检查所填内容后重新提交。',
      challenge_required: '请返回活动页并再次点击。',
      not_found: '地址可能有误，或该活动已不再显示。',
      method_not_allowed: '请返回后重试。',
      not_started: '任何人都不能提前领取。',
      paused: '请稍后再试。',
      sold_out: '不占用你的领取次数。',
      rate_limited: '请稍候，多次点击没有帮助。',
      too_many_attempts: '请稍候再试。',
      too_many_codes: '请使用最新收到的验证码，或稍候。',
      overloaded: '尚未领取，请稍后再试。',
      gate_recovering: '已领取的不受影响，请稍后再试。',
      claim_unconfirmed: '请再点一次，绝不会误领两份。',
    },
  },
  inbox: {
    title: '邮件与验证码',
    lead: '本进程启动以来本应发送的内容，最新的在前。仅限开发环境，且仅限本机。',
    none: '暂无内容',
    noneText: '请获取验证码或申请新密码，然后刷新此页。',
    code: '验证码',
    mail: '邮件',
    to: '发送至 {whom}',
  },
};
export default zh;
