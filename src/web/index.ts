export { problemPagesOf, setUpWeb, WEB_ROUTES } from './set-up-web.js';
export { WebModule } from './web.module.js';
