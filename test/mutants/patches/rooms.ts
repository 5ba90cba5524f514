/** Mistakes in what the operator's servers may do. */
import type { Patch } from "../patch.ts";

const tests = ["test/security/administration.test.ts"];
const standing = "lib/actions/rooms/standing.ts";

export const roomPatches: readonly Patch[] = [
  {
    what: "a scope that begins with the administrator's leads every room",
    file: "lib/identity/claims.ts",
    before: "scopes.includes(adminScope)",
    after: "scopes.some((scope) => scope.startsWith(adminScope))",
    tests,
  },
  {
    what: "the administrator's scope is not handed on at the handshake",
    file: "handlers/authorize.ts",
    before: '...(isAdmin && { isAdmin: "true" }),',
    after: "",
    tests,
  },
  {
    what: "every connection leads every room",
    file: "handlers/boundary.ts",
    before: '...(isAdmin === "true" && { isAdmin: true }),',
    after: "isAdmin: true,",
    tests,
  },
  {
    what: "the operator's servers make a private room by its name",
    file: standing,
    before: "isAdmin && (!room.isPrivate || item.rev > 0)",
    after: "isAdmin",
    tests,
  },
  {
    what: "somebody who was put out can tell that there is a private room by leaving it",
    file: "lib/actions/rooms/leave.ts",
    before: "if (room.isPrivate && isOut) {",
    after: 'if (room.isPrivate && state === "none") {',
    tests: ["test/security/privateRooms.test.ts"],
  },
  {
    what: "anybody joins a room of a reserved name into being",
    file: "lib/actions/rooms/join.ts",
    before: "if (isStranger && !isThere) assertNotReserved",
    after: "if (isStranger && isThere) assertNotReserved",
    tests: ["test/unit/reservedNames.test.ts"],
  },
  {
    what: "the operator's servers put owners out",
    file: standing,
    before: 'const isSteppingDown = act === "grant" && (target?.user === user || isAdmin);',
    after: "const isSteppingDown = target?.user === user || isAdmin;",
    tests,
  },
];
