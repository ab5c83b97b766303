"""A certificate authority and a certificate for 127.0.0.1, made anew for every bench."""

import datetime
import ipaddress
import os
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def make_context(folder: str, others: list[str]) -> tuple[ssl.SSLContext, str]:
    """TLS settings of a server on 127.0.0.1 and under `others`, and the file with the authority to trust."""
    now = datetime.datetime.now(datetime.UTC)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench authority")])

    def builder(name: str, public: ec.EllipticCurvePublicKey, is_authority: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])).issuer_name(authority_name)
            .public_key(public).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False))

    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    authority = builder("bench authority", authority_key.public_key(), True).add_extension(usage, critical=True).sign(
        authority_key, hashes.SHA256())
    hosts = [x509.DNSName(name) for name in ["localhost", "127.0.0.1", *others]]
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *hosts])
    leaf = (
        builder("127.0.0.1", key.public_key(), False).add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256()))
    pem = serialization.Encoding.PEM
    paths = [os.path.join(folder, name) for name in ("authority.pem", "server.pem")]
    with open(paths[0], "wb") as file:
        file.write(authority.public_bytes(pem))
    with open(paths[1], "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(leaf.public_bytes(pem) + key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(paths[1])
    return context, paths[0]
