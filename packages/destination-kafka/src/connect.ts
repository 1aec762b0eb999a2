import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

const KEEP_ALIVE_MS = 60_000;

/** A connection to a broker, with TLS when there are options for it. */
export function connectTo(
  host: string,
  port: number,
  tls: ConnectionOptions | undefined,
  onConnect: () => void,
): Socket {
  const name = host.replaceAll(/[[\]]/g, '');
  const servername = isIP(name) === 0 ? { servername: name } : {};
  const socket =
    tls === undefined || tls === null
      ? connect({ host: name, port }, onConnect)
      : connectTls({ ...servername, ...tls, host: name, port }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
}
