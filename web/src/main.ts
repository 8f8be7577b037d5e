import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { announceLanguage, i18n } from './i18n/index.js';
import { focusTyped, keepTyped } from './lib/typed.js';
import { router } from './router.js';
import './styles/index.css';

const app = createApp(App);
app.use(createPinia());
app.use(i18n);
app.use(router);
announceLanguage();

// What the server rendered stays until the first page is ready, so that nothing flashes.
await router.isReady();
const root = document.getElementById('app');
keepTyped(root);
app.mount('#app');
focusTyped(root);
