import type { DestinationSettings } from '../programs/settings.ts';

/**
 * The same work in Benthos' own words: it reads the stream frame by frame, parses each event once, makes of it the log
 * that the Datadog destination makes, and posts JSON arrays, one request at a time.
 */
export function benthosSettings(streamUrl: string, key: string, { url, batchSize }: DestinationSettings): string {
  return `
logger: { level: ERROR }
input:
  http_client:
    url: ${streamUrl}/v1/events/stream
    headers: { Authorization: Bearer ${key}, Accept: text/event-stream }
    stream:
      enabled: true
      reconnect: true
      scanner: { lines: { custom_delimiter: "\\n\\n", max_buffer_size: 8454144 } }
pipeline:
  threads: 1
  processors:
    - mapping: |
        let text = content().string()
        root = if !$text.has_prefix("data: ") { deleted() }
        let json = $text.slice(6)
        let event = $json.parse_json()
        root.ddsource = "grantex"
        root.ddtags = "type:" + $event.type
        root.hostname = "grantex-auth-service"
        root.service = "grantex"
        root.status = match $event.type {
          "grant.revoked" => "warn"
          "budget.exhausted" => "error"
          _ => "info"
        }
        root."grantex.event_type" = $event.type
        root.message = $json
        root.timestamp = $event.createdAt.ts_parse("2006-01-02T15:04:05.000Z").ts_unix_milli()
        root."grantex.event_id" = $event.id
        root."grantex.grant_id" = $event.data.grantId | deleted()
        root."grantex.agent_id" = $event.data.agentId | deleted()
        root."grantex.principal_id" = $event.data.principalId | deleted()
output:
  http_client:
    url: ${url}
    verb: POST
    headers: { Content-Type: application/json, DD-API-KEY: 0123456789abcdef0123456789abcdef }
    max_in_flight: 1
    batching:
      count: ${batchSize}
      period: 1s
      processors:
        - archive: { format: json_array }
`;
}
