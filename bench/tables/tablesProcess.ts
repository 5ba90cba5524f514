/** A stand-in for DynamoDB, which answers every request with one small item; says where it is. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerTasks } from "../fanout/tasks.ts";

const item = {
  pk: { S: "ROOM#general" },
  sk: { S: "MEMBER#alice" },
  readSeq: { N: "41" },
  memberOf: { S: "ROOM#general" },
};
const answer = JSON.stringify({ Item: item });

const server = createServer((request, response) => {
  request.resume().on("end", () => {
    response.writeHead(200, {
      "content-type": "application/x-amz-json-1.0",
      "content-length": answer.length,
      "x-amzn-requestid": "5GJ6F1KQ8J1V5F5RC9U1T3QO1NVV4KQNSO5AEMVJF66Q9ASUAAJG",
    });
    response.end(answer);
  });
});
// Nobody's sockets are to be closed while it is another's turn.
server.keepAliveTimeout = 300_000;
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address() as AddressInfo;
answerTasks(() => `http://127.0.0.1:${port}`);
