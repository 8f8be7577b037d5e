import { newIntention } from '../lib/intention.js';
import { placesFor, StreamPlaces, type Channel } from '../lib/stream-places.js';

const CHANNEL = 'vc-streams';

let places: StreamPlaces | undefined;

/** The streams of all windows of this browser. Where windows cannot talk to each other, each does as if it were alone. */
export function streamPlaces(): StreamPlaces {
  if (places) return places;
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  places = new StreamPlaces(otherWindows(), placesFor(navigation?.nextHopProtocol), newIntention, () =>
    performance.now(),
  );
  return places;
}

function otherWindows(): Channel | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined;
  const channel = new BroadcastChannel(CHANNEL);
  return {
    send: (message) => channel.postMessage(message),
    listen: (hear) => channel.addEventListener('message', ({ data }) => hear(data)),
  };
}
