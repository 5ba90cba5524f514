/**
 * The secret that signs development tokens. It is public, and with it anybody can be any user: it
 * may be accepted only where PARLEY_LOCAL is set, which the local emulation does and no deployment
 * can need.
 */
export const developmentSecret = "parley-development-secret-never-deploy-this";
