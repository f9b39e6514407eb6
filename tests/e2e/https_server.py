# SPDX-License-Identifier: MIT
"""A real HTTPS server for the files of a folder, which a test may have answer anything else."""
import http.server
import pathlib
import ssl
import threading

PORT = 8443  # besides 443 the only one that an x5u may name (ATIS-1000074)


class _Listening(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass  # clients that do not trust it end the handshake


class HttpsServer:
    """`answers` maps a path to (status, headers, body); /certs/NAME is the file NAME in `folder`; all else is 404."""

    def __init__(self, address, pair, folder):
        self.address = address
        self.folder = pathlib.Path(folder)
        self.answers = {}
        self.requested = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pair.certificate, pair.key)
        self.listening = None
        self.start()

    def start(self):
        outer = self

        class Requests(http.server.BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self):
                status, headers, body = outer.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                outer.requested.append(self.path)

            def log_message(self, *_):
                pass

        self.listening = _Listening((self.address, PORT), Requests)
        # The handshake is done by the thread of the connection, or one client could stop all others.
        self.listening.socket = self.context.wrap_socket(self.listening.socket, server_side=True,
                                                         do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.listening.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def answer(self, path):
        if path in self.answers:
            return self.answers[path]
        folder, _, name = path.rpartition("/")
        file = self.folder / name
        if folder == "/certs" and name and file.is_file():
            return 200, {"Content-Type": "application/pem-certificate-chain"}, file.read_bytes()
        return 404, {"Content-Type": "text/plain"}, b"not here\n"

    def url(self, path):
        return f"https://{self.address}:{PORT}{path}"

    def stop(self):
        if self.listening:
            self.listening.shutdown()
            self.thread.join(5)
            self.listening.server_close()
            self.listening = None
