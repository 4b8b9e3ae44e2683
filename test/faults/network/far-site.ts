import { type Ports, Site } from '../../e2e/site.ts';
import { EdgeNetwork, type Line } from './edge-network.ts';

export interface FarSite extends AsyncDisposable {
  readonly site: Site;
  readonly network: EdgeNetwork;
  /** Between agent and hub. */
  readonly wan: Line;
  /** Between senders, which are here, and the agent. Its status is always in reach. */
  readonly field: Line;
}

/** A site whose agent has lines of its own to the hub and to its machines; both programs run. */
export async function startFarSite(flow: (ports: Ports, field: Line) => string): Promise<FarSite> {
  await using starting = new AsyncDisposableStack();
  const network = starting.use(new EdgeNetwork());
  const [wan, field] = [network.line(), network.line()];
  const edge = { namespace: network.namespace, address: field.far };
  const site = starting.use(await Site.open({ flow: (ports) => flow(ports, field), edge }));
  network.reach(site.ports.grpc, wan);
  field.spare(site.ports.status);
  await Promise.all([site.hub.start(), site.agent.start()]);
  const running = starting.move();
  return { site, network, wan, field, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
