/**
 * Lambda's Invoke API, for functions that invoke functions: signed, checked against the caller's
 * role, with the limits of AWS. An error of the function is an answer of 200 with a header, not an
 * error of the API. Asynchronous invocations are answered before they run, and retried twice.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { localCredentials } from "../database/tables.ts";
import type { Outcome } from "./functionProcess.ts";
import { type Functions, isUnavailable } from "./functions.ts";
import type { GatewayLimits } from "./limits.ts";
import { readBody } from "./proxyResponse.ts";
import type { FunctionDefinition, ServiceFile } from "./serviceFile.ts";
import { refusalOf } from "./signature.ts";

interface LambdaOptions {
  service: ServiceFile;
  functions: Functions;
  limits: GatewayLimits;
  /** Ends the retries that wait. */
  signal: AbortSignal;
}

type Answer =
  | { status: number; body?: string; functionError?: boolean }
  | { status: number; type: string; message: string };

interface Invocation {
  definition: FunctionDefinition;
  event: unknown;
  /** Whether a function waits for the result, and keeps its process busy. */
  isNested: boolean;
}

/** Reads a body that is too large up to this factor, because the signature covers it. */
const readFactor = 2;
const pathForm = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(\?.*)?$/;
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

export function lambdaApi(options: LambdaOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await answerTo(request, options);
    const failure = "type" in answer ? answer : undefined;
    const isFunctionError = "functionError" in answer && answer.functionError;
    response.writeHead(answer.status, {
      "x-amzn-RequestId": randomUUID(),
      "content-type": "application/json",
      "X-Amz-Executed-Version": "$LATEST",
      ...(failure && { "x-amzn-ErrorType": failure.type }),
      ...(isFunctionError && { "X-Amz-Function-Error": "Unhandled" }),
    });
    const body = "body" in answer ? answer.body : undefined;
    response.end(failure ? JSON.stringify({ Type: "User", message: failure.message }) : body);
  };
}

async function answerTo(request: IncomingMessage, options: LambdaOptions): Promise<Answer> {
  const { limits, service } = options;
  const { method = "", url = "", headers } = request;
  const body = await readBody(request, limits.payloadBytes * readFactor);
  const name = pathForm.exec(url)?.[1];
  if (method !== "POST" || name === undefined) return failure(404, "UnknownOperationException", "");
  const type = String(headers["x-amz-invocation-type"] ?? "RequestResponse");
  const bytesMax = type === "Event" ? limits.asyncPayloadBytes : limits.payloadBytes;
  if (body === undefined) return tooLarge(bytesMax);
  const refusal = refusalOf({ service: "lambda", method, url, headers, body }, localCredentials);
  if (refusal) return { status: 403, ...refusal };

  const wanted = name.replace(/%3A/gi, ":").replace(/^arn:.*:function:/, "");
  const definition = [...service.functions.values()].find((each) =>
    [each.name, each.deployedName].includes(wanted),
  );
  const caller = headers["x-amz-security-token"]?.toString();
  const isAllowed =
    caller === undefined ||
    (definition !== undefined && service.functions.get(caller)?.mayInvoke(definition.name));
  if (!isAllowed) return denied(caller, wanted);
  if (definition === undefined) {
    const message = `Function not found: ${functionArn(wanted)}`;
    return failure(404, "ResourceNotFoundException", message);
  }
  if (body.length > bytesMax) return tooLarge(bytesMax);
  const event = parsed(body);
  if (event === undefined) {
    const message = "Could not parse request body into json";
    return failure(400, "InvalidRequestContentException", message);
  }
  const isNested = caller !== undefined && type === "RequestResponse";
  return perform(type, { definition, event, isNested }, options);
}

async function perform(
  type: string,
  invocation: Invocation,
  options: LambdaOptions,
): Promise<Answer> {
  switch (type) {
    case "RequestResponse":
      return answerOf(await invoke(invocation, options), options);
    case "Event":
      void invokeLater(invocation, options);
      return { status: 202 };
    case "DryRun":
      return { status: 204 };
    default:
      return failure(400, "InvalidParameterValueException", `no such InvocationType: ${type}`);
  }
}

function invoke({ definition, event, isNested }: Invocation, { functions }: LambdaOptions) {
  return functions.invoke(definition.name, event, { isNested });
}

/** A function that could not run has not failed, so this costs no retry. */
async function invokeLater(invocation: Invocation, options: LambdaOptions): Promise<void> {
  const { limits, signal } = options;
  const delaysMs = limits.asyncRetryDelaysMs.slice(0, invocation.definition.asyncRetries);
  while (!signal.aborted) {
    const outcome = await invoke(invocation, options);
    if (!("failed" in outcome)) return;
    const delayMs = isUnavailable(outcome) ? limits.asyncRetryDelaysMs[0] : delaysMs.shift();
    if (delayMs === undefined) return;
    await delay(delayMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

function answerOf(outcome: Outcome, { limits }: LambdaOptions): Answer {
  if (isUnavailable(outcome)) return failure(429, "TooManyRequestsException", "Rate Exceeded.");
  if ("failed" in outcome) return functionError(outcome.failed);
  const body = JSON.stringify(outcome.returned);
  const bytes = Buffer.byteLength(body);
  if (bytes <= limits.payloadBytes) return { status: 200, body };
  const message =
    `Response payload size (${bytes} bytes) exceeded maximum allowed payload size ` +
    `(${limits.payloadBytes} bytes).`;
  return functionError({ name: "Function.ResponseSizeTooLarge", message });
}

/** Lambda's names for functions that ended without throwing. */
const errorTypes: Record<string, string> = {
  Timeout: "Sandbox.Timedout",
  Exit: "Runtime.ExitError",
};

function functionError({
  name,
  message,
  stack,
}: {
  name: string;
  message: string;
  stack?: string;
}) {
  const error = {
    errorType: errorTypes[name] ?? name,
    errorMessage: message,
    ...(stack !== undefined && { trace: stack.split("\n") }),
  };
  return { status: 200, functionError: true, body: JSON.stringify(error) };
}

/** Without a payload the event is an empty object. */
function parsed(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(String(body));
  } catch {
    return undefined;
  }
}

function denied(caller: string | undefined, wanted: string): Answer {
  const message =
    `The role of ${caller} is not authorized to perform: lambda:InvokeFunction ` +
    `on resource: ${functionArn(wanted)}`;
  return failure(403, "AccessDeniedException", message);
}

const tooLarge = (bytesMax: number) =>
  failure(413, "RequestTooLargeException", `Request must be smaller than ${bytesMax} bytes`);

function failure(status: number, type: string, message: string): Answer {
  return { status, type, message };
}
