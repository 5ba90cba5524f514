/**
 * The small cases whose every order is tried. Each names the race that it is about; what must hold
 * in all of them is the checker's and verdict.ts's to say.
 */
import type { SmallCase } from "../caseShape.ts";
import * as append from "./append.ts";
import * as changes from "./changes.ts";
import * as directRooms from "./directRooms.ts";
import * as focus from "./focus.ts";
import * as hearing from "./hearing.ts";
import * as largeRooms from "./largeRooms.ts";
import * as presence from "./presence.ts";
import * as recipients from "./recipients.ts";
import * as requests from "./requests.ts";
import * as retention from "./retention.ts";
import * as rights from "./rights.ts";

export const smallCases: readonly SmallCase[] = [
  append,
  changes,
  hearing,
  focus,
  recipients,
  rights,
  requests,
  directRooms,
  largeRooms,
  presence,
  retention,
].flatMap((file) => Object.values<SmallCase>(file));
