import type { Member } from '../../domain/member.ts';
import type { ListSource } from '../list-query.ts';
import { members } from '../repositories/member.ts';
import { boolean, COMMON_KEYS, integer, text, uuid } from './keys.ts';

export const listedMembers: ListSource<Member> = {
  table: 'member',
  select: members.select('t'),
  visible: 'true',
  projectColumn: 't.project_id',
  hasTags: true,
  keys: {
    ...COMMON_KEYS,
    address: text('address'),
    ip_address: text('address'),
    protocol_port: integer('protocol_port'),
    weight: integer('weight', true),
    backup: boolean('is_backup'),
    subnet_id: uuid('subnet_id', true),
    monitor_address: text('monitor_address', true),
    monitor_port: integer('monitor_port', true),
    vnic_type: text('vnic_type'),
    pool_id: uuid('pool_id'),
  },
};
