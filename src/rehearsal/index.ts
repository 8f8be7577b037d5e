export { RehearsalModule } from './rehearsal.module.js';
export { Rehearsals } from './rehearsals.js';
