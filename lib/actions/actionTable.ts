/**
 * The one table of actions: those that can be asked for over a socket and over HTTP alike. This is
 * where a new action is added; handlers of both, the simulation and the price of an attack run it.
 * `socketActions` adds those of a connection, `httpActions` adds `send`, which has a function of
 * its own on a socket.
 */
import { deleteMessage } from "./messages/deleteMessage.ts";
import { edit } from "./messages/edit.ts";
import { events } from "./messages/events.ts";
import { history } from "./messages/history.ts";
import { pin } from "./messages/pin.ts";
import { react } from "./messages/react.ts";
import { reactors } from "./messages/reactors.ts";
import { report } from "./messages/report.ts";
import { reports } from "./messages/reports.ts";
import { thread } from "./messages/thread.ts";
import { block } from "./people/block.ts";
import { blocks } from "./people/blocks.ts";
import { hello } from "./people/hello.ts";
import { mentions } from "./people/mentions.ts";
import { preferences } from "./people/preferences.ts";
import { read } from "./people/read.ts";
import { readers } from "./people/readers.ts";
import { who } from "./people/who.ts";
import { ban } from "./rooms/ban.ts";
import { bans } from "./rooms/bans.ts";
import { close } from "./rooms/close.ts";
import { configure } from "./rooms/configure.ts";
import { create } from "./rooms/create.ts";
import { decline } from "./rooms/decline.ts";
import { directory } from "./rooms/directory.ts";
import { grant } from "./rooms/grant.ts";
import { invite } from "./rooms/invite.ts";
import { join } from "./rooms/join.ts";
import { kick } from "./rooms/kick.ts";
import { leave } from "./rooms/leave.ts";
import { members } from "./rooms/members.ts";
import { mute } from "./rooms/mute.ts";
import { reopen } from "./rooms/reopen.ts";
import { settings } from "./rooms/settings.ts";
import { unban } from "./rooms/unban.ts";
import { uninvite } from "./rooms/uninvite.ts";

/** What is done to rooms and members. */
export const roomActions = {
  create,
  configure,
  settings,
  grant,
  invite,
  uninvite,
  decline,
  kick,
  ban,
  unban,
  bans,
  mute,
  close,
  reopen,
  members,
  preferences,
  readers,
  pin,
  report,
  reports,
};

/** What is done to messages that are in a log. */
export const messageActions = { events, edit, delete: deleteMessage, react, reactors, thread };

/** What names no room. */
const userActions = { block, blocks, directory };

export const actionTable = {
  ...{ hello, join, leave, history, read, mentions, who },
  ...messageActions,
  ...roomActions,
  ...userActions,
};
