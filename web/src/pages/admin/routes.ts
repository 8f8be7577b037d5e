import type { RouteRecordRaw } from 'vue-router';

/** The operator's pages; all of them load with their own chunk. */
export const adminRoutes: RouteRecordRaw[] = [
  {
    path: '/admin',
    component: () => import('./AdminLayout.vue'),
    meta: { needs: 'admin', area: 'admin' },
    children: [
      {
        path: '',
        component: () => import('./OverviewPage.vue'),
        meta: { title: 'admin.overview.title' },
      },
      {
        path: 'dead-letters',
        component: () => import('./DeadLettersPage.vue'),
        meta: { title: 'admin.letters.title' },
      },
      {
        path: 'blocks',
        component: () => import('./BlocksPage.vue'),
        meta: { title: 'admin.blocks.title' },
      },
      {
        path: 'accounts',
        component: () => import('./AccountsPage.vue'),
        meta: { title: 'admin.accounts.title' },
      },
      {
        path: 'take-down',
        component: () => import('./TakeDownPage.vue'),
        meta: { title: 'admin.takeDown.title' },
      },
      {
        path: 'audit-log',
        component: () => import('../people/AuditLog.vue'),
        props: { all: true },
        meta: { area: 'people', title: 'people.audit.title' },
      },
      {
        path: 'policies',
        component: () => import('./PoliciesPage.vue'),
        meta: { title: 'admin.policies.title' },
      },
    ],
  },
];
