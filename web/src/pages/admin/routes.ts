import type { RouteRecordRaw } from 'vue-router';

/** The operator's pages; all of them load with their own chunk. */
export const adminRoutes: RouteRecordRaw[] = [
  {
    path: '/admin',
    component: () => import('./AdminHome.vue'),
    meta: { needs: 'admin', area: 'admin', title: 'admin.title' },
  },
];
