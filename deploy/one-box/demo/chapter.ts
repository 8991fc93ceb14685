import type { BalancedWeb } from './balanced-web.ts';
import type { Figures } from './figures.ts';
import type { Scene } from './scene.ts';
import type { Storyteller } from './storyteller.ts';
import type { TenantServer } from './tenant-server.ts';
import type { Traffic } from './traffic.ts';

/** What every chapter has at hand. */
export interface Story {
  readonly scene: Scene;
  readonly teller: Storyteller;
  readonly figures: Figures;
}

/** Everything a chapter after the first works with. */
export interface Running extends Story {
  readonly web: BalancedWeb;
  readonly servers: readonly TenantServer[];
  readonly traffic: Traffic;
}
