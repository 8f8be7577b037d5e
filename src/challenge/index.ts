export { ChallengeModule } from './challenge.module.js';
export { Captchas, type Captcha } from './captchas.js';
export { ClaimLinks } from './claim-links.js';
export { CaptchaStore } from './ports/captcha-store.js';
