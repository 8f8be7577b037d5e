export { pagesOf, setUpPages } from './set-up-pages.js';
export { PagesModule } from './pages.module.js';
