export { pagesOf, setUpWeb } from './set-up-web.js';
export { WebModule } from './web.module.js';
