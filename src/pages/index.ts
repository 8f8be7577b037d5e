export { pagesOf, setUpPages } from './set-up-pages.js';
export { PagesModule } from './pages.module.js';
export { SignInLinksModule } from './sign-in-links/sign-in-links.module.js';
