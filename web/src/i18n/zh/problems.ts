import refusals from '../../../../src/common/refusals.zh.js';
import type en from '../en/problems.js';

const problems: typeof en = {
  ...refusals,
  no_answer: { text: '没有收到回应。', next: '请检查网络。不会丢失：同一请求会再次发送。' },
};

export default problems;
