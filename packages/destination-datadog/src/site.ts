import { describe, type Complaint } from '@grantex/core';

/**
 * The sites by the names that Datadog gives them, from "Getting started with Datadog sites" and from "Send logs" in the
 * API reference (read in August 2026). Sites keep being added, so a host name that is not listed is taken as it is.
 */
const SITES: Readonly<Record<string, string>> = {
  US1: 'datadoghq.com',
  US3: 'us3.datadoghq.com',
  US5: 'us5.datadoghq.com',
  EU: 'datadoghq.eu',
  EU1: 'datadoghq.eu',
  AP1: 'ap1.datadoghq.com',
  AP2: 'ap2.datadoghq.com',
  UK1: 'uk1.datadoghq.com',
  'US1-FED': 'ddog-gov.com',
  'US2-FED': 'us2.ddog-gov.com',
};

/** Hosts of a site that people paste instead of the site: the web application, the API, the intake. */
const HOST_OF_A_SITE = /^(app|api|http-intake\.logs)\./;

const HOST_NAME = /^(?=.{1,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The site's domain, from its name (`EU`), from the domain itself, or from an address of the site. */
export function parseSite(site: string): string {
  const named = SITES[site.toUpperCase()];
  if (named !== undefined) return named;
  const host = URL.canParse(site) ? new URL(site).hostname : site.toLowerCase();
  return host.replace(HOST_OF_A_SITE, '');
}

export function siteComplaints(site: string): readonly Complaint[] {
  if (HOST_NAME.test(parseSite(site))) return [];
  const expected = `a Datadog site such as datadoghq.eu, or one of ${Object.keys(SITES).join(', ')}`;
  // The value itself is not shown: it may be the key, in the wrong place.
  return [{ expected, got: describe(site) }];
}

/** Where logs are taken in. */
export function intakeOrigin(site: string): string {
  return `https://http-intake.logs.${site}`;
}

/** Where everything else is asked. */
export function apiOrigin(site: string): string {
  return `https://api.${site}`;
}
