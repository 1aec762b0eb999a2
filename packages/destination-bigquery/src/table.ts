/** The table that the destination writes to: how it is made, and whether one that is there fits. */

const COLUMNS = [
  { name: 'event_id', type: 'STRING', mode: 'REQUIRED', description: 'The id of the event, its key: evt_ and a ULID' },
  { name: 'event_type', type: 'STRING', mode: 'REQUIRED', description: 'What happened, for example grant.created' },
  { name: 'created_at', type: 'TIMESTAMP', mode: 'REQUIRED', description: 'When it happened' },
  { name: 'data', type: 'JSON', mode: 'NULLABLE', description: 'What the event is about' },
] as const;

/** Types that take the same values as the column's own. */
const ALSO: Readonly<Record<string, string>> = { JSON: 'STRING' };

/** The body of `tables.insert`. */
export function tableResource(ids: {
  readonly projectId: string;
  readonly datasetId: string;
  readonly tableId: string;
}): object {
  const { projectId, datasetId, tableId } = ids;
  return {
    tableReference: { projectId, datasetId, tableId },
    description: 'Authorization events of Grantex',
    schema: { fields: COLUMNS },
    timePartitioning: { type: 'DAY', field: 'created_at' },
    clustering: { fields: ['event_type'] },
  };
}

/** A column as the service describes it. */
export interface Column {
  readonly name?: string | null;
  readonly type?: unknown;
  readonly mode?: unknown;
}

/** What is wrong with the columns of a table; empty when events fit in. */
export function columnProblems(fields: readonly Column[]): string[] {
  const byName = new Map(fields.map((field) => [String(field.name).toLowerCase(), field]));
  const problems = COLUMNS.flatMap(({ name, type }) => {
    const field = byName.get(name);
    byName.delete(name);
    if (field === undefined) return [`it has no column ${name} ${type}`];
    if (field.type === type || field.type === ALSO[type]) return [];
    return [`its column ${name} is ${String(field.type)} and should be ${type}`];
  });
  for (const [name, { mode }] of byName) {
    if (mode === 'REQUIRED') problems.push(`its column ${name} is REQUIRED, and events have no such value`);
  }
  return problems;
}
