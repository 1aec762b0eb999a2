import { proxy } from '../toxiproxy.ts';
import { serviceAddress } from '../address.ts';
const vl = serviceAddress('victorialogs')!;
await using p = await proxy({ name: 'try', upstream: new URL(vl.VICTORIALOGS_URL).host });
console.log(p.listen);
const get = async (label: string) => {
  const t = performance.now();
  try {
    const r = await fetch(`http://${p.listen}/metrics`, { headers: { connection: 'close' } });
    console.log(label, r.status, (await r.text()).length, Math.round(performance.now() - t), 'ms');
  } catch (e: any) { console.log(label, e.cause?.code ?? e.message, Math.round(performance.now() - t), 'ms'); }
};
await get('plain');
let t = await p.addToxic({ type: 'latency', attributes: { latency: 300 } }); await get('latency'); await p.removeToxic(t);
t = await p.addToxic({ type: 'limit_data', attributes: { bytes: 500 } }); await get('limit'); await p.removeToxic(t);
t = await p.addToxic({ type: 'limit_data', attributes: { bytes: 50 }, stream: 'upstream' }); await get('limit up'); await p.removeToxic(t);
t = await p.addToxic({ type: 'reset_peer', attributes: { timeout: 0 } }); await get('reset'); await p.removeToxic(t);
await p.cut(); await get('cut'); console.log(p.listen);
await p.restore(); await get('restored');
try { await p.removeToxic('nope'); } catch (e: any) { console.log(e.message); }
