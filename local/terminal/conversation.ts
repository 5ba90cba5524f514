/** What a person sees of a chat in a terminal, and what becomes of the lines that they write. */
import type { Chat, ChatRoom, Message } from "../../client/index.ts";
import { history } from "../../client/messageActions.ts";
import { isRequest, requests, who } from "../../client/roomActions.ts";
import { cleanLine, cleanText } from "./clean.ts";
import { help as actionHelp, commands, invitation, mentionsOf, type Place } from "./commands.ts";
import { isInRoom, isSent, Listing, lineOf } from "./listing.ts";
import type { Screen } from "./screen.ts";
import { type OpenThread, openThread } from "./thread.ts";

const help = `/older      the messages before these
/rooms      my rooms, with what is unread
/room NAME  show another room, and join it where I have to
/to USER    my direct messages with a user
/who        who is online here
/retry      send again what failed
/quit       end (Ctrl-C too)
${actionHelp}
N is the number in front of a message.`;

const noAnswer =
  "the service does not answer; trying again (npm start runs one, and --url says where it is)";

/** Of a room that is shown. */
const shownLines = 20;

export class Conversation {
  readonly #chat: Chat;
  readonly #screen: Screen;
  #room: ChatRoom | undefined;
  #stop = () => {};
  #listing: Listing;
  /** The position up to which I have read the room, since it was opened. */
  #read = 0;
  /** The thread that is shown in place of the room. */
  #thread: OpenThread | undefined;
  #older: AsyncIterator<readonly Message[]> | undefined;
  readonly #failed = new Set<string>();
  #online: readonly string[] = [];
  #unread = new Map<string, number>();
  /** Rooms of the invitations that were told of. */
  #invited: ReadonlySet<string> = new Set();
  #state = "";
  /** It has been said that there is no connection. */
  #isAway = false;

  constructor(chat: Chat, screen: Screen) {
    this.#chat = chat;
    this.#screen = screen;
    this.#listing = new Listing(screen);
    chat.subscribe(() => this.#changed());
    chat.on("problem", ({ error }) => this.#note(error.message));
  }

  async open(name: string): Promise<void> {
    const room = this.#chat.room(name);
    const isDirect = name.startsWith("dm:");
    const isMine = this.#chat.snapshot.rooms.some((one) => one.room === name);
    if (!isDirect && !isMine) await room.join();
    this.#stop();
    this.#room = room;
    [this.#read, this.#older, this.#online] = [0, undefined, []];
    this.#listing = new Listing(this.#screen);
    this.#note(`in ${this.#titleOf(name)}; /help lists what you can do`);
    const hide = room.show();
    const unsubscribe = room.subscribe(() => this.#shown());
    this.#stop = () => {
      this.#thread?.leave();
      this.#thread = undefined;
      unsubscribe();
      hide();
    };
    this.#shown();
  }

  /** A line that was written. */
  async line(text: string): Promise<void> {
    const [, command, rest = ""] = /^\/(\w+)\s*(.*)$/s.exec(text) ?? [];
    try {
      if (command !== undefined) await this.#command(command, rest.trim());
      else if (text.trim() !== "") await this.#say(text);
    } catch (error) {
      // A message that failed is told of by its status.
      if (command !== undefined) this.#note((error as Error).message);
    }
  }

  async #say(text: string): Promise<void> {
    await this.#room?.send(text, { thread: this.#thread?.seq, ...mentionsOf(text) });
  }

  typing(isWriting: boolean): void {
    this.#room?.typing(isWriting);
  }

  /** What stands before what is being written: the connection, the room, and who types in it. */
  status(): string {
    const { connection, unread, rooms } = this.#chat.snapshot;
    const mentions = rooms.reduce((sum, one) => sum + one.mentions, 0);
    const { messages, typing, room } = this.#room?.snapshot ?? {
      messages: [],
      typing: [],
      room: "",
    };
    const elsewhere = unread - (this.#summary(room)?.unread ?? 0);
    const sending = messages.filter(({ status }) => status === "sending").length;
    const inSeconds = Math.max(0, Math.ceil(((connection.retryAtMs ?? 0) - Date.now()) / 1000));
    return [
      ...(connection.state === "offline" ? [`[reconnecting in ${inSeconds} s]`] : []),
      ...(connection.state === "connecting" ? ["[connecting]"] : []),
      ...(elsewhere > 0 ? [`[${elsewhere} unread]`] : []),
      ...(mentions > 0 ? [`[${counted(mentions, "mention")}]`] : []),
      ...(sending > 0 ? [`[${sending} to send]`] : []),
      ...(typing.length > 0 ? [`[${typing.map(cleanLine).join(", ")} typing]`] : []),
      this.#thread ? `${this.#titleOf(room)} › ${this.#thread.seq}` : this.#titleOf(room),
    ].join(" ");
  }

  async #command(command: string, rest: string): Promise<void> {
    if (command === "help") return this.#screen.print(help);
    if (command === "quit") return this.#screen.close();
    if (command === "room") return this.open(rest);
    if (command === "to") return this.open((await this.#chat.to(rest)).name);
    if (command === "rooms") return this.#rooms();
    if (command === "who") return this.#who();
    if (command === "older") return this.#pageBack();
    if (command === "retry") return this.#retry();
    const action = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (action && this.#room) {
      const messages = this.#thread?.messages() ?? this.#room.snapshot.messages;
      const place: Place = {
        ...{ chat: this.#chat, room: this.#room, messages, thread: this.#thread?.seq },
        note: (text) => this.#note(text),
        open: (name) => this.open(name),
        openThread: (seq) => this.#openThread(seq),
      };
      return action(place, rest);
    }
    this.#note(`there is no /${command}; /help lists what there is`);
  }

  #rooms(): void {
    for (const { room, unread, mentions } of this.#chat.snapshot.rooms) {
      const news = [
        ...(unread > 0 ? [`${unread} unread`] : []),
        ...(mentions > 0 ? [counted(mentions, "mention")] : []),
      ].join(", ");
      this.#screen.print(`  ${this.#titleOf(room)}${news && ` (${news})`}`);
    }
  }

  async #who(): Promise<void> {
    const online = (this.#room && (await who(this.#room)).online) ?? [];
    this.#note(`online: ${online.map(({ user }) => cleanLine(user)).join(", ")}`);
  }

  async #pageBack(): Promise<void> {
    if (this.#thread) return this.#thread.pageBack();
    const before = this.#room?.snapshot.messages.filter(isSent).slice(-shownLines)[0]?.seq;
    if (before === undefined) return this.#note("this is the beginning");
    if (this.#room) this.#older ??= history(this.#room, { before });
    const page = await this.#older?.next();
    if (page === undefined || page.done) return this.#note("this is the beginning");
    const older = page.value.filter(isInRoom).map(lineOf);
    this.#screen.print([...older, "— newer messages are further up —"].join("\n"));
  }

  #retry(): void {
    for (const { cid, status } of this.#room?.snapshot.messages ?? []) {
      if (status !== "failed") continue;
      this.#failed.delete(cid);
      this.#room?.retry(cid).catch(() => {}); // its status says so
    }
  }

  #changed(): void {
    const { connection, rooms } = this.#chat.snapshot;
    const { state, reason } = connection;
    this.#invitations();
    if (state !== this.#state && this.#state !== "") this.#connection(state, reason?.message);
    this.#state = state;
    for (const { room, unread } of rooms) {
      const isNews = unread > 0 && (this.#unread.get(room) ?? 0) === 0;
      if (isNews && room !== this.#room?.name)
        this.#note(`${this.#titleOf(room)}: ${unread} unread`);
      this.#unread.set(room, unread);
    }
  }

  #invitations(): void {
    const { snapshot } = this.#chat;
    const rooms = snapshot.invitations.filter((one) => !isRequest(one));
    const waiting = [...rooms, ...requests(snapshot)];
    for (const one of waiting) {
      if (this.#invited.has(one.room)) continue;
      const stranger = `${this.#titleOf(one.room)} would like to write to me; /requests shows what`;
      this.#note(isRequest(one) ? stranger : invitation(one));
    }
    this.#invited = new Set(waiting.map(({ room }) => room));
  }

  #connection(state: string, reason: string | undefined): void {
    if (state === "offline" && !this.#isAway) {
      this.#note(this.#state === "live" ? "connection lost; trying again" : noAnswer);
      this.#isAway = true;
    }
    if (state === "live") {
      this.#note("connected");
      this.#isAway = false;
    }
    if (state === "failed") {
      this.#note(reason ?? "the service ended the connection");
      this.#screen.close();
    }
  }

  #shown(): void {
    const snapshot = this.#room?.snapshot;
    if (snapshot === undefined) return;
    if (snapshot.state === "failed") this.#note(snapshot.error?.message ?? "it cannot be opened");
    if (snapshot.state === "left") this.#wasPutOut(snapshot);
    if (snapshot.state === "open") this.#print(snapshot.messages.filter(isSent));
    for (const { cid, text, status, error } of snapshot.messages) {
      if (status !== "failed" || this.#failed.has(cid)) continue;
      this.#failed.add(cid);
      this.#note(`not sent: ${cleanText(text)} (${error?.message}; /retry)`);
    }
    this.#presence(snapshot.online);
  }

  /** What came into the room meanwhile is printed when the thread is left. */
  #print(sent: readonly Message[]): void {
    if (this.#thread) return;
    this.#listing.show(sent.filter(isInRoom), shownLines);
    const { seq = 0 } = sent.at(-1) ?? {};
    if (seq <= this.#read) return;
    this.#read = seq;
    this.#room?.read().catch(() => {}); // it is read again with the next one
  }

  /** Show the replies to a message in place of the room, or with none the room again. */
  #openThread(seq: number | undefined): void {
    this.#thread?.leave();
    this.#thread = undefined;
    if (this.#room === undefined) return;
    if (seq === undefined) {
      this.#note(`back in ${this.#titleOf(this.#room.name)}`);
      this.#shown();
    } else {
      this.#note(`in the thread of ${seq}; /thread leads back to the room`);
      this.#thread = openThread(this.#room, seq, this.#screen);
    }
  }

  #wasPutOut({ by, reason }: { by?: string | undefined; reason?: string | undefined }): void {
    const how = by === undefined ? "I have left" : `${cleanLine(by)} put me out`;
    this.#note(`${how}${reason === undefined ? "" : `: ${cleanLine(reason)}`}`);
    this.#stop();
  }

  /** Nothing is told of those who were there when the room was opened or the connection lost. */
  #presence(online: readonly string[]): void {
    const before = this.#online;
    if (online === before) return;
    this.#online = online;
    if (this.#chat.snapshot.connection.state !== "live" || before.length === 0) return;
    for (const user of online)
      if (!before.includes(user)) this.#note(`${cleanLine(user)} is online`);
    for (const user of before)
      if (!online.includes(user)) this.#note(`${cleanLine(user)} is offline`);
  }

  #summary(room: string) {
    return this.#chat.snapshot.rooms.find((one) => one.room === room);
  }

  #titleOf(room: string): string {
    const me = this.#chat.snapshot.connection.user;
    const [kind, ...users] = room.split(":");
    if (kind === "dm") return cleanLine(users.find((user) => user !== me) ?? room);
    return cleanLine(this.#summary(room)?.title || room);
  }

  #note(text: string): void {
    this.#screen.print(`* ${text}`);
  }
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
