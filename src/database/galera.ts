import type { Database } from './database.js';

const STATUS = `SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_gcomm_uuid')`;

/**
 * The node of a Galera cluster that answers at the address, by its id in the cluster (a new one after each of its starts);
 * null where there is no cluster, or the node is alone in it.
 * @throws the driver's error
 */
export async function galeraNode(database: Database): Promise<string | null> {
  if (!database.isGalera) return null;
  const rows = await database.read.query<{ Variable_name: string; Value: string }[]>(STATUS);
  const status = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  return Number(status.get('wsrep_cluster_size') ?? 0) > 1 ? (status.get('wsrep_gcomm_uuid') ?? null) : null;
}
