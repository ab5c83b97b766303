"""Who may log in: users with passwords, public keys, access tokens and OAuth tokens."""

import base64
import hashlib
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from errors import AuthError

REFUSED = AuthError("390100", "Incorrect username or password was specified.")


@dataclass
class User:
    """A user of the account. `network` false stands for a network policy that refuses the caller's address;
    `key_bits` for the account's CLIENT_ENCRYPTION_KEY_SIZE,
    `cloud` (S3, AZURE, GCS, GCS_PRESIGNED) for where stages lie, `storage_port` for another port of this machine
    that stages are said to lie at; what comes after it is how the account looks to this user."""

    name: str
    password: str | None = None
    public_keys: list[str] = field(default_factory=list)
    access_tokens: list[str] = field(default_factory=list)
    oauth_tokens: list[str] = field(default_factory=list)
    expired_tokens: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=lambda: ["ACCOUNTADMIN", "SYSADMIN", "PUBLIC"])
    warehouses: list[str] = field(default_factory=lambda: ["COMPUTE_WH"])
    role: str | None = None
    warehouse: str | None = "COMPUTE_WH"
    key_bits: int = 128
    cloud: str = "S3"
    disabled: bool = False
    network: bool = True
    storage_port: int = 0
    #: By role, `[privilege, kind, name]` of each grant; see rights.py for these and the rest.
    grants: dict[str, list[list[str]]] = field(default_factory=dict)
    secondary: str = ""
    suspended: bool = False
    network_policy: list[str] | None = None
    address: str = "192.0.2.7"
    region: str = "AWS_US_WEST_2"
    clock: float = 0
    volumes: dict[str, dict[str, Any]] = field(default_factory=dict)
    integrations: dict[str, dict[str, Any]] = field(default_factory=dict)


class Accounts:
    """The users, and the one account name that their tokens may be for."""

    def __init__(self, account: str):
        self.account = account.upper()
        self.reasons: dict[str, str] = {}
        self._lock = threading.Lock()
        self._users: dict[str, User] = {}

    def put(self, facts: dict[str, Any]) -> None:
        """Adds a user, or replaces one; see User for the keys."""
        user = User(**{**facts, "name": facts["name"].upper()})
        with self._lock:
            self._users[user.name] = user

    def clock(self, name: str) -> float:
        """How far off the server's clock is for a user, in seconds."""
        with self._lock:
            user = self._users.get(name)
        return user.clock if user else 0

    def authenticate(self, data: dict[str, Any]) -> User:
        """The user whose credentials the body of a login holds. Raises AuthError with the service's code."""
        if (data.get("ACCOUNT_NAME") or "").upper() != self.account:
            raise AuthError("390201", "The requested account does not exist.")
        method = (data.get("AUTHENTICATOR") or "SNOWFLAKE").upper()
        token = data.get("TOKEN") or ""
        if method == "SNOWFLAKE_JWT":
            user = self._by_key(token)
        elif method == "OAUTH":
            user = self._by_token(token, "oauth_tokens", "390318", "390303", "OAuth access token")
        elif method == "PROGRAMMATIC_ACCESS_TOKEN":
            user = self._by_token(token, "access_tokens", "394400", "394400", "Programmatic access token")
        elif method in ("SNOWFLAKE", "USERNAME_PASSWORD_MFA"):
            user = self._by_password(data.get("PASSWORD") or "", (data.get("LOGIN_NAME") or "").upper())
        else:
            raise AuthError("390190", f"the bench has no authenticator {method}")
        login = (data.get("LOGIN_NAME") or user.name).upper()
        if login != user.name:
            raise AuthError("390309", "The user you were trying to authenticate as differs from the user of the token.")
        if user.disabled:
            raise AuthError("390101", "User access disabled. Contact your local system administrator.")
        if not user.network:
            raise AuthError("390422", "Incoming request with IP/Token 127.0.0.1 is not allowed to access the account.")
        return user

    def _by_password(self, password: str, name: str) -> User:
        with self._lock:
            user = self._users.get(name)
        if user is None or not password:
            raise REFUSED
        if password in user.access_tokens + user.expired_tokens:
            return self._by_token(password, "access_tokens", "394400", "394400", "Programmatic access token")
        if user.password is None or password != user.password:
            raise REFUSED
        return user

    def _by_token(self, token: str, place: str, expired: str, invalid: str, what: str) -> User:
        with self._lock:
            users = list(self._users.values())
        data = {"nextAction": "RETRY_LOGIN", "authnMethod": "PAT"} if place == "access_tokens" else None
        for user in users:
            if token and token in getattr(user, place):
                return user
            if token and token in user.expired_tokens:
                raise AuthError(expired, f"{what} expired.", data)
        raise AuthError(invalid, f"{what} is invalid.", data)

    def _by_key(self, token: str) -> User:
        """Who signed a JWT. Whatever is wrong, the client hears 390144 and an id; `reasons` keeps the reason."""
        try:
            return self._verified(token)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
            id = str(uuid.uuid4())
            self.reasons[id] = f"{type(error).__name__}: {error}"
            raise AuthError("390144", f"JWT token is invalid. [{id}]") from None

    def _verified(self, token: str) -> User:
        claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": False, "verify_iat": False})
        account, _, name = claims["sub"].partition(".")
        if account != self.account:
            raise ValueError(f"sub is for account {account}")
        with self._lock:
            user = self._users[name]
        for key in user.public_keys:
            public = load_public_key(key)
            if claims["iss"] == f"{self.account}.{user.name}.{fingerprint(public)}":
                break
        else:
            raise ValueError("iss names no key of the user")
        # Numbers beyond the year 2286 in seconds are milliseconds.
        scale = 1000 if claims["iat"] > 10**10 else 1
        issued, expires, now = claims["iat"] / scale, claims["exp"] / scale, time.time() + user.clock
        jwt.decode(
            token, public, algorithms=["RS256", "ES256", "ES384"],
            options={"verify_exp": False, "verify_iat": False, "verify_sub": False})
        if issued > now + 60:
            raise ValueError("issued in the future")
        if min(expires, issued + 3600) < now:
            raise ValueError("expired")
        return user


def load_public_key(text: str) -> Any:
    """A public key from PEM, or from the base64 body of one as `ALTER USER … SET RSA_PUBLIC_KEY` takes it."""
    if "BEGIN" in text:
        return serialization.load_pem_public_key(text.encode())
    return serialization.load_der_public_key(base64.b64decode("".join(text.split())))


def fingerprint(key: Any) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()
