import { nextTick } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import { i18n, loadArea } from './i18n/index.js';
import { forgetPageData } from './lib/page-data.js';
import { isTestVoucher, pageHasModes, testMode } from './lib/test-mode.js';
import { accountRoutes } from './pages/account/routes.js';
import { adminRoutes } from './pages/admin/routes.js';
import { peopleRoutes } from './pages/people/routes.js';
import { consoleRoutes } from './pages/console/routes.js';
import DropList from './pages/shopper/DropList.vue';
import DropPage from './pages/shopper/DropPage.vue';
import { setTitle } from './router-title.js';
import { useSession } from './stores/session.js';

/** Its document alone may use the camera: a policy belongs to the document, not to the address that a script shows. */
const COUNTER = '/counter';

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', component: DropList, meta: { title: 'drops.title' } },
    { path: '/drops/:id', component: DropPage, props: true },
    {
      path: '/login',
      component: () => import('./pages/shopper/LoginPage.vue'),
      meta: { title: 'login.title' },
    },
    {
      path: '/wallet',
      component: () => import('./pages/shopper/WalletPage.vue'),
      meta: { needs: 'user', title: 'wallet.title' },
    },
    {
      path: '/claims/:id',
      component: () => import('./pages/shopper/ClaimPage.vue'),
      props: true,
      meta: { needs: 'user', title: 'claim.title' },
    },
    {
      path: COUNTER,
      component: () => import('./pages/counter/CounterPage.vue'),
      meta: { needs: 'merchant', area: 'counter', title: 'counter.title' },
    },
    ...accountRoutes,
    ...consoleRoutes,
    ...peopleRoutes,
    ...adminRoutes,
    {
      path: '/forbidden',
      component: () => import('./pages/shopper/ForbiddenPage.vue'),
      meta: { title: 'forbidden.title' },
    },
    {
      path: '/:rest(.*)*',
      component: () => import('./pages/shopper/NotFoundPage.vue'),
      meta: { title: 'notFound.title' },
    },
  ],
});

router.beforeEach(async (to, from) => {
  if (to.path === COUNTER && from.matched.length > 0 && from.path !== COUNTER) {
    location.assign(to.fullPath);
    return false;
  }
  const { needs, area } = to.meta;
  // The frame of a page may be of another area.
  await Promise.all(to.matched.flatMap(({ meta }) => (meta.area ? [loadArea(meta.area)] : [])));
  const { id } = to.params;
  const isTest = area === 'console' && typeof id === 'string' ? isTestVoucher(id) : undefined;
  if (isTest !== undefined) testMode.set(isTest);
  if (!needs) return true;
  const session = useSession();
  await session.restore(true);
  if (!session.user) return { path: '/login', query: { next: to.fullPath } };
  const allowed =
    needs === 'user' || (needs === 'merchant' ? session.isMerchant : needs === 'admin' && session.isAdmin);
  // A shopper who wants to the console becomes a merchant there, with the account that is signed in.
  if (!allowed && to.path === '/console' && session.isShopper) return { path: '/console/register' };
  return allowed || { path: '/forbidden' };
});

router.afterEach((to, from, failure) => {
  if (failure) return;
  pageHasModes(to.meta.area === 'console');
  if (to.meta.title) setTitle(i18n.global.t(to.meta.title));
  // Another page was navigated to: the keyboard and the screen reader go on at its heading, not at the old link.
  if (from.matched.length > 0 && to.path !== from.path) {
    forgetPageData();
    void nextTick(focusPage);
  }
});

/**
 * The script of a page did not come: the server is away, or has a newer version by now. The browser goes there as by any link, so that
 * a press is not without an answer. A document that cannot load its own script would only load itself again.
 */
router.onError((_error, to, from) => {
  if (from.matched.length > 0) location.assign(to.fullPath);
});

/** A page that is still loading has no heading yet. */
function focusPage(): void {
  const target = document.querySelector<HTMLElement>('main h1') ?? document.querySelector('main');
  target?.setAttribute('tabindex', '-1');
  target?.focus({ preventScroll: true });
}
