/** A network between a browser and Botica that can be cut. A browser that is told to be offline keeps its open
 * connections; a network does not. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export class Relay {
  readonly #open = new Set<Socket>();
  #isCut = false;

  private constructor(readonly url: string) {}

  static async to(target: string): Promise<Relay> {
    const { hostname, port } = new URL(target);
    // It ends with the check's process.
    const server = createServer().unref();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const relay = new Relay(`http://127.0.0.1:${String(address.port)}`);
    server.on('connection', (near) => {
      if (relay.#isCut) {
        near.resetAndDestroy();
        return;
      }
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        relay.#open.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          relay.#open.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
    return relay;
  }

  /** Ends what is open, and lets nothing through. */
  cut() {
    this.#isCut = true;
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  mend() {
    this.#isCut = false;
  }
}
