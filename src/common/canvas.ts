import { createRequire } from 'node:module';

/** Families of the fonts that come along. */
export const BOLD = 'voucherconnect-bold';
export const REGULAR = 'voucherconnect-regular';

const FONTS = { [BOLD]: 'DejaVuSans-Bold.ttf', [REGULAR]: 'DejaVuSans.ttf' };
/** Names of the usual fonts with Chinese characters. */
export const HAN =
  /CJK|WenQuanYi|Source Han|PingFang|Heiti|Hiragino|YaHei|SimHei|SimSun|Noto Sans [ST]C|Fallback|Songti/i;

let loading: ReturnType<typeof load> | undefined;

/** Loaded with the first picture: 20 MB that most processes never need. */
export const canvasLibrary = (): ReturnType<typeof load> => (loading ??= load());

/** With fonts of our own: servers often have none. `hanFamilies` are those of this machine, where it has some. */
async function load() {
  const { createCanvas, loadImage, GlobalFonts } = await import('@napi-rs/canvas');
  const { resolve } = createRequire(import.meta.url);
  for (const [family, file] of Object.entries(FONTS)) {
    const path = resolve(`dejavu-fonts-ttf/ttf/${file}`);
    if (!GlobalFonts.registerFromPath(path, family)) throw new Error(`the font ${path} cannot be read`);
  }
  const hanFamilies = GlobalFonts.families.map(({ family }) => family).filter((name) => HAN.test(name));
  return { createCanvas, loadImage, hanFamilies };
}
