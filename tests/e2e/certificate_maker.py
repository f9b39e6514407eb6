# SPDX-License-Identifier: MIT
"""Makes keys and certificates by the openssl command: SHAKEN chains, and those of web servers."""
import pathlib
import time

from key_forms import openssl

DAY = 86400

CONFIGURATION = """
[req]
distinguished_name = any_name
[any_name]
[ca]
default_ca = authority
[authority]
database = index
new_certs_dir = .
default_md = sha256
default_days = 300
rand_serial = yes
unique_subject = no
policy = any_policy
[any_policy]
countryName = supplied
organizationName = supplied
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
certificatePolicies = 2.999.302
crlDistributionPoints = revoked
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
certificatePolicies = 2.999.302
crlDistributionPoints = revoked
1.3.6.1.5.5.7.1.26 = ASN1:SEQUENCE:entitled
[revoked]
fullname = URI:http://crl.invalid/publication.crl
CRLissuer = dirName:revoker
[revoker]
C = US
O = Publication
CN = Publication CRL
[entitled]
code = EXPLICIT:0,IA5STRING:1234
[web]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = IP:ADDRESS
"""


class Pair:
    """A key and the certificates of it, leaf first."""

    def __init__(self, key, certificate):
        self.key = key
        self.certificate = certificate


class CertificateMaker:
    """A CA in a folder of its own: `name`.key and `name`.pem for everything that is made."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        (self.folder / "index").touch()
        self.name = name
        self.root = self._self_signed()
        self.intermediate = None

    def chain(self, name, age=0):
        """A SHAKEN certificate with an intermediate behind it, valid since `age` seconds."""
        self.intermediate = self.intermediate or self._issued("intermediate", "intermediate", self.root, 30 * DAY)
        leaf = self._issued(name, "leaf", self.intermediate, age)
        with open(leaf.certificate, "ab") as file:
            file.write(self.intermediate.certificate.read_bytes())
        return leaf

    def for_web_server(self, address):
        return self._issued(f"web-{address}", "web", self.root, DAY, address)

    def _key(self, name):
        path = self.folder / f"{name}.key"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
        path.chmod(0o600)
        return path

    def _subject(self, name):
        # ATIS-1000080 wants "SHAKEN" and the code in the CN of those that sign calls.
        return f"/C=US/O=Publication/CN={self.name} {'1234' if name.startswith('leaf') else name}"

    def _configuration(self, address=""):
        path = self.folder / "openssl.cnf"
        path.write_text(CONFIGURATION.replace("ADDRESS", address or "127.0.0.1"))
        return path

    def _self_signed(self):
        key = self._key("root")
        made = self.folder / "root.pem"
        request = self._request("root", key)
        self._sign(request, made, "root", 60 * DAY, ["-selfsign", "-keyfile", key])
        return Pair(key, made)

    def _request(self, name, key):
        request = self.folder / f"{name}.csr"
        openssl("req", "-new", "-config", self._configuration(), "-key", key, "-subj", self._subject(name),
                "-out", request)
        return request

    def _issued(self, name, extensions, issuer, age, address=""):
        key = self._key(name)
        made = self.folder / f"{name}.pem"
        self._sign(self._request(name, key), made, extensions, age,
                   ["-cert", issuer.certificate, "-keyfile", issuer.key], address)
        return Pair(key, made)

    def _sign(self, request, made, extensions, age, by, address=""):
        begin = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - age))
        openssl("ca", "-batch", "-notext", "-config", self._configuration(address), "-extensions", extensions,
                "-startdate", begin, "-in", request, "-out", made, *by, cwd=self.folder)
