import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { announceLanguage, i18n } from './i18n/index.js';
import { FocusKeeper } from './lib/focus-keeper.js';
import { pressedOut } from './lib/pressed.js';
import { focusTyped, keepTyped } from './lib/typed.js';
import { router } from './router.js';
import './styles/index.css';

const app = createApp(App);
app.use(createPinia());
app.use(i18n);
app.use(router);
announceLanguage();

// What the server rendered stays until the first page is ready, so that nothing flashes, and for as long as somebody is
// pressing a button in it.
await router.isReady();
const root = document.getElementById('app');
await pressedOut(root);
keepTyped(root);
app.mount('#app');
focusTyped(root);
if (root) new FocusKeeper(root).start();
