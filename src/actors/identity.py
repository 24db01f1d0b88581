"""The name of this worker process in leases and attempts."""

from __future__ import annotations

import os
import socket
from uuid import uuid4

NAME = f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid4().hex[:6]}"
