/** Of fields that take a time, wherever they are. */
export default {
  wallTime: {
    echo: '{zone}（{offset}）时间 {local}，即 UTC {utc}。',
    through: '到这一分钟结束为止。',
    twice: '当时会把时钟拨慢，这个时刻出现两次。',
    first: '第一次（{offset}）',
    second: '第二次（{offset}）',
    skipped: '当时会把时钟拨快，这个时刻不存在，直接到 {next}。',
  },
};
