import type { protos, v1 } from '@google-cloud/bigquery-storage';

export type AppendRequest = protos.google.cloud.bigquery.storage.v1.IAppendRowsRequest;
export type AppendResponse = protos.google.cloud.bigquery.storage.v1.IAppendRowsResponse;

type Call = ReturnType<v1.BigQueryWriteClient['appendRows']>;

interface Waiting {
  readonly resolve: (response: AppendResponse) => void;
  readonly reject: (error: unknown) => void;
}

/** One call of `AppendRows`, which stays open: one request at a time, and its answer. */
export class AppendConnection {
  readonly stream: string;
  readonly #call: Call;
  #waiting: Waiting | undefined;
  #isOpen = true;

  constructor(client: v1.BigQueryWriteClient, stream: string) {
    this.stream = stream;
    // BigQuery finds the region by this header.
    const headers = { 'x-goog-request-params': `write_stream=${stream}` };
    this.#call = client.appendRows({ otherArgs: { headers } });
    this.#call.on('data', (response: AppendResponse) => this.#answer(response));
    // Listened to for ever: an error that comes after the end would end the process.
    this.#call.on('error', (error: unknown) => this.#fail(error));
    this.#call.on('end', () => this.#fail(new Error('BigQuery ended the connection')));
  }

  /** Whether another request can be sent. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Rejects with the status with which the call ended, or with the signal's reason. After either the connection is closed. */
  append(request: AppendRequest, signal: AbortSignal): Promise<AppendResponse> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#fail(signal.reason);
        this.close();
      };
      const done = (): void => signal.removeEventListener('abort', onAbort);
      this.#waiting = {
        resolve: (response) => (done(), resolve(response)),
        reject: (error) => (done(), reject(error)),
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else this.#call.write(request);
    });
  }

  close(): void {
    this.#isOpen = false;
    this.#call.cancel();
  }

  #answer(response: AppendResponse): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(response);
  }

  #fail(error: unknown): void {
    this.#isOpen = false;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}
