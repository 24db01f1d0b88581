"""The stand-in for a person, without the SDK."""

from __future__ import annotations

import subprocess
import sys

import httpx


def test_started_by_hand_it_says_where_it_is_and_answers() -> None:
    command = [sys.executable, "-m", "tests.stand_ins.gemini"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url, key = (process.stdout.readline().strip().partition("=")[2] for _ in range(2))
        body = {
            "contents": [{"role": "user", "parts": [{"text": '{"line": 1, "text": "Hello."}'}]}],
            "generationConfig": {"responseJsonSchema": {"properties": {"summary": {}}}},
        }
        address = f"{url}/v1beta/models/gemini-3.5-flash:generateContent"
        answer = httpx.post(address, json=body, headers={"x-goog-api-key": key}, timeout=30)
        refused = httpx.post(address, json=body, headers={"x-goog-api-key": "wrong"}, timeout=30)
        process.terminate()

    assert "Hello." in answer.json()["candidates"][0]["content"]["parts"][0]["text"]
    assert refused.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"
