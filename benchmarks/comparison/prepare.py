"""Make the comparison's tables and users; prints ``{"requests": [[token, media_id], …]}`` for the load."""

from __future__ import annotations

import json
import os
import sys
import time
from decimal import Decimal

import jwt
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from .models import Base, CreditAccount, Media, User


def main() -> None:
    engine = create_engine(os.environ["COMPARISON_DATABASE"])
    Base.metadata.create_all(engine)
    requests = []
    with Session(engine) as db:
        for number in range(int(sys.argv[1])):
            user = User(email=f"user{number}@example.com")
            db.add(user)
            db.flush()
            media = Media(user_id=user.id, filename="talk.mp4", kind="video", duration_seconds=90.0)
            db.add_all([CreditAccount(user_id=user.id, balance=Decimal(10_000_000)), media])
            db.flush()
            requests.append([_token(user), str(media.id)])
        db.commit()
    print(json.dumps({"requests": requests}))


def _token(user: User) -> str:
    claims = {"sub": str(user.id), "aud": "comparison", "exp": int(time.time()) + 3600}
    return jwt.encode(claims, os.environ["COMPARISON_SECRET"], algorithm="HS256")


if __name__ == "__main__":
    main()
