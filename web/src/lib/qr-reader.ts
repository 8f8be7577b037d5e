/** Looks for a QR code in the present picture of a video; resolves to its text, or to nothing. */
export type QrReader = (video: HTMLVideoElement) => Promise<string | undefined>;

/** The part of the Shape Detection API that is used here; TypeScript's library does not know it. */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { readonly formats: readonly string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** A code on a phone fills a good part of the picture; more pixels cost time and find nothing more. */
const MAX_SIDE = 800;
/** Pictures come every 150 ms: what is not found in this time is looked for in the next one. */
const TIME_LIMIT_MS = 60;

/** The browser's own reader where it has one that works, else a library that comes as a chunk of its own. */
export async function qrReader(): Promise<QrReader> {
  return (await nativeReader()) ?? (await libraryReader());
}

async function nativeReader(): Promise<QrReader | undefined> {
  const { BarcodeDetector: Native } = globalThis as { BarcodeDetector?: DetectorClass };
  try {
    // Some browsers have the class and support no format: their system has no such service.
    if (!(await Native?.getSupportedFormats())?.includes('qr_code') || !Native) return undefined;
    const detector = new Native({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  } catch {
    return undefined;
  }
}

async function libraryReader(): Promise<QrReader> {
  const { decodeQR } = await import('qr/decode.js');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (video) => {
    const { videoWidth, videoHeight } = video;
    if (!context || videoWidth === 0 || videoHeight === 0) return Promise.resolve(undefined);
    const scale = Math.min(1, MAX_SIDE / Math.max(videoWidth, videoHeight));
    canvas.width = Math.round(videoWidth * scale);
    canvas.height = Math.round(videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      const picture = context.getImageData(0, 0, canvas.width, canvas.height);
      return Promise.resolve(decodeQR(picture, { timeLimit: TIME_LIMIT_MS }));
    } catch {
      return Promise.resolve(undefined); // there is none in it
    }
  };
}
