"""Verifies a signed token with PyJWT: prints header and claims as JSON, or fails.

Usage: verify_jwt.py PUBLIC_KEY_PEM < token. Expiry is not looked at: tests sign for made-up times.
"""
import json
import sys

import jwt


def main() -> None:
    token = sys.stdin.read().strip()
    with open(sys.argv[1], encoding="ascii") as file:
        key = file.read()
    algorithm: str = jwt.get_unverified_header(token)["alg"]
    assert algorithm in ("RS256", "ES256"), algorithm
    claims = jwt.decode(token, key, algorithms=[algorithm], options={"verify_exp": False, "verify_iat": False})
    print(json.dumps({"header": jwt.get_unverified_header(token), "claims": claims}))


main()
