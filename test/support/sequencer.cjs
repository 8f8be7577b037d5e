const { default: Sequencer } = require('@jest/test-sequencer');

const isSimulation = ({ path }) => /[\\/]test[\\/]simulation[\\/]/.test(path);

/**
 * The simulation first, in workers that are fresh: where another spec has used an AsyncLocalStorage, Node tracks every promise
 * of the process from then on, and the simulation is made of promises (measured: 10 times slower).
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(isSimulation), ...sorted.filter((test) => !isSimulation(test))];
  }
};
