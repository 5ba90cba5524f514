/**
 * Stands in front of moto and answers ValidateTemplate itself. moto asks cfn-lint, and takes its
 * warnings for errors: a condition that a package has settled is one.
 */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

const valid = "<ValidateTemplateResponse><ValidateTemplateResult/></ValidateTemplateResponse>";

/** In front of a port of this machine. */
export async function withoutValidation(port: number) {
  const server = createServer(async (incoming, response) => {
    const body = await buffer(incoming);
    if (body.includes("Action=ValidateTemplate")) {
      response.writeHead(200, { "content-type": "text/xml" }).end(valid);
      return;
    }
    const { method, url: path, headers } = incoming;
    const onward = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    onward.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => server.close(),
  };
}
