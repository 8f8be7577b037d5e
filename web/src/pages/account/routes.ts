import type { RouteRecordRaw } from 'vue-router';

export const accountRoutes: readonly RouteRecordRaw[] = [
  {
    path: '/account',
    component: () => import('./AccountPage.vue'),
    meta: { needs: 'user', area: 'account', title: 'account.title' },
  },
  {
    path: '/email-proof',
    component: () => import('./EmailProofPage.vue'),
    meta: { needs: 'user', area: 'account', title: 'account.proof.title' },
  },
  {
    path: '/password-reset',
    component: () => import('./PasswordResetPage.vue'),
    meta: { area: 'account', title: 'account.reset.title' },
  },
];
