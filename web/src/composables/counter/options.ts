import { reactive, watch } from 'vue';
import { kept } from '../../lib/kept.js';

/** How this device stands at the counter; kept on it, and sent nowhere but for the place. */
export interface CounterOptions {
  /** Where it stands; goes with each redemption. */
  place: string;
  sound: boolean;
  vibration: boolean;
  /** Shows a voucher before it is redeemed. */
  askFirst: boolean;
}

const NAME = 'vc_counter';
const DEFAULTS: CounterOptions = { place: '', sound: true, vibration: true, askFirst: false };

export function useCounterOptions(): CounterOptions {
  const options = reactive(read());
  watch(options, (now) => kept.set(NAME, JSON.stringify(now)));
  return options;
}

function read(): CounterOptions {
  try {
    const { place, sound, vibration, askFirst } = JSON.parse(
      kept.get(NAME) ?? '{}',
    ) as Partial<CounterOptions>;
    return {
      place: typeof place === 'string' ? place : DEFAULTS.place,
      sound: sound ?? DEFAULTS.sound,
      vibration: vibration ?? DEFAULTS.vibration,
      askFirst: askFirst ?? DEFAULTS.askFirst,
    };
  } catch {
    return { ...DEFAULTS };
  }
}
