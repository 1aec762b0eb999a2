export { systemClock, type Clock } from './clock.js';
export {
  DestinationError,
  GrantexError,
  OptionError,
  StreamError,
  type DestinationErrorCode,
  type ErrorCode,
  type OptionProblem,
} from './errors.js';
export {
  EVENT_TYPES,
  isKnownEvent,
  type EventCatalogue,
  type EventOf,
  type EventType,
  type GrantexEvent,
  type PassportCategory,
  type SsoProtocol,
  type UnknownEvent,
} from './events.js';
export { consoleLogger, silentLogger, type LogFields, type Logger } from './logger.js';
export { excerpt, retryAfterMs } from './http-answer.js';
export {
  option,
  type Complaint,
  type OptionSchema,
  type OptionShape,
  type Rule,
  type ShapeInput,
  type ShapeOutput,
} from './option-schemas.js';
export { isLoopback, serviceAddress, unencrypted } from './service-address.js';
export type { InputOf, OutputOf, SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.js';
export { describe, integerBetween, milliseconds, nonEmptyText, oneOf, secretText, serviceUrl } from './options.js';

export { CursorProgress, type RecordGroup } from './journal/cursor-progress.js';
export { EventRecord } from './journal/event-record.js';
export { FillLevel } from './journal/fill-level.js';
export type {
  CursorChange,
  CursorOptions,
  DeadLetter,
  DeadLetterQuery,
  DeadLetters,
  Gap,
  Journal,
  JournalCursor,
  JournalObserver,
  JournalStats,
  NewDeadLetter,
  OpenBatch,
  Overrun,
  PositionRange,
  Receipt,
  Remembered,
  Takeover,
} from './journal/journal.js';
export { OverrunLog } from './journal/overrun-log.js';
export { SettledPositions } from './journal/settled-positions.js';
export { MemoryJournal, type MemoryJournalOptions } from './journal/memory-journal.js';

export type { Addition } from './deliveries.js';
export type { Selection } from './delivery/assembler.js';
export type { BackoffOptions } from './backoff.js';
export { Batch, type BatchItem } from './delivery/batch.js';
export type { Remaining } from './delivery/delivery-parts.js';
export type { RedeliveryReport } from './delivery/redelivery.js';
export type { DeliveryState, DeliveryStats, LastError } from './delivery/delivery-stats.js';
export { refusalFromError } from './delivery/refusal-from-error.js';
export type { Attempt, BatchLimits, DeliveryTarget } from './delivery/target.js';
export {
  accepted,
  partlyAccepted,
  refused,
  type Accepted,
  type PartlyAccepted,
  type Refusal,
  type Verdict,
} from './delivery/verdict.js';

export { BatchingDestination, type SizedRecord } from './destination/batching-destination.js';
export {
  batchingOptions,
  type BatchingDefaults,
  type BatchingOptions,
  type BatchingParts,
} from './destination/batching-options.js';
export {
  connectionOptions,
  connectionSecrets,
  createHttpAgent,
  type ConnectionOptions,
} from './destination/connection-options.js';
export {
  defineDestination,
  isDestinationDefinition,
  type Declaration,
  type DestinationDefinition,
} from './destination/define-destination.js';
export { checkOptions, type CodeOptions, type FileOptions, type OptionSchemas } from './destination/file-options.js';
export { joinBytes, type BodyFrame } from './destination/join-bytes.js';
export { HttpClient } from './destination/http-client.js';
export { readTls, type TlsOptions } from './destination/tls-options.js';
export type { CheckResult, EventDestination, TestResult } from './destination/destination.js';
export {
  codeForStatus,
  compress,
  compressionHeaders,
  COMPRESSIONS,
  exchange,
  type Compression,
  type HttpRequest,
  type Reply,
} from './destination/http.js';

export type { Dispatcher } from 'undici';
export type { DeadLetterDesk } from './dead-letter-desk.js';
export { EventSource } from './event-source.js';
export type { SourceStats, StopOptions, StopReport } from './source-stats.js';
export type { EventSourceOptions } from './event-source-options.js';
export type { IntakeStats } from './stream/intake.js';
export type { TransportName } from './stream/transport.js';
