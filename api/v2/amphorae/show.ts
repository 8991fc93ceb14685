import { listedAmphorae } from '#core/db/listed/amphora.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { type AmphoraStatistics, findAmphoraStatistics } from '#core/db/statistics.ts';
import type { Amphora } from '#core/domain/amphora.ts';
import { notFound } from '../../faults.ts';
import { findListedOrRefuse, findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { answerList, answerOne } from '../../lists/answer-list.ts';
import { single } from '../../lists/read-query.ts';
import { statisticsToApi } from '../../statistics.ts';
import { apiTime, apiTimeOrNull } from '../../to-api.ts';

export async function listAmphorae(request: ApiRequest): Promise<Answer> {
  permit(request, 'amphora:get_all', request.identity.projectId);
  const shape = { source: listedAmphorae, plural: 'amphorae', toApi: amphoraToApi };
  return answerList(request, shape, { projectId: single(request.query, 'project_id') ?? null });
}

export async function showAmphora(request: ApiRequest): Promise<Answer> {
  const amphora = await findAmphora(request);
  permit(request, 'amphora:get_one', request.identity.projectId);
  return answerOne(request, 'amphora', amphoraToApi(amphora));
}

export async function showAmphoraStatistics(request: ApiRequest): Promise<Answer> {
  permit(request, 'amphora:get_stats', request.identity.projectId);
  const amphora = await findListedOrRefuse(request, listedAmphorae, 'Amphora stats for');
  const rows = await findAmphoraStatistics(request.context.database, amphora.id);
  if (rows.length === 0) throw notFound('Amphora stats for', param(request, 'id'));
  return ok({ amphora_stats: rows.map((row) => toApi(row, amphora)) });
}

export async function findAmphora(request: ApiRequest): Promise<Amphora> {
  return findListedOrRefuse(request, listedAmphorae, 'Amphora');
}

/** The load balancer that an amphora serves. @throws OctaviaError `not-found` for an amphora of nobody's */
export async function loadBalancerOf(request: ApiRequest, amphora: Amphora) {
  const { database } = request.context;
  return findOrRefuse(loadBalancers, database, 'Load Balancer', amphora.loadBalancerId);
}

function toApi(row: AmphoraStatistics, amphora: Amphora) {
  return {
    id: row.amphoraId,
    listener_id: row.listenerId,
    loadbalancer_id: amphora.loadBalancerId,
    ...statisticsToApi(row),
  };
}

export function amphoraToApi(amphora: Amphora) {
  return {
    id: amphora.id,
    loadbalancer_id: amphora.loadBalancerId,
    compute_id: amphora.computeId,
    lb_network_ip: amphora.lbNetworkIp,
    vrrp_ip: amphora.vrrpIp,
    ha_ip: amphora.haIp,
    vrrp_port_id: amphora.vrrpPortId,
    ha_port_id: amphora.haPortId,
    cert_expiration: apiTimeOrNull(amphora.certExpiration),
    cert_busy: amphora.isCertBusy,
    role: amphora.role,
    status: amphora.status,
    vrrp_interface: amphora.vrrpInterface,
    vrrp_id: amphora.vrrpId,
    vrrp_priority: amphora.vrrpPriority,
    cached_zone: amphora.cachedZone,
    created_at: apiTime(amphora.createdAt),
    updated_at: apiTimeOrNull(amphora.updatedAt),
    image_id: amphora.imageId,
    compute_flavor: amphora.computeFlavor,
  };
}
