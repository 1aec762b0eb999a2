// The root of the workspace does not depend on this package, hence the path.
export { SqliteJournal } from '../../../packages/journal-sqlite/dist/index.js';
