/** Placeholder until the local emulation is here: does nothing for any command. */
export default class LocalPlugin {}
