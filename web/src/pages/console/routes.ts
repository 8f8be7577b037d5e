import type { RouteRecordRaw } from 'vue-router';

const merchant = (title: string) => ({ needs: 'merchant', area: 'console', title }) as const;

/** The merchant's pages; all of them load with the console's chunk. */
export const consoleRoutes: RouteRecordRaw[] = [
  {
    path: '/console',
    component: () => import('./VoucherListPage.vue'),
    meta: merchant('console.list.title'),
  },
  {
    path: '/console/register',
    component: () => import('./RegisterPage.vue'),
    meta: { area: 'console', title: 'console.register.title' },
  },
  {
    path: '/console/profile',
    component: () => import('./ProfilePage.vue'),
    meta: merchant('console.profile.title'),
  },
  {
    path: '/console/api-keys',
    component: () => import('./ApiKeysPage.vue'),
    meta: merchant('console.keys.title'),
  },
  {
    path: '/console/webhooks',
    component: () => import('./WebhooksPage.vue'),
    meta: merchant('console.webhooks.title'),
  },
  {
    path: '/console/webhooks/:id',
    component: () => import('./WebhookPage.vue'),
    props: true,
    meta: merchant('console.webhooks.one'),
  },
  {
    path: '/console/vouchers/new',
    component: () => import('./VoucherNewPage.vue'),
    meta: merchant('console.form.newTitle'),
  },
  {
    path: '/console/vouchers/:id/poster',
    component: () => import('./PosterPage.vue'),
    props: true,
    meta: merchant('console.poster.title'),
  },
  {
    path: '/console/vouchers/:id/door-list',
    component: () => import('./DoorListPage.vue'),
    props: true,
    meta: merchant('console.door.title'),
  },
  {
    path: '/console/vouchers/:id',
    component: () => import('./VoucherPage.vue'),
    props: true,
    meta: merchant('console.board.title'),
    children: [
      { path: '', component: () => import('./VoucherBoard.vue'), meta: { title: 'console.board.title' } },
      {
        path: 'claims',
        component: () => import('./VoucherClaims.vue'),
        meta: { title: 'console.claims.title' },
      },
      {
        path: 'waiting-list',
        component: () => import('./VoucherWaiting.vue'),
        meta: { title: 'console.waiting.title' },
      },
      {
        path: 'messages',
        component: () => import('./VoucherMessages.vue'),
        meta: { title: 'console.messages.title' },
      },
      {
        path: 'rehearsal',
        component: () => import('./VoucherRehearsal.vue'),
        meta: { title: 'console.rehearsal.title' },
      },
      {
        path: 'edit',
        component: () => import('./VoucherEdit.vue'),
        meta: { title: 'console.form.editTitle' },
      },
    ],
  },
];
