import type { RouteRecordRaw } from 'vue-router';

/** The merchant's pages; all of them load with the console's chunk. */
export const consoleRoutes: RouteRecordRaw[] = [
  {
    path: '/console',
    component: () => import('./ConsoleHome.vue'),
    meta: { needs: 'merchant', area: 'console', title: 'console.title' },
  },
];
