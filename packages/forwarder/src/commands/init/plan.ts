/** What `init` knows so far, and what it will write. */
export interface SettingsPlan {
  readonly source: SourcePlan;
  readonly destinations: readonly DestinationPlan[];
}

export interface SourcePlan {
  readonly name: string;
  readonly url: string;
  /** As it is written: a reference to the environment, or the key of the dev-server, which is no secret. */
  readonly apiKey: string;
}

export interface DestinationPlan {
  readonly name: string;
  readonly type: string;
  /** Without secrets. */
  readonly options: Readonly<Record<string, unknown>>;
}

export const DEFAULT_URL = 'https://api.grantex.dev';

/** Where `grantex-forwarder dev-server` listens. */
export const DEV_SERVER_URL = 'http://127.0.0.1:4319';

/** The key that the dev-server takes. It opens nothing else. */
export const DEV_SERVER_KEY = 'gx_test_dev_server';

export function sourcePlan(url: string): SourcePlan {
  return url === DEV_SERVER_URL
    ? { name: 'dev', url, apiKey: DEV_SERVER_KEY }
    : { name: 'production', url, apiKey: '${GRANTEX_API_KEY}' };
}

/** The variable for a secret of this destination: `DD_API_KEY`, or `EU_DD_API_KEY` when the destination is named `eu`. */
export function variableFor({ name, type }: Pick<DestinationPlan, 'name' | 'type'>, usual: string): string {
  return name === type ? usual : `${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}_${usual}`;
}
