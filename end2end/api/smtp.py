"""A mail server for the tests. Takes mail at a free port of this machine, which is its first line of output; each mail that it takes is
another line, of JSON. The beginning of the recipient's name decides: `gone` is refused for good, `busy` for now, the first time; of `slow`
the mail is taken and the answer never comes. Ends with its input."""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


def say(line):
    print(line, flush=True)


class Handler:
    def __init__(self):
        self.put_off = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return "550 5.1.1 There is no such mailbox here"
        if address.startswith("busy") and address not in self.put_off:
            self.put_off.add(address)
            return "451 4.2.1 This mailbox is busy, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = {kind: message.get_body((kind,)).get_content() for kind in ("plain", "html")}
        say(
            json.dumps(
                {
                    "sender": envelope.mail_from,
                    "recipients": envelope.rcpt_tos,
                    "headers": [[name, str(value)] for name, value in message.items()],
                    "text": part["plain"].replace("\r\n", "\n"),
                    "html": part["html"],
                }
            )
        )
        if envelope.rcpt_tos[0].startswith("slow"):
            await asyncio.Event().wait()
        return "250 Taken as " + message["message-id"]


async def main():
    loop = asyncio.get_running_loop()
    handler = Handler()
    server = await loop.create_server(lambda: SMTP(handler, hostname="mail.test"), "127.0.0.1", 0)
    say(server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
