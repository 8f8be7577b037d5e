import { shopperJourneys } from './support/shopper-journeys.js';
import { embeddedSite } from './support/site.js';

shopperJourneys('a shopper on one process', embeddedSite);
