export { s3Definition } from './definition.js';
export { S3Destination } from './destination.js';
export type { Partitioning } from './encode.js';
export type { Encryption, ObjectLockOptions, S3Options, StorageClass } from './options.js';
