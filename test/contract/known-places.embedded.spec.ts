import { EmbeddedKnownPlaces } from '../../src/auth/adapters/known-places.embedded.js';
import { ManualClock } from '../support/manual-clock.js';
import { knownPlacesContract, PLACES_TTL_S } from './support/known-places.contract.js';

knownPlacesContract((clock) => new EmbeddedKnownPlaces(clock, PLACES_TTL_S), new ManualClock());
