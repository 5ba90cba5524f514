/** The real plugin, under a path that osls accepts: a service's local plugins are its own files. */
export { default } from "../../local/plugin.mjs";
