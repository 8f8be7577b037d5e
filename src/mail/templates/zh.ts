import { onOneLine } from '../../common/text.js';
import { clockTime, dateTime, zoneName } from './times.js';
import type { Templates } from './mail-words.js';

const unsubscribe = (url: string) => ({ label: '不再接收此类邮件', url });

export const zh: Templates = {
  password_reset: ({ url, minutes }) => ({
    subject: '设置新密码',
    lines: ['有人（可能是你本人）申请重设你的 VoucherConnect 账号密码。'],
    action: { label: '设置新密码', url },
    notes: [`链接 ${minutes} 分钟内有效，只能使用一次。`, '如非本人操作，无需理会，密码保持不变。'],
  }),
  staff_invitation: ({ url, role, days }) => ({
    subject: '邀请你加入商家',
    lines: [
      role === 'editor'
        ? 'VoucherConnect 上的一家商家邀请你担任编辑，创建和管理优惠券。'
        : 'VoucherConnect 上的一家商家邀请你担任收银员，在店内核销优惠券。',
    ],
    action: { label: '查看邀请方', url },
    notes: [
      `链接 ${days} 天内有效，只能使用一次，且仅限使用此邮箱的账号。`,
      '如果这不是你期待的邀请，无需理会，不会有任何变化。',
    ],
  }),
  email_proof: ({ url, hours }) => ({
    subject: '请确认你的邮箱地址',
    lines: ['有人为一个 VoucherConnect 账号填写了此邮箱。如该账号属于你，请确认。'],
    action: { label: '确认邮箱', url },
    notes: [`链接 ${hours} 小时内有效，只能使用一次。`, '如果你没有账号，无需理会，此邮箱将保持未确认。'],
  }),
  opens_soon: ({ url, unsubscribeUrl, title, merchant, opensAt, zone }) => ({
    subject: `${clockTime('zh', opensAt, zone)}（${zoneName(opensAt, zone)}）开始：${title}`,
    lines: [
      `${merchant} 的“${title}”约 10 分钟后开始：${dateTime('zh', opensAt, zone)}（${zoneName(opensAt, zone)}）。`,
      '先到先得。请在开始前登录。',
    ],
    action: { label: '打开活动页面', url },
    notes: ['你在活动页面设置了此提醒。'],
    unsubscribe: { label: '取消全部提醒', url: unsubscribeUrl },
  }),
  claim_issued: ({ url, unsubscribeUrl, title, merchant, place, contact = [], terms }) => ({
    subject: `领取成功：${title}`,
    lines: [
      `你领取的 ${merchant} 的“${title}”已发放，券码在你的券包中。`,
      ...(place ? [`地址：${onOneLine(place, '，')}`] : []),
      ...(contact.length > 0 ? [`联系方式：${contact.join(' · ')}`] : []),
    ],
    action: { label: '查看优惠券', url },
    notes: [...(terms ? [`${merchant} 的使用条款：${terms}`] : []), '你在账号设置中开启了此邮件。'],
    unsubscribe: unsubscribe(unsubscribeUrl),
  }),
  waiting_offer: ({ url, unsubscribeUrl, title, merchant, until, zone }) => ({
    subject: `候补名额来了：${title}`,
    lines: [
      `你正在候补 ${merchant} 的“${title}”。现有一份为你保留。`,
      `请在 ${dateTime('zh', until, zone)}（${zoneName(until, zone)}）前接受，逾期将让给下一位。`,
    ],
    action: { label: '接受或放弃', url },
    notes: ['你加入了候补名单，因此收到此邮件。'],
    unsubscribe: unsubscribe(unsubscribeUrl),
  }),
  sold_out: ({ url, unsubscribeUrl, title }) => ({
    subject: title === null ? '你的一张优惠券已领完' : `已领完：${title}`,
    lines: [
      title === null ? '你商家的一张优惠券已全部领完。' : `“${title}”已全部领完。`,
      '你可以在商家后台增加库存，候补的人优先获得。',
    ],
    action: { label: '打开商家后台', url },
    notes: ['你是该商家的所有者或编辑，因此收到此邮件。'],
    unsubscribe: unsubscribe(unsubscribeUrl),
  }),
  merchant_message: ({ url, unsubscribeUrl, title, merchant, subject, text, contact }) => ({
    subject: `${merchant} 来信：${subject}`,
    lines: [`${merchant} 致“${title}”持有人：`],
    quote: text.split('\n'),
    action: { label: '打开活动页面', url },
    notes: [
      '商家看不到你的邮箱地址。此邮件无法回复。',
      ...(contact.length > 0 ? [`联系方式：${contact.join(' · ')}`] : []),
    ],
    unsubscribe: { label: '不再接收该商家的邮件', url: unsubscribeUrl },
  }),
  webhook_disabled: ({ url, webhook, reason }) => ({
    subject: '一个 Webhook 已停用',
    lines: [
      `Webhook ${webhook} 已停用：${reason === 'gone' ? '接收方返回了 410 Gone' : '接收方三天内未接收任何事件'}。`,
      '已到期的事件会保留，重新启用后发送。停用期间发生的事件不会发送。',
    ],
    action: { label: '打开商家后台', url },
    notes: ['你是该商家的所有者，因此收到此邮件。'],
  }),
};
