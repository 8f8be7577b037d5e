import { SCRIPTS_VERSION, type EpochRow } from '../../src/claim/ledger/gate-epochs.js';

/** The row of a first epoch that is open: nothing was lost yet, and nobody leads. */
export const OPEN_ROW: EpochRow = {
  epoch: 1,
  state: 'open',
  scriptsVersion: SCRIPTS_VERSION,
  barrier: undefined,
  history: 'cluster@',
  masters: [],
  openedEpoch: 1,
  groups: [],
  leader: undefined,
  leaderUntil: 0,
};
