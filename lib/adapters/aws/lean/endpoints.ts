/** In place of the SDK's rules for endpoints: a service has one in each region. */

/** By the beginning of a region's name; all others end in the first. */
const domains: [string, string][] = [
  ["", "amazonaws.com"],
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
];

export function endpointsOf(service: string) {
  return ({ Region }: { Region: string }) => {
    const [, domain] = domains.findLast(([beginning]) => Region.startsWith(beginning)) ?? [];
    return { url: new URL(`https://${service}.${Region}.${domain}`) };
  };
}
