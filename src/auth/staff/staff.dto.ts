import { z } from 'zod';
import { rfc3339, rfc3339OrNull } from '../../common/clock.js';
import { listSchema, pageQuery, timestamp } from '../../http/validation/validation.js';
import { email } from '../schemas.js';
import type { Invitation, Member, OpenInvitation } from './staff.store.js';

const ID = 'inv_01k9z3v8f0abcdef';
const USER_ID = 'usr_01k9z3v8f0abcdef';
const TOKEN = 'q0HfJ8m2Zr6tXw3uYb5nKd7sLc9vGa1eRi4oPy0TzQk';

const invitedRole = () =>
  z.enum(['editor', 'cashier']).meta({
    description:
      'An `editor` creates and manages vouchers; a `cashier` redeems claims. Ownership is passed on by a hand-over instead.',
  });

export const invitationBody = z
  .strictObject({ email: email(), role: invitedRole() })
  .meta({ id: 'StaffInvitationRequest', examples: [{ email: 'lin@example.com', role: 'cashier' }] });

export const invitationTokenBody = z
  .strictObject({
    token: z
      .string()
      .min(1)
      .max(512)
      .meta({ description: 'The part of the link after the `#`.', examples: [TOKEN] }),
  })
  .meta({ id: 'StaffInvitationTokenRequest', examples: [{ token: TOKEN }] });

export const memberBody = z
  .strictObject({ role: invitedRole() })
  .meta({ id: 'UpdateStaffMemberRequest', examples: [{ role: 'editor' }] });

export const staffQuery = pageQuery({});

export const invitationAnswer = z
  .object({
    object: z.literal('staff_invitation'),
    id: z.string(),
    status: z.enum(['open', 'accepted', 'withdrawn', 'expired']),
    email: z
      .string()
      .nullable()
      .meta({ description: '`null` once the account with this address has been deleted.' }),
    role: invitedRole(),
    created_at: timestamp('2030-01-01T09:00:00.000Z'),
    created_by: z.string().meta({ description: 'the user' }),
    expires_at: timestamp('2030-01-08T09:00:00.000Z'),
    accepted_at: timestamp('2030-01-02T18:30:00.000Z').nullable(),
    accepted_by: z.string().nullable().meta({ description: 'the user' }),
    withdrawn_at: timestamp('2030-01-03T09:00:00.000Z').nullable(),
  })
  .meta({
    id: 'StaffInvitation',
    examples: [
      {
        object: 'staff_invitation',
        id: ID,
        status: 'open',
        email: 'lin@example.com',
        role: 'cashier',
        created_at: '2030-01-01T09:00:00.000Z',
        created_by: 'usr_01k9z3v8f0000000',
        expires_at: '2030-01-08T09:00:00.000Z',
        accepted_at: null,
        accepted_by: null,
        withdrawn_at: null,
      },
    ],
  });

export const invitationPreviewAnswer = z
  .object({
    object: z.literal('staff_invitation_preview'),
    merchant: z.object({ id: z.string(), name: z.string() }).meta({ id: 'InvitingMerchant' }),
    email: z
      .string()
      .nullable()
      .meta({ description: 'Only an account with this address can accept the invitation.' }),
    role: invitedRole(),
    expires_at: timestamp('2030-01-08T09:00:00.000Z'),
  })
  .meta({
    id: 'StaffInvitationPreview',
    examples: [
      {
        object: 'staff_invitation_preview',
        merchant: { id: 'mer_01k9z3v8f0abcdef', name: 'Tea House' },
        email: 'lin@example.com',
        role: 'cashier',
        expires_at: '2030-01-08T09:00:00.000Z',
      },
    ],
  });

export const memberAnswer = z
  .object({
    object: z.literal('staff_member'),
    id: z.string().meta({ description: 'of the user' }),
    name: z.string(),
    email: z.string().nullable(),
    role: z.enum(['owner', 'editor', 'cashier']),
  })
  .meta({
    id: 'StaffMember',
    examples: [
      {
        object: 'staff_member',
        id: USER_ID,
        name: 'Lin Yue',
        email: 'lin@example.com',
        role: 'cashier',
      },
    ],
  });

export const invitationListAnswer = listSchema(invitationAnswer, '/v1/staff-invitations');
export const memberListAnswer = listSchema(memberAnswer, '/v1/staff');

export type InvitationRequest = z.output<typeof invitationBody>;
export type InvitationTokenRequest = z.output<typeof invitationTokenBody>;
export type MemberRequest = z.output<typeof memberBody>;
export type StaffQuery = z.output<typeof staffQuery>;
export type InvitationBody = z.output<typeof invitationAnswer>;
export type InvitationPreviewBody = z.output<typeof invitationPreviewAnswer>;
export type MemberBody = z.output<typeof memberAnswer>;

/** @param now ms since 1970: an invitation expires by itself */
export const invitationOf = (invitation: Invitation, now: number): InvitationBody => ({
  object: 'staff_invitation',
  id: invitation.id,
  status: statusOf(invitation, now),
  email: invitation.email,
  role: invitation.role,
  created_at: rfc3339(invitation.createdAt),
  created_by: invitation.createdBy,
  expires_at: rfc3339(invitation.expiresAt),
  accepted_at: rfc3339OrNull(invitation.acceptedAt),
  accepted_by: invitation.acceptedBy,
  withdrawn_at: rfc3339OrNull(invitation.withdrawnAt),
});

function statusOf({ acceptedAt, withdrawnAt, expiresAt }: Invitation, now: number): InvitationBody['status'] {
  if (acceptedAt !== null) return 'accepted';
  if (withdrawnAt !== null) return 'withdrawn';
  return expiresAt <= now ? 'expired' : 'open';
}

export const previewOf = ({
  merchantId,
  merchantName,
  email: invited,
  role,
  expiresAt,
}: OpenInvitation): InvitationPreviewBody => ({
  object: 'staff_invitation_preview',
  merchant: { id: merchantId, name: merchantName },
  email: invited,
  role,
  expires_at: rfc3339(expiresAt),
});

export const memberOf = ({ id, name, email: address, role }: Member): MemberBody => ({
  object: 'staff_member',
  id,
  name,
  email: address,
  role,
});
