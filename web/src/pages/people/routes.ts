import type { RouteRecordRaw } from 'vue-router';

/** Who works for a merchant, and what they did. */
export const peopleRoutes: RouteRecordRaw[] = [
  {
    path: '/console/audit-log',
    component: () => import('./AuditLogPage.vue'),
    meta: { needs: 'merchant', area: 'people', title: 'people.audit.title' },
  },
  {
    path: '/console/staff',
    component: () => import('./StaffPage.vue'),
    meta: { needs: 'merchant', area: 'people', title: 'people.staff.title' },
  },
  {
    path: '/staff-invitation',
    component: () => import('./StaffInvitationPage.vue'),
    meta: { area: 'people', title: 'people.invitation.title' },
  },
];
