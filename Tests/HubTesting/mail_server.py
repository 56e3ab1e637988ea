"""A mail server for tests: real SMTP by aiosmtpd on a port of loopback that it chooses, until its standard input ends.

    mail_server.py FOLDER [--starttls CERT KEY | --smtps CERT KEY] [--auth NAME PASSWORD] [--stall]

Writes its port to FOLDER/port, every mail to FOLDER/N.json, and a line for every connection to FOLDER/connections. Before it
answers MAIL, RCPT or the end of DATA it looks into FOLDER/mail, FOLDER/rcpt or FOLDER/data: a line there is its answer, in
place of a success. With --stall it takes DATA and then reads no more.
"""
import argparse
import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--starttls", nargs=2)
parser.add_argument("--smtps", nargs=2)
parser.add_argument("--auth", nargs=2)
parser.add_argument("--stall", action="store_true")
options = parser.parse_args()


def path(name):
    return os.path.join(options.folder, str(name))


def put(name, text):
    with open(path(name) + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path(name) + ".new", path(name))


def refusal(step):
    try:
        with open(path(step), encoding="utf-8") as file:
            return file.read().strip() or None
    except FileNotFoundError:
        return None


class Handler:
    count = 0

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if answer := refusal("mail"):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if answer := refusal("rcpt"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if answer := refusal("data"):
            return answer
        Handler.count += 1
        mail = {
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "message": envelope.content.decode("latin-1"),
            "secured": session.ssl is not None or options.smtps is not None, "user": getattr(session, "user", None),
        }
        put(f"{Handler.count}.json", json.dumps(mail))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    name, password = options.auth
    good = (data.login, data.password) == (name.encode(), password.encode())
    if good:
        session.user = name
    return AuthResult(success=good, handled=good)


def context(pair):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*pair)
    return tls


def connected():
    with open(path("connections"), "a", encoding="utf-8") as file:
        file.write("connected\n")


def protocol():
    connected()
    return SMTP(
        Handler(), hostname="mail.test", enable_SMTPUTF8=True, timeout=60,
        tls_context=context(options.starttls) if options.starttls else None, require_starttls=bool(options.starttls),
        authenticator=authenticate if options.auth else None, auth_required=bool(options.auth),
        auth_require_tls=bool(options.starttls))


async def stall(reader, writer):
    connected()
    writer.write(b"220 mail.test\r\n")
    while line := await reader.readline():
        if line.upper().startswith(b"DATA"):
            writer.write(b"354 go on\r\n")
            writer.transport.pause_reading()
            await asyncio.sleep(3600)
        writer.write(b"250 OK\r\n")


async def main():
    loop = asyncio.get_running_loop()
    if options.stall:
        server = await asyncio.start_server(stall, "127.0.0.1", 0)
    else:
        server = await loop.create_server(
            protocol, "127.0.0.1", 0, ssl=context(options.smtps) if options.smtps else None)
    put("port", str(server.sockets[0].getsockname()[1]))
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
