import { ref } from 'vue';

/** Of this tab: in another one a merchant may work with what is real meanwhile. */
const NAME = 'vc_mode';

function read(): boolean {
  try {
    return sessionStorage.getItem(NAME) === 'test';
  } catch {
    return false;
  }
}

const chosen = ref(read());

/** Whether the console shows and makes what belongs to the merchant's test side. */
export const testMode = {
  get on(): boolean {
    return chosen.value;
  },
  set(on: boolean): void {
    chosen.value = on;
    try {
      if (on) sessionStorage.setItem(NAME, 'test');
      else sessionStorage.removeItem(NAME);
    } catch {
      // It is kept until the page is loaded again.
    }
  },
};

let ofConsole = false;

/** Called for each page: those outside of the console know no mode. */
export function pageHasModes(has: boolean): void {
  ofConsole = has;
}

/** Of the requests of the page that is shown. */
export const modeHeader = (): Record<string, string> =>
  testMode.on && ofConsole ? { 'x-mode': 'test' } : {};

/** The id of a voucher tells its mode (docs/adr/0092). @returns undefined for no voucher */
export const isTestVoucher = (id: string): boolean | undefined =>
  id.startsWith('vch_') ? id.charAt(4) === 't' : undefined;
