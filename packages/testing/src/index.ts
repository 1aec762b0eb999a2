export { EVENT_TYPES, type TestEventType } from './events/event-catalogue.js';
export {
  EventServer,
  type PublishedGarbage,
  type PublishOptions,
  type StreamSelection,
} from './event-server/event-server.js';
export type { ConnectionNews, EventServerOptions } from './event-server/event-server-options.js';
export { eventStream, type EventStreamOptions, makeEvent, makeEvents } from './events/make-events.js';
export { type Clock, ManualClock, type WaitingSleepers } from './manual-clock.js';
export type { StalledEvents } from './event-server/outlet.js';
export type { Refusal } from './event-server/refusals.js';
export type { RequestRecord } from './event-server/request-record.js';
export type { PublishableEvent, TestEvent } from './events/test-event.js';
export type { Farewell } from './event-server/websocket-wire.js';
export type { Transport } from './event-server/wire.js';
export type { Answer, AnswerRule } from './http-receiver/answer.js';
export type { RandomFailures } from './http-receiver/answer-script.js';
export type { DatadogLog } from './datadog/datadog-log.js';
export { datadogReceiver, type DatadogReceiver, type DatadogReceiverOptions } from './datadog/datadog-receiver.js';
export { HttpReceiver } from './http-receiver/http-receiver.js';
export type { HttpReceiverOptions } from './http-receiver/http-receiver-options.js';
export type { ReceivedRequest } from './http-receiver/received-request.js';
export type { ReceiverCounts } from './http-receiver/receiver-ledger.js';
export { destinationContract, type DestinationContractOptions } from './contract/destination-contract.js';
export type {
  DestinationRequest,
  DestinationSubject,
  SubjectOptions,
  SubjectSetup,
} from './contract/destination/destination-subject.js';
export type { Capability, Fault, FaultKind } from './contract/destination/fault.js';
export { httpSubject, type HttpSubjectParts } from './contract/destination/http-subject.js';
export type { ContractOutline, TestFunction } from './contract/test-function.js';
export { journalContract, type JournalContractOptions } from './contract/journal-contract.js';
export type {
  JournalCapability,
  JournalSubject,
  JournalSubjectOptions,
  JournalSubjectSetup,
} from './contract/journal/journal-subject.js';
