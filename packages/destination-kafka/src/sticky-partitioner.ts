import type { ICustomPartitioner, Message } from 'kafkajs';

/**
 * A partitioner that puts a message where it was put before. When a topic gets more partitions between two tries of a batch,
 * its messages would go elsewhere, under sequence numbers that the broker has seen there: it would take them for repeats
 * and drop them.
 */
export function stickyPartitioner(): {
  /** The partitioner around another, which decides about messages that come for the first time. */
  wrap(inner: ICustomPartitioner): ICustomPartitioner;
  /** Where the message was put. */
  partitionOf(message: object): number | undefined;
} {
  const partitions = new WeakMap<object, number>();
  return {
    wrap: (inner) => () => {
      const decide = inner();
      return (place) => {
        const message: Message = place.message;
        const partition = partitions.get(message) ?? decide(place);
        partitions.set(message, partition);
        return partition;
      };
    },
    partitionOf: (message) => partitions.get(message),
  };
}
