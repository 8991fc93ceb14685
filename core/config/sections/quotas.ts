import { integer } from '../option.ts';
import { section } from '../section.ts';

const quota = (noun: string) =>
  integer({
    name: `default_${noun}_quota`,
    default: -1,
    min: -1,
    max: 2_000_000_000,
    help: `${noun}s a project may have; -1: no limit`,
  });

export const quotas = section('quotas', {
  loadBalancer: quota('load_balancer'),
  listener: quota('listener'),
  pool: quota('pool'),
  member: quota('member'),
  healthMonitor: quota('health_monitor'),
  l7Policy: quota('l7policy'),
  l7Rule: quota('l7rule'),
});
