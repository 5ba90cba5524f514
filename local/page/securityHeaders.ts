/**
 * What a browser may do on the chat page. Nothing inline runs, nothing comes from elsewhere, and
 * nothing goes anywhere but to the service.
 */
export function securityHeaders(service: readonly string[]): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${["'self'", ...service].join(" ")}`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    // Not "no-referrer": a form would come without its origin.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
}
