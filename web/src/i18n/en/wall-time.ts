/** Of fields that take a time, wherever they are. */
export default {
  wallTime: {
    echo: '{local} in {zone} ({offset}), which is {utc} UTC.',
    through: 'Through the end of that minute.',
    twice: 'Clocks go back then, so this time comes twice.',
    first: 'The first one ({offset})',
    second: 'The second one ({offset})',
    skipped: 'Clocks go forward then, so this time does not exist. The next one is {next}.',
  },
};
