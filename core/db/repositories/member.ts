import type { Member } from '../../domain/member.ts';
import { column, table } from '../table.ts';

export const members = table<Member>('member', {
  id: column('id'),
  projectId: column('project_id'),
  poolId: column('pool_id'),
  name: column('name'),
  isEnabled: column('is_enabled'),
  provisioningStatus: column('provisioning_status'),
  operatingStatus: column('operating_status'),
  address: column('address'),
  protocolPort: column('protocol_port'),
  weight: column('weight'),
  isBackup: column('is_backup'),
  subnetId: column('subnet_id'),
  monitorAddress: column('monitor_address'),
  monitorPort: column('monitor_port'),
  vnicType: column('vnic_type'),
  tags: column('tags', 'text[]'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
});
