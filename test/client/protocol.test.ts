/**
 * The client's types are generated, so that its package needs neither zod nor lib/. They must be
 * those that the service's own code is compiled with: the compiler compares them here, and
 * `npm run docs -- --check` holds the file to its generator.
 */
import { expectTypeOf, it } from "vitest";
import type * as generated from "../../client/protocol.ts";
import type { actions } from "../../lib/protocol/actions.ts";
import type { Action, ClientFrame } from "../../lib/protocol/clientFrames.ts";
import type { DisconnectCode, ErrorCode } from "../../lib/protocol/codes.ts";
import type { FrameType, LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";

/** One by one, since an intersection is not equal to the object that it stands for. */
type Plain<T> = { [K in keyof T]: T[K] };
type Requests = { [A in Action]: Plain<Omit<ClientFrame<A>, "action" | "id">> };
type ServerFrames = { [T in FrameType]: ServerFrame<T> };
type Replies = { [A in Action]: (typeof actions)[A]["reply"] };

it("has the types of the service's schemas in its package", () => {
  expectTypeOf<Plain<Omit<generated.Requests, "ping">>>().toEqualTypeOf<
    Plain<Omit<Requests, "ping">>
  >();
  expectTypeOf<keyof generated.Requests>().toEqualTypeOf<Action>();
  expectTypeOf<Plain<generated.ServerFrames>>().toEqualTypeOf<ServerFrames>();
  expectTypeOf<Plain<generated.Replies>>().toEqualTypeOf<Replies>();
  expectTypeOf<generated.LogEvent>().toEqualTypeOf<LogEvent>();
  expectTypeOf<generated.ErrorCode>().toEqualTypeOf<ErrorCode>();
  expectTypeOf<generated.DisconnectCode>().toEqualTypeOf<DisconnectCode>();
});
