/// <reference types="vite/client" />
import 'vue-router';

declare module 'vue-router' {
  interface RouteMeta {
    /** Who may come here; everybody where it is missing. */
    readonly needs?: 'user' | 'merchant' | 'admin';
    /** Messages to be loaded before the page is shown. */
    readonly area?: 'account' | 'console' | 'admin' | 'counter' | 'people';
    /** Key of the document's title; a page that knows better sets its own. */
    readonly title?: string;
  }
}
