export { ChallengeModule } from './challenge.module.js';
export { CaptchaDesk, type Captcha } from './captcha-desk.js';
export { Captchas } from './captchas.js';
export { LoginCaptchas } from './login-captchas.js';
export { ClaimLinks } from './claim-links.js';
export { CaptchaStore } from './ports/captcha-store.js';
